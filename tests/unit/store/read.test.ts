import assert from "node:assert/strict";
import { StaleError } from "../../../src/errors.ts";
import { createKeys } from "../../../src/store/keys.ts";
import { assertFresh, readSubscription, readSubscriptions } from "../../../src/store/read.ts";
import type { Store } from "../../../src/store/store.ts";
import type { SubRecord } from "../../../src/store/sub_records.ts";

const KEYS = createKeys("okex", "test");

function recordOf(more: Partial<SubRecord> = {}): SubRecord {
  return { state: "live", since: 1, receivedAt: Date.now(), exchangeAt: 1, rows: 1, error: null, ...more };
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

function staleness(store: Store, path: string, maxAgeMs: number): Promise<StaleError | undefined> {
  return assertFresh(store, KEYS, path, maxAgeMs).then(() => undefined, (error) => {
    assert.ok(error instanceof StaleError, String(error));
    return error;
  });
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

Deno.test("assertFresh() is content with a row that came in time", async () => {
  assert.equal(await staleness(storeOf({ "tickers:A": recordOf() }), "tickers:A", 60_000), undefined);
});

Deno.test("assertFresh() refuses what is too old and says how old it is", async () => {
  const store = storeOf({ "tickers:A": recordOf({ receivedAt: Date.now() - 90_000, state: "stale" }) });
  const error = await staleness(store, "tickers:A", 60_000);
  assert.ok((error?.ageMs ?? 0) >= 90_000);
  assert.match(error?.message ?? "", /^tickers:A is \d+ ms old, older than 60000 ms \(stale\)$/);
});

Deno.test("assertFresh() refuses what never came and what is not subscribed", async () => {
  const store = storeOf({ "tickers:A": recordOf({ receivedAt: 0, state: "sent" }) });
  const never = await staleness(store, "tickers:A", 60_000);
  assert.deepEqual([never?.message, never?.ageMs], ["Nothing has arrived for tickers:A (sent)", undefined]);
  assert.equal((await staleness(store, "trades:B", 60_000))?.message, "trades:B is not subscribed");
});

Deno.test("assertFresh() asks the subscription that brings the row of a natural key", async () => {
  const store = storeOf({ "opt-summary:BTC-USD": recordOf() });
  assert.equal(await staleness(store, "opt-summary:BTC-USD-261225-60000-C", 60_000), undefined);
});
