/** What the first shard does with what a shard has left that is not there any more. */
import assert from "node:assert/strict";
import { keepMissing } from "../../../src/app/missing_shards.ts";
import { createOwns, shardOf } from "../../../src/session/shard_placement.ts";
import { newRecord, readSubRecord } from "../../../src/store/layout/subscription_record.ts";
import type { SubscriptionState } from "../../../src/model/events.ts";
import type { Write } from "../../../src/store/write/write.ts";
import { waitFor } from "../../support/wait.ts";

const ALL = Array.from({ length: 20 }, (_, i) => `books:C${i}-USDT`);
const THEIRS = ALL.filter((path) => shardOf("test", path, 2) === 2);
const [KEPT, REFUSED, UNDESIRED] = THEIRS as [string, string, string];
const OURS = ALL.find((path) => shardOf("test", path, 2) === 1) as string;
const HOLDER = { instance: "a", host: "one", pid: 7, url: "", epoch: 1, since: 0 };

function recordOf(state: SubscriptionState): string {
  return JSON.stringify({ ...newRecord(state, 1000), receivedAt: 2000, rows: 7 });
}

/** Keeps the server until the looks are over; `holders` says at each look whether the second shard is there. */
async function keep(isThere: (look: number) => boolean, looks: number, own: typeof HOLDER | null = HOLDER) {
  const subs = { [KEPT]: "live", [REFUSED]: "refused", [UNDESIRED]: "live", [OURS]: "live" } as const;
  const fields = Object.fromEntries(Object.entries(subs).map(([path, state]) => [path, recordOf(state)]));
  const applied: Write[] = [];
  const ending = new AbortController();
  let look = 0;
  const keeping = keepMissing({
    store: {
      rows: () => Promise.resolve([fields]),
      field: () => Promise.resolve("live"),
      apply: (writes) => {
        applied.push(...writes);
        for (const write of writes) {
          if (write.kind === "field" && write.field !== "state") fields[write.field] = write.value;
          if (write.kind === "unfield") delete fields[write.field];
        }
        return Promise.resolve({ commands: writes.length, rejected: 0 });
      },
      clustered: false,
    },
    ...{ keyPrefix: "okex", redisNow: () => 5000, everyMs: 1 },
    share: {
      shard: { index: 1, count: 2 },
      owns: createOwns({ index: 1, count: 2 }),
      all: () => new Map([["test", new Set([KEPT, REFUSED, OURS])]]),
    },
    watch: {
      look: () =>
        Promise.resolve([
          { shard: "1/2", holder: own },
          { shard: "2/2", holder: isThere(look++) ? HOLDER : null },
        ]),
    },
  }, ending.signal);
  await waitFor("the looks", () => look >= looks);
  ending.abort();
  await keeping;
  return { fields, applied };
}

Deno.test("paths of a shard that is not there are stale, with their books, and what nobody desires is removed", async () => {
  const { fields, applied } = await keep(() => false, 8);
  const { state, since, rows, error } = readSubRecord(fields[KEPT] ?? "") ?? {};
  assert.deepEqual({ state, since, rows, error }, {
    ...{ state: "stale", since: 2000, rows: 7 },
    error: { code: "shard", message: "shard 2/2 is not there, which keeps it up" },
  });
  assert.equal(fields[REFUSED], recordOf("refused"));
  assert.equal(fields[OURS], recordOf("live"));
  assert.ok(!(UNDESIRED in fields));
  const books = applied.filter((write) => write.kind === "field" && write.field === "state");
  assert.deepEqual(books, [
    { kind: "field", key: `okex/test/${KEPT}`, field: "state", value: "stale" },
    { kind: "field", key: `okex/test/${UNDESIRED}`, field: "state", value: "closed" },
  ]);
  assert.equal(applied.length, 4, "once");
});

Deno.test("one that is away for a moment, or comes back, is left alone", async () => {
  const { applied } = await keep((look) => look % 3 === 2, 12);
  assert.deepEqual(applied, []);
});

Deno.test("where the own lease is not seen either, leases say nothing of the others", async () => {
  assert.deepEqual((await keep(() => false, 8, null)).applied, []);
});
