/** A second service under the same KEY_PREFIX: beside the first, in its place, or at the same moment. */
import { waitFor } from "../../../tests/support/wait.ts";
import type { FaultCase, Run } from "../case.ts";
import type { Child } from "../../../tests/support/child.ts";

/** Longer than a lease lasts. */
const HELD_MS = 12_000;

const LEADER = "okex/leader";

export const LEASE_CASES: readonly FaultCase[] = [
  {
    name: "kill-restart",
    title: "SIGKILL, started again at once: the lease has to run out",
    announced: [/^subs stale \S+$/],
    async strike({ environment, seen, lifted }) {
      environment.service().kill("SIGKILL");
      await environment.service().ended();
      await environment.startService();
      lifted();
      await seen(/^subs stale \S+$/);
    },
  },
  {
    name: "stopped-replaced",
    title: "SIGSTOP for 20 s while another one takes over, then SIGCONT",
    announced: [/^subs stale \S+$/],
    async strike({ environment, pause, seen, fault, lifted, note }) {
      const first = environment.service();
      first.kill("SIGSTOP");
      const start = performance.now();
      await environment.startBeside();
      await environment.waitReady(40_000);
      note(`the next one was ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      lifted();
      await seen(/^subs stale \S+$/);
      await pause(Math.max(0, 20_000 - (performance.now() - start)));
      first.kill("SIGCONT");
      await expectRefusal(first, fault);
      await expectWriter(environment, fault);
    },
  },
  {
    name: "both-at-once",
    title: "stopped in order, then two started at the same moment",
    announced: [/^status EXIT$/, /^subs stale \S+$/],
    async strike({ environment, fault, lifted }) {
      environment.service().kill("SIGTERM");
      await environment.service().ended(15_000);
      await environment.startService();
      const first = environment.service();
      await environment.startBeside();
      const second = environment.service();
      await waitFor("one of them to end", () => [first, second].some((each) => each.code() !== undefined), {
        deadlineMs: 40_000,
      });
      if (first.code() === undefined) environment.goOnWith(first);
      await expectRefusal(first.code() === undefined ? second : first, fault);
      lifted();
      await environment.waitReady(40_000);
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-killed",
    title: "SIGKILL while another one stands by",
    announced: [],
    async strike(run) {
      const { environment, pause, fault, lifted } = run;
      const [writer] = await standBy(run);
      // What it holds reaches back beyond the end of the lease.
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGKILL");
      await noteReady(run, start);
      lifted();
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-cold",
    title: "SIGKILL while another one stands by that is not connected to the exchange",
    announced: [/^subs stale \S+$/],
    async strike(run) {
      const { environment, seen, fault, lifted } = run;
      const [writer] = await standBy(run, "cold");
      const start = performance.now();
      writer.kill("SIGKILL");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-ended",
    title: "stopped in order while another one stands by",
    announced: [/^subs stale \S+$/],
    async strike(run) {
      const { environment, pause, seen, fault, lifted } = run;
      const [writer] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGTERM");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-hung",
    title: "SIGSTOP for 20 s while another one stands by, then SIGCONT",
    announced: [],
    async strike(run) {
      const { environment, pause, fault, lifted } = run;
      const [writer] = await standBy(run);
      await pause(HELD_MS);
      const start = performance.now();
      writer.kill("SIGSTOP");
      await noteReady(run, start);
      lifted();
      await pause(Math.max(0, 20_000 - (performance.now() - start)));
      writer.kill("SIGCONT");
      await expectRefusal(writer, fault);
      await expectWriter(environment, fault);
    },
  },
  {
    name: "standby-upgrade",
    title: "another one is started with --standby --takeover under load",
    announced: [/^subs stale \S+$/],
    async strike(run) {
      const { environment, seen, fault, lifted } = run;
      const writer = environment.service();
      const start = performance.now();
      await environment.startBeside("--standby", "--takeover");
      await noteReady(run, start);
      lifted();
      await seen(/^subs stale \S+$/);
      if (await writer.ended(15_000) !== 0) fault("the first one did not end with 0");
      await expectWriter(environment, fault);
    },
  },
  {
    name: "lease-deleted",
    title: "the lease is deleted by hand",
    announced: [],
    async strike({ environment, fault, note }) {
      const { client } = environment.redis;
      const held = await client.get(LEADER);
      const start = performance.now();
      await client.del(LEADER);
      await waitFor("the lease", () => client.exists(LEADER), { deadlineMs: 20_000 });
      note(`taken again after ${((performance.now() - start) / 1000).toFixed(1)} s`);
      if (await client.get(LEADER) !== held) fault("somebody else has the lease, or another epoch has begun");
    },
  },
];

/** Starts another one that stands by; resolves with the one that writes and the other, which is looked at from now on. */
async function standBy({ environment }: Run, ...more: readonly string[]): Promise<readonly [Child, Child]> {
  const writer = environment.service();
  await environment.startBeside("--standby", ...more);
  await waitFor("it to stand by", async () => await environment.readiness().catch(() => "") === "standby", {
    deadlineMs: 30_000,
  });
  const standby = environment.service();
  await standby.waitForLine(/Standing by/, { deadlineMs: 30_000 });
  return [writer, standby];
}

/** Says how long it took until the next one was ready. */
async function noteReady({ environment, note }: Run, start: number): Promise<void> {
  await environment.waitReady(40_000);
  note(`the next one was ready after ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** One that is not the writer ends with 1 and says who is. */
async function expectRefusal(child: Child, fault: (text: string) => void): Promise<void> {
  const code = await child.ended(40_000);
  if (code !== 1) fault(`the other one ended with ${code}`);
  if (
    !child.lines.some(({ text }) => /another okws keeps what is under KEY_PREFIX okex: pid \d+ on/.test(text))
  ) {
    fault("the other one did not say who writes");
  }
}

/** Whoever runs is the one that holds the lease. */
async function expectWriter(environment: Run["environment"], fault: (text: string) => void): Promise<void> {
  const holder = JSON.parse(await environment.redis.client.get(LEADER) ?? "{}") as { readonly pid?: number };
  const { pid } = environment.service();
  if (holder.pid !== pid) fault(`the lease is that of pid ${holder.pid}, and pid ${pid} runs`);
}
