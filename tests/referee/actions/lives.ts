/** What is done to the service: ends and starts, with the file as it was or changed, and reloads. */
import { CONTENDED, key, nameOf, SERVERS, WATCHED } from "../paths.ts";
import type { Random } from "../random.ts";
import { type Environment, forget, want, wantFile } from "../environment.ts";
import { sleep, until } from "../wait.ts";
import { play } from "./action.ts";

/** Paths that the file no longer names, or a whole server; mostly none. */
function leave(random: Random): string[] {
  if (random.chance(0.5)) return [];
  if (random.chance(0.3)) return ["n"];
  return Array.from({ length: random.int(1, 6) }, () => nameOf(random.pick(WATCHED)));
}

/** Begins a life with what the file asks for; one that does not answer is a violation. */
export async function begin(
  environment: Environment,
  without: readonly string[],
  variables?: Record<string, string>,
): Promise<void> {
  await environment.writeFile(without);
  wantFile(environment, without, "unknown");
  // What commands asked for is in Redis, if it was not interfered with lately.
  if (Date.now() - environment.disturbedAt < 15_000) want(environment, nameOf(CONTENDED), "unknown");
  if (!await environment.service.start(variables)) {
    environment.seen.push({
      what: "the service does not start",
      evidence: environment.service.log.slice(-5).join("\n"),
    });
  }
  wantFile(environment, without);
}

export const LIFE_PLAYS = {
  "kill": play(
    (random) => ({ downMs: random.int(0, 4000), leave: leave(random), dark: random.chance(0.3) }),
    async (environment, { downMs, leave, dark }) => {
      await environment.service.kill();
      await sleep(downMs);
      // The exchange cannot be reached when the next life begins.
      if (dark) environment.exchange.stage.sockets.manners.dialsRefusedUntil = Date.now() + 8000;
      await begin(environment, leave);
    },
  ),
  "stop": play(
    (random) => ({ downMs: random.int(0, 4000), leave: leave(random) }),
    async (environment, { downMs, leave }) => {
      const calm = environment.redis.up && environment.unansweredSince === 0 &&
        environment.pending.size === 0 &&
        Date.now() - environment.disturbedAt > 10_000;
      const code = await environment.service.stop();
      if (code === undefined) environment.seen.push({ what: "it does not stop within 30 s", evidence: "" });
      else if (calm && code !== 0) {
        environment.seen.push({ what: `it stops with code ${code}`, evidence: "" });
      }
      if (calm && code !== undefined) await lookAtWhatIsLeft(environment);
      await sleep(downMs);
      await begin(environment, leave);
    },
  ),
  "reload": play(
    (random) => ({ leave: leave(random), by: random.pick(["signal", "command"] as const) }),
    async (environment, { leave, by }) => {
      await environment.writeFile(leave);
      wantFile(environment, leave, "unknown");
      if (by === "signal") environment.service.signal("SIGHUP");
      else await environment.service.run(["client", "reload", "-c", environment.file]);
      await sleep(1500);
      // A signal is not answered: what is wanted counts from the moment that it can be seen.
      const seen = await until(5000, () => matchesFile(environment, leave).catch(() => false));
      if (seen) wantFile(environment, leave);
      else later(environment, leave);
    },
  ),
  "broken reload": play(
    () => ({}),
    async (environment) => {
      const good = await Deno.readTextFile(environment.file);
      await Deno.writeTextFile(environment.file, `${good}\nsettings: [`);
      environment.service.signal("SIGHUP");
      await sleep(700);
      await Deno.writeTextFile(environment.file, good);
    },
  ),
  "clock": play(
    (random) => ({ aheadSeconds: random.pick([3600, -3600]), forMs: 4000 }),
    async (environment, { aheadSeconds, forMs }) => {
      const library = await findFakeTime();
      if (!library) return;
      await environment.service.kill();
      await begin(environment, [], {
        LD_PRELOAD: library,
        FAKETIME: `${aheadSeconds > 0 ? "+" : "-"}${Math.abs(aheadSeconds)}`,
        DONT_FAKE_MONOTONIC: "1",
      });
      await sleep(forMs);
      await environment.service.kill();
      // What is older than allowed is not fresh, whatever the clock of the one who wrote it said.
      await sleep(4000);
      for (const path of ["tickers:A-USDT", "books:A-USDT"]) {
        const { code } = await environment.service.run([
          "client",
          "get",
          "m",
          path,
          "--max-age",
          "1000",
          "-c",
          environment.file,
        ]);
        if (code === 0) {
          environment.seen.push({
            what: `get --max-age 1000 takes ${path} for fresh`,
            evidence: "its service is dead for 4 s",
          });
        }
      }
      // Times of that life are of another clock; nothing is expected of its series.
      for (const item of WATCHED) want(environment, nameOf(item), "unknown");
      await begin(environment, []);
      forget(environment);
    },
  ),
};

async function findFakeTime(): Promise<string | undefined> {
  for (const folder of ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]) {
    const file = `${folder}/faketime/libfaketime.so.1`;
    if (await Deno.stat(file).then(() => true, () => false)) return file;
  }
  return undefined;
}

/** Whether exactly what the file asks for, and what commands did, stands in `P/subs`. */
async function matchesFile(environment: Environment, without: readonly string[]): Promise<boolean> {
  for (const server of SERVERS) {
    const there = (await environment.redis.operator.hkeys(key(server, "subs")))
      .filter((path) => `${server} ${path}` !== nameOf(CONTENDED));
    const asked = WATCHED.filter((item) =>
      item.server === server && !without.includes(server) && !without.includes(nameOf(item))
    ).map(({ path }) => path);
    if (there.length !== asked.length || !asked.every((path) => there.includes(path))) return false;
  }
  return true;
}

/** A reload that could not be seen in time is waited for while the script goes on. */
function later(environment: Environment, without: readonly string[]): void {
  const promise = (async () => {
    const seen = await until(60_000, () => matchesFile(environment, without).catch(() => false), 500);
    if (seen) wantFile(environment, without);
  })().finally(() => environment.pending.delete(promise));
  environment.pending.add(promise);
}

/** After an orderly stop nothing may look alive. */
async function lookAtWhatIsLeft(environment: Environment): Promise<void> {
  const { operator } = environment.redis;
  for (const server of SERVERS) {
    for (const [path, text] of Object.entries(await operator.hgetall(key(server, "subs")))) {
      if (/"state":"live"/.test(text)) {
        environment.seen.push({ what: `${server} ${path} is live after an orderly stop`, evidence: text });
      }
    }
    const status = await operator.get(key(server, "status"));
    if (status !== null && status !== "EXIT") {
      environment.seen.push({
        what: `${server} has the status ${status} after an orderly stop`,
        evidence: "",
      });
    }
  }
  for (const { server, path, kind } of WATCHED.filter((item) => item.kind === "book")) {
    const state = await operator.hget(key(server, path), "state");
    if (state === "live") {
      environment.seen.push({
        what: `${kind} ${server} ${path} is live after an orderly stop`,
        evidence: "",
      });
    }
  }
}
