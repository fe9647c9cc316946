/** Records of gaps that Redis has lost are added again, once, and those of an earlier process with them. */
import assert from "node:assert/strict";
import { startEmbedded } from "../../../src/embedded/server.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { RecordPresence } from "../../../src/app/record_presence.ts";
import type { Owns } from "../../../src/session/shard_placement.ts";
import { GapRecords, MAX_RECORDS, recordsEach } from "../../../src/store/layout/gap_records.ts";
import { createKeys } from "../../../src/store/layout/keys.ts";
import { Projector } from "../../../src/store/layout/projector.ts";
import { openStore } from "../../../src/store/redis/redis_store.ts";
import type { Store } from "../../../src/store/store.ts";

const keys = createKeys("okex", "m");
const topic = parseTopic("trades:A-USDT") as Topic;

/** A process that writes to a store. */
function start(store: Store, owns?: Owns) {
  const projector = new Projector({ keyPrefix: "okex", server: "m", maxRow: 100 });
  const presence = new RecordPresence({
    store,
    layout: { servers: () => [["m", projector]], keysOf: () => keys },
    owns,
  });
  return {
    async record(at: number) {
      const settled = { from: at, to: at, outcome: "not", rows: 0, missing: 1, at } as const;
      await store.apply(projector.project({ kind: "gap", topic, ...settled }));
    },
    /** Looks once; returns how many records were added again. */
    async look(): Promise<number> {
      const look = presence.begin().get(projector);
      assert.ok(look !== undefined);
      const writes = await presence.compare("m", projector, look);
      await store.apply(writes);
      return writes.length;
    },
  };
}

const times = async (store: Store) => (await store.entries(keys.gaps, 100)).map(({ from }) => from);

Deno.test("records that are gone are added again, under their ids where the stream is empty, and once", async () => {
  await using server = startEmbedded();
  await using store = await openStore(server.url);
  const { record, look } = start(store);
  for (const at of [1000, 2000, 3000]) await record(at);
  await look();
  const before = await store.identified(keys.gaps, 100);
  await store.remove([keys.gaps]);
  assert.equal(await look(), 3);
  assert.deepEqual(await store.identified(keys.gaps, 100), before);
  assert.equal(await look(), 0);
  // Its last id outlives what is trimmed away.
  await store.apply([{ kind: "trimStream", key: keys.gaps, keep: 0 }]);
  assert.equal(await look(), 3);
  assert.deepEqual(await times(store), ["1000", "2000", "3000"]);
  // As many as before, and one of them is another's.
  await store.apply([
    { kind: "append", key: keys.gaps, id: "*", row: { other: "1" }, bytes: 1 },
    { kind: "erase", key: keys.gaps, ids: [(await store.identified(keys.gaps, 100))[1]?.id ?? ""] },
  ]);
  assert.equal(await look(), 1);
  assert.equal(await look(), 0);
  assert.deepEqual((await times(store)).filter((from) => from !== undefined), ["1000", "3000", "2000"]);
});

Deno.test("what an earlier process recorded is not doubled by the next one, and added again by it", async () => {
  await using server = startEmbedded();
  await using store = await openStore(server.url);
  const first = start(store);
  await first.record(1000);
  await first.record(2000);
  const { record, look } = start(store);
  await record(3000);
  assert.equal(await look(), 0);
  assert.equal(await look(), 0);
  await store.remove([keys.gaps]);
  assert.equal(await look(), 3);
  assert.deepEqual(await times(store), ["1000", "2000", "3000"]);
});

Deno.test("what another shard has recorded is not added again by this one", async () => {
  await using server = startEmbedded();
  await using store = await openStore(server.url);
  const first = start(store, () => true);
  await first.record(1000);
  const { record, look } = start(store, (_, path) => path !== topic.path);
  await record(2000);
  assert.equal(await look(), 0);
  await store.remove([keys.gaps]);
  assert.equal(await look(), 1);
  assert.deepEqual(await times(store), ["2000"]);
});

Deno.test("no more records are remembered than each server may have", () => {
  const records = new GapRecords(keys.gaps);
  const entry = (n: number) => ({
    id: `${n}-0`,
    row: { path: "trades:A", from: String(n), to: String(n), outcome: "not" },
  });
  const row = { ...entry(9999).row, path: "trades:B" };
  records.note([{ kind: "append", key: keys.gaps, id: "9999-0", row, bytes: 1 }]);
  records.resumeFrom([
    ...Array.from({ length: 1200 }, (_, i) => entry(i + 1)),
    { id: "2000-0", row: { other: "1" } },
    { id: "2001-0", row: { ...entry(1).row, more: "x".repeat(2000) } },
  ]);
  const all = records.all(MAX_RECORDS);
  assert.deepEqual([all.length, all[0]?.id, all.at(-1)?.id], [1000, "202-0", "9999-0"]);
  assert.deepEqual(records.all(2).map(({ id }) => id), ["1200-0", "9999-0"]);
  assert.equal(records.all(MAX_RECORDS).length, 2);
  assert.ok(1500 * recordsEach(1500) < 22_000);
  assert.equal(recordsEach(1), MAX_RECORDS);
});
