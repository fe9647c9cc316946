/** Reading the records of subscriptions. */
import assert from "node:assert/strict";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { readSubscription, readSubscriptions } from "../../../../src/store/read/rows.ts";
import type { Store } from "../../../../src/store/store.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";

const KEYS = createKeys("okex", "test");

function recordOf(more: Partial<SubRecord> = {}): SubRecord {
  return {
    ...{ state: "live", since: 1, receivedAt: Date.now(), exchangeAt: 1, rows: 1, error: null },
    ...{ owners: ["file"], connection: "public", generation: 1, epoch: 1 },
    ...more,
  };
}

/** A store that knows the hash of subscriptions and nothing else. */
function storeOf(records: Record<string, SubRecord>): Store {
  const fields = Object.fromEntries(
    Object.entries(records).map(([path, record]) => [path, JSON.stringify(record)]),
  );
  const known: Pick<Store, "row" | "field"> = {
    row: (key) => Promise.resolve(key === KEYS.subs ? fields : {}),
    field: (key, field) => Promise.resolve(key === KEYS.subs ? fields[field] : undefined),
  };
  return known as Store;
}

Deno.test("readSubscription() gives the record of a path, and nothing for another", async () => {
  const record = recordOf({ rows: 7 });
  const store = storeOf({ "tickers:A": record });
  assert.deepEqual(await readSubscription(store, KEYS, "tickers:A"), record);
  assert.equal(await readSubscription(store, KEYS, "tickers:B"), undefined);
});

Deno.test("readSubscriptions() gives every record by its path", async () => {
  const records = { "tickers:A": recordOf(), "trades:B": recordOf({ state: "stale" }) };
  assert.deepEqual(Object.fromEntries(await readSubscriptions(storeOf(records), KEYS)), records);
});
