/** Queues by lane: what Redis does not take of one holds up nothing of another. */
import assert from "node:assert/strict";
import { StoreError } from "../../../../src/shared/errors.ts";
import { createStats } from "../../../../src/model/stats.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { WriteQueues, type WriteQueuesOptions } from "../../../../src/store/write/write_queues.ts";
import { waitFor } from "../../../support/wait.ts";

const publish = (lane: string, text: string): Write => ({
  kind: "publish",
  channel: `${lane}/c`,
  message: text,
});

/** Queues to a cluster whose lanes are the first letters of keys; those in `away` take nothing. */
function start(options: Partial<WriteQueuesOptions> = {}) {
  const away = new Set<string>();
  const taken: string[] = [];
  const outages: (string | undefined)[] = [];
  const stats = createStats(0);
  const queues = new WriteQueues({
    laneOf: (key) => key[0] as string,
    async apply(writes) {
      await Promise.resolve();
      const lanes = new Set(writes.map((write) => (write.kind === "publish" ? write.channel : write.key)[0]));
      if ([...lanes].some((lane) => away.has(lane as string))) {
        throw new StoreError("away", { cause: new Error("lost") });
      }
      for (const write of writes) {
        if (write.kind === "publish") taken.push(`${write.channel[0]}${write.message}`);
      }
      return { commands: writes.length, rejected: 0 };
    },
  }, {
    ...{ stats, maxBytes: 1e9 },
    onOutage: (error, isNew) => isNew && outages.push(error?.message),
    ...options,
  });
  return { queues, away, taken, outages, stats };
}

/** Runs while the work is done. */
async function running(queues: WriteQueues, work: () => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const run = queues.run(stopping.signal, { drainMs: 0 });
  try {
    await work();
  } finally {
    stopping.abort();
    await run;
  }
}

Deno.test("a lane that is away holds up no other, and what it lacks comes in order when it is back", async () => {
  const { queues, away, taken, stats } = start();
  await running(queues, async () => {
    away.add("b");
    queues.add([publish("b", "1"), publish("a", "1")]);
    await waitFor("the outage", () => queues.isAway("b/x"));
    queues.add([publish("b", "2"), publish("a", "2"), publish("b", "3")]);
    await waitFor("the lane that is not away", () => taken.includes("a2"));
    assert.deepEqual(taken, ["a1", "a2"]);
    assert.equal(queues.isPartlyAway, true);
    assert.ok(stats.writingSince > 0);
    await queues.idle();
    away.delete("b");
    queues.tryNow((key) => key[0] === "b");
    await waitFor("the others", () => taken.length === 5);
    assert.deepEqual(taken.filter((each) => each.startsWith("b")), ["b1", "b2", "b3"]);
    await waitFor("the end of the outage", () => !queues.isAway("b/x") && stats.writingSince === 0);
  });
});

Deno.test("several lanes that are away for one reason are said once, and so is that the last of them is back", async () => {
  const { queues, away, outages } = start();
  await running(queues, async () => {
    for (const lane of ["a", "b"]) away.add(lane);
    queues.add([publish("a", "1"), publish("b", "1"), publish("c", "1")]);
    await waitFor("both", () => queues.isAway("a/x") && queues.isAway("b/x"));
    assert.deepEqual(outages, ["away"]);
    away.delete("a");
    queues.tryNow(() => true);
    await waitFor("one of them", () => !queues.isAway("a/x"));
    assert.deepEqual(outages, ["away"]);
    away.clear();
    await waitFor("the other", () => !queues.isAway("b/x"));
    assert.deepEqual(outages, ["away", undefined]);
  });
});

Deno.test("the lane with most waiting pays for a full queue, and no other", async () => {
  const dropped: string[] = [];
  const { queues, away, taken, stats } = start({
    maxBytes: 2000,
    onDropped: (drops) => {
      dropped.push(...drops.map(({ name }) => name));
      return [];
    },
  });
  const row = (lane: string, i: number): Write => ({ ...publish(lane, String(i)), of: lane } as Write);
  await running(queues, async () => {
    away.add("b");
    queues.add([row("b", 0)]);
    await waitFor("the outage", () => queues.isAway("b/x"));
    for (let i = 1; i < 200; i++) {
      queues.add([row("b", i), row("a", i)]);
      assert.ok(stats.queuedBytes <= 2000);
      await queues.idle();
    }
    away.clear();
    await waitFor("what is left", () => taken.includes("b199") && taken.includes("a199"));
  });
  assert.equal(taken.filter((each) => each.startsWith("a")).length, 199);
  assert.ok(!taken.includes("b1"));
  assert.deepEqual(dropped, ["b"]);
});

Deno.test("what is asked for a batch is that of its lane, and so is what is written again", async () => {
  const asked: string[] = [];
  const note = (what: string, inLane: (key: string) => boolean): Write[] => {
    asked.push(`${what} ${["a", "b"].filter((lane) => inLane(`${lane}/x`)).join()}`);
    return [];
  };
  const { queues, taken } = start({
    lastMinute: (_, inLane) => note("flush", inLane),
    recover: (inLane) => Promise.resolve(note("recover", inLane)),
    onWritten: (_, inLane) => note("written", inLane),
    state: { statuses: (inLane) => note("statuses", inLane), rows: (inLane) => note("rows", inLane) },
  });
  await running(queues, async () => {
    queues.add([publish("a", "1"), publish("b", "1")]);
    await queues.idle();
    assert.deepEqual(asked.toSorted(), ["flush a", "flush b", "written a", "written b"]);
    asked.length = 0;
    queues.reconnect((key) => key[0] === "b");
    await queues.idle();
    assert.deepEqual(asked, ["flush b", "statuses b", "rows b", "recover b", "written b"]);
    assert.deepEqual(taken, ["a1", "b1"]);
  });
});

Deno.test("a single lane is one queue: it waits for everything", async () => {
  const stats = createStats(0);
  const batches: number[] = [];
  const queues = new WriteQueues({
    laneOf: () => "",
    apply: (writes) => {
      batches.push(writes.length);
      return Promise.resolve({ commands: writes.length, rejected: 0 });
    },
  }, { stats, maxBytes: 1e9 });
  queues.add([publish("a", "1"), publish("b", "1")]);
  await running(queues, () => queues.idle());
  assert.deepEqual(batches, [2]);
  assert.equal(queues.isPartlyAway, false);
});

Deno.test("a lane sends nothing before it has read what its first batch would hide, and keeps no other waiting", async () => {
  const unread = new Set(["b"]);
  const { queues, taken } = start({
    begin: (inLane) => {
      if ([...unread].some((lane) => inLane(`${lane}/x`))) return Promise.reject(new StoreError("away"));
      return Promise.resolve();
    },
  });
  await running(queues, async () => {
    queues.add([publish("a", "1"), publish("b", "1")]);
    await waitFor("the outage", () => queues.isAway("b/x"));
    await waitFor("the other lane", () => taken.includes("a1"));
    assert.deepEqual(taken, ["a1"]);
    unread.clear();
    await waitFor("the lane that has read", () => taken.includes("b1"));
  });
});
