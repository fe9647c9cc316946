/** The work of the service, shared by several: they take its place, and one of them dies. */
import { waitFor } from "../../../tests/support/wait.ts";
import type { Child } from "../../../tests/support/child.ts";
import type { FaultCase, Run } from "../case.ts";

const SHARDS = ["1/3", "2/3", "3/3"];

export const SHARD_CASES: readonly FaultCase[] = [
  {
    name: "shards",
    title: "three shards take its place under load, then SIGKILL of the second, started again at once",
    announced: [/^subs stale \S+$/],
    async strike(run) {
      const { environment, pause, seen, fault, lifted, note } = run;
      const before = environment.service();
      const shards: Child[] = [];
      let start = performance.now();
      for (const shard of SHARDS) {
        await environment.startBeside("--shard", shard, "--standby", "--takeover");
        shards.push(environment.service());
      }
      await allReady(run, shards);
      note(`all three were ready after ${secondsSince(start)} s`);
      if (await before.ended(15_000) !== 0) fault("the first one did not end with 0");
      await pause(3000);
      start = performance.now();
      shards[1]?.kill("SIGKILL");
      await shards[1]?.ended();
      await environment.startBeside("--shard", "2/3");
      shards[1] = environment.service();
      await allReady(run, shards);
      note(`the second one was ready again after ${secondsSince(start)} s`);
      lifted();
      await seen(/^subs stale \S+$/);
      await expectHolders(run, shards);
    },
  },
];

async function allReady({ environment }: Run, shards: readonly Child[]): Promise<void> {
  for (const each of [...shards].reverse()) {
    environment.goOnWith(each);
    await environment.waitReady(60_000);
  }
}

async function expectHolders({ environment, fault }: Run, shards: readonly Child[]): Promise<void> {
  for (const [i, { pid }] of shards.entries()) {
    const key = `okex/leader/${i + 1}-${shards.length}`;
    const text = await waitFor(key, () => environment.redis.client.get(key), { deadlineMs: 20_000 });
    const holder = JSON.parse(text) as { readonly pid?: number };
    if (holder.pid !== pid) fault(`${key} is that of pid ${holder.pid}, and pid ${pid} runs`);
  }
}

function secondsSince(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}
