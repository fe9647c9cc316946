/** Faults of the service's own surroundings: signals, its configuration, its log, its clock, its file descriptors. */
import { waitFor } from "../../../tests/support/wait.ts";
import type { FaultCase, Run } from "../case.ts";
import { runChild } from "../../../tests/support/child.ts";
import { fakeClock } from "../fake_clock.ts";
import { pathsOf } from "../watched.ts";
import { PREFIX, SERVER } from "../environment.ts";

export const SERVICE_CASES: readonly FaultCase[] = [
  {
    name: "clock-jump",
    title: "clock of the service jumps an hour ahead and back, with a drop in between",
    environment: { env: fakeClock },
    announced: [/^status DISCONNECTED$/, /^gaps filled$/],
    async strike({ environment, pause, flows, seen, lifted, clockMoved }) {
      await Deno.writeTextFile(`${environment.folder}/clock`, "+3600");
      clockMoved(3_600_000);
      await flows();
      await pause(3000);
      await environment.exchange.command("drop");
      await seen(/^subs stale \S+$/);
      await flows();
      await pause(2000);
      await Deno.writeTextFile(`${environment.folder}/clock`, "+0");
      lifted();
    },
    recoveryMs: 150_000,
  },
  {
    name: "log-disk-full",
    title: "disk of the log full (/dev/full), with a drop",
    environment: {
      wrap: (command, args) => ({
        command: "sh",
        args: ["-c", 'exec "$@" 2>/dev/full', "sh", command, ...args],
      }),
    },
    announced: [/^status DISCONNECTED$/, /^gaps filled$/],
    async strike({ environment, seen }) {
      await environment.exchange.command("drop");
      await seen(/^subs stale \S+$/);
    },
  },
  {
    name: "sigterm",
    title: "SIGTERM under load (100 steps/s), started again after 3 s",
    environment: { rate: 100 },
    announced: [/^status EXIT$/, /^subs stale \S+$/],
    async strike({ environment, pause, note, fault, lifted }) {
      const start = performance.now();
      const { last } = await environment.exchange.trades("BTC-USDT");
      environment.service().kill("SIGTERM");
      const code = await environment.service().ended(15_000);
      note(`exit code ${code} after ${Math.round(performance.now() - start)} ms`);
      if (code !== 0) fault(`exit code ${code}`);
      await expectId(environment.redis.client, last, fault);
      await pause(3000);
      await environment.startService();
      lifted();
    },
  },
  {
    name: "sigkill",
    title: "SIGKILL, found by its status running out, started again",
    announced: [/^status gone$/],
    async strike({ environment, seen, lifted }) {
      environment.service().kill("SIGKILL");
      await environment.service().ended();
      await seen(/^status gone$/);
      await environment.startService();
      lifted();
    },
  },
  {
    name: "descriptors",
    title: "no file descriptors left for 6 s, with a drop",
    announced: [/^subs stale \S+$/, /^log Cannot connect$/],
    async strike({ environment, pause, seen, lifted }) {
      const pid = String(environment.service().pid);
      const free = await lowestUsable(pid);
      const limit = async (count: number) => {
        const { code, stderr } = await runChild("prlimit", ["--pid", pid, `--nofile=${count}:`]);
        if (code !== 0) throw new Error(`prlimit: ${stderr}`);
      };
      await limit(free);
      await environment.exchange.command("drop");
      await seen(/^subs stale \S+$/);
      await seen(/^log Cannot connect$/);
      await pause(5000);
      await limit(1024);
      lifted();
    },
  },
  {
    name: "broken-reload",
    title: "configuration broken at reload: SIGHUP, then okws client reload, then repaired",
    announced: [/^log /],
    async strike(run) {
      const { environment, flows, note, fault, lifted, seen } = run;
      await Deno.writeTextFile(environment.configFile, "settings: [\n  MAX_ROWS: 1\n");
      environment.service().kill("SIGHUP");
      await seen(/^log .*onfig/);
      const broken = await environment.client("reload");
      note(`okws client reload: exit code ${broken.code}`);
      if (broken.code === 0) fault("a broken file was taken");
      await flows();
      const disturbed = environment.observer.signs.filter(({ text }) => !text.startsWith("log "));
      if (disturbed.length > 0) {
        fault(`a broken file disturbed: ${disturbed.map(({ text }) => text).join(", ")}`);
      }
      await environment.configure({ paths: [...pathsOf(environment.watched), "tickers:XRP-USDT"] });
      lifted();
      const repaired = await environment.client("reload");
      if (repaired.code !== 0) fault(`the repaired file is refused: ${repaired.stderr.trim()}`);
      await waitForKey(run, "tickers:XRP-USDT");
    },
  },
];

/**
 * The lowest number that a new descriptor could get, now or when sockets are closed: with a limit there, what is open
 * stays open and nothing new can be had.
 */
async function lowestUsable(pid: string): Promise<number> {
  for (let number = 0;; number++) {
    const link = await Deno.readLink(`/proc/${pid}/fd/${number}`).catch(() => "free");
    if (link === "free" || link.startsWith("socket:")) return number;
  }
}

async function waitForKey({ environment }: Run, path: string): Promise<void> {
  const { client } = environment.redis;
  await waitFor(`${path} of ${SERVER}`, () => client.exists(`${PREFIX}/${path}`), { deadlineMs: 20_000 });
}

/** What was sent before the signal is in Redis after the end. */
async function expectId(
  redis: Run["environment"]["redis"]["client"],
  id: number,
  fault: (text: string) => void,
): Promise<void> {
  const [entry] = await redis.xrevrange(`${PREFIX}/trades:BTC-USDT`, "+", "-", "COUNT", 1);
  const cells = entry?.[1] ?? [];
  const last = Number(cells[cells.indexOf("tradeId") + 1]);
  if (!(last >= id)) fault(`trades up to ${id} were sent before the signal, ${last} landed`);
}
