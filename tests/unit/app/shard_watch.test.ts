/** Who has which shard, and for how long one is still there whose lease is gone. */
import assert from "node:assert/strict";
import { ShardWatch } from "../../../src/app/shard_watch.ts";
import { renderHolder } from "../../../src/store/redis/lease/holder.ts";

const LEASE_MS = 6000;

function played() {
  const texts = new Map<string, string>();
  const terms = new Map<string, Record<string, string>>();
  for (const tag of ["1-2", "2-2"]) {
    const holder = { instance: tag, host: "a", pid: 1, epoch: 3, since: 0, url: "" };
    texts.set(`okex/leader/${tag}`, renderHolder(holder));
    terms.set(`okex/epoch/${tag}`, { epoch: "3", released: "2" });
  }
  let now = 0;
  const watch = new ShardWatch({
    store: {
      text: (key) => Promise.resolve(texts.get(key)),
      rows: (keys) => Promise.resolve(keys.map((key) => terms.get(key) ?? {})),
    },
    ...{ keyPrefix: "okex", shard: { index: 1, count: 2 }, leaseMs: LEASE_MS, now: () => now },
  });
  /** Returns who is there after so long. */
  const look = async (ms: number) => {
    now += ms;
    return (await watch.look()).map(({ holder }) => holder?.instance);
  };
  return { texts, terms, look };
}

Deno.test("a shard whose lease is gone is there until its holder would have taken it again", async () => {
  const { texts, look } = played();
  const lease = texts.get("okex/leader/2-2") ?? "";
  assert.deepEqual(await look(0), ["1-2", "2-2"]);
  texts.delete("okex/leader/2-2");
  for (const ms of [500, LEASE_MS / 3]) assert.deepEqual(await look(ms), ["1-2", "2-2"]);
  texts.set("okex/leader/2-2", lease);
  assert.deepEqual(await look(0), ["1-2", "2-2"]);
  texts.delete("okex/leader/2-2");
  assert.deepEqual(await look(0), ["1-2", "2-2"]);
  for (const ms of [LEASE_MS / 3 + 1000, 0]) assert.deepEqual(await look(ms), ["1-2", undefined]);
});

Deno.test("a shard that has given its lease back, or was never there, is gone at once", async () => {
  const { texts, terms, look } = played();
  await look(0);
  texts.delete("okex/leader/2-2");
  terms.set("okex/epoch/2-2", { epoch: "3", released: "3" });
  assert.deepEqual(await look(0), ["1-2", undefined]);
  const other = played();
  other.texts.delete("okex/leader/2-2");
  assert.deepEqual(await other.look(0), ["1-2", undefined]);
});
