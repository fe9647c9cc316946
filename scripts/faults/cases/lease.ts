/** A second service under the same KEY_PREFIX: in the place of the first, or at the same moment. */
import { waitFor } from "../../../tests/support/wait.ts";
import type { FaultCase } from "../case.ts";
import { expectRefusal, expectWriter, fenced, LEADER } from "../services.ts";

/** How often two are started at the same moment. */
const TIMES = 50;

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
    title: "stopped in order, then two started at the same moment, 50 times",
    announced: [/^status EXIT$/, /^subs stale \S+$/],
    strike: fenced(async ({ environment, fault, lifted }) => {
      for (let i = 0; i < TIMES; i++) {
        environment.service().kill("SIGTERM");
        await environment.service().ended(15_000);
        await environment.startService();
        const first = environment.service();
        await environment.startBeside();
        const second = environment.service();
        await waitFor(
          "one of them to end",
          () => [first, second].some((each) => each.code() !== undefined),
          { deadlineMs: 40_000 },
        );
        if (first.code() === undefined) environment.goOnWith(first);
        await expectRefusal(first.code() === undefined ? second : first, fault);
        if (i === TIMES - 1) lifted();
        await environment.waitReady(40_000);
        await expectWriter(environment, fault);
      }
    }),
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
