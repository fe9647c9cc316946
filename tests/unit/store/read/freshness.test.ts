/** Whether a row may be called fresh, for every way in which rows are kept. */
import assert from "node:assert/strict";
import { StaleError } from "../../../../src/shared/errors.ts";
import { assertFresh, type PathRecord, readPathRecords } from "../../../../src/store/read/freshness.ts";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import type { Cached } from "../../../../src/store/read/rows.ts";
import type { Store } from "../../../../src/store/store.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";

const KEYS = createKeys("okex", "test");

/** Any moment. */
const NOW = Date.parse("2026-11-22T12:00:00Z");

function recordOf(more: Partial<SubRecord> = {}): SubRecord {
  return {
    ...{ state: "live", since: NOW - 60_000, receivedAt: NOW - 100, exchangeAt: 1, rows: 1, error: null },
    ...more,
  } as SubRecord;
}

/** Why a row is not fresh; undefined: it is. */
function staleness(path: string, records: Record<string, SubRecord>, cached: Cached, maxAgeMs = 1000) {
  const speakers: PathRecord[] = Object.entries(records).map(([each, record]) => ({ path: each, record }));
  try {
    assertFresh(path, speakers, cached, { maxAgeMs, now: NOW });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof StaleError, String(error));
    return error;
  }
}

/** Paths of every kind of storage, each with a row as it is cached. */
const KINDS: Readonly<Record<string, Cached>> = {
  "tickers:A-B": { instId: "A-B", last: "1" },
  "spot/ticker:A-B": { instrument_id: "A-B", last: "1" },
  "candle1m:A-B": [{ ts: "60000", close: "1" }],
  "trades:A-B": [{ tradeId: "1" }],
  "spot/trade:A-B": [{ trade_id: "1", instrument_id: "A-B" }],
  "books:A-B": { bids: "[]", asks: "[]", state: "live" },
  "books5:A-B": { bids: "[]", asks: "[]", state: "live" },
  "spot/depth5:A-B": { bids: "[]", asks: "[]", state: "live" },
  "instruments:SPOT": [{ instId: "A-B", instType: "SPOT" }],
  "orders:SPOT": [{ ordId: "1" }],
  "account": [{ ccy: "BTC" }],
};

Deno.test("assertFresh() judges every kind of storage by its subscription", async (t) => {
  for (const [path, cached] of Object.entries(KINDS)) {
    await t.step(path, () => {
      assert.equal(staleness(path, { [path]: recordOf() }, cached), undefined);
      assert.equal(staleness(path, { [path]: recordOf({ receivedAt: NOW - 5000 }) }, cached)?.ageMs, 5000);
      assert.equal(staleness(path, { [path]: recordOf({ state: "syncing" }) }, cached)?.ageMs, 100);
      assert.match(
        String(staleness(path, { [path]: recordOf({ receivedAt: 0 }) }, cached)),
        /Nothing has arrived/,
      );
      assert.match(String(staleness(path, {}, cached)), /is not subscribed/);
    });
  }
});

Deno.test("assertFresh() refuses a book that is not kept up, however young it is, and says since when", async (t) => {
  for (const path of ["books:A-B", "books5:A-B", "bbo-tbt:A-B", "spot/depth:A-B"]) {
    await t.step(path, () => {
      const stale = staleness(
        path,
        { [path]: recordOf({ state: "stale", since: NOW - 80 }) },
        KINDS["books:A-B"],
      );
      assert.match(String(stale), /is not kept up \(stale since 2026-11-22T11:59:59\.920Z\)/);
      const marked = { bids: "[]", asks: "[]", state: "syncing" };
      assert.match(
        String(staleness(path, { [path]: recordOf() }, marked)),
        /is not kept up \(syncing, last row at 2026-11-22T11:59:59\.900Z\)/,
      );
    });
  }
});

Deno.test("assertFresh() refuses a book that no service keeps up, a row of the future, and one that Redis refused", () => {
  const fault = (path: string, record: SubRecord, isServed = true) => {
    try {
      assertFresh(path, [{ path, record }], KINDS[path], { maxAgeMs: 60_000, now: NOW, isServed });
      return "";
    } catch (error) {
      return String(error);
    }
  };
  assert.match(fault("books:A-B", recordOf(), false), /no service keeps/);
  assert.equal(fault("tickers:A-B", recordOf(), false), "");
  assert.match(fault("tickers:A-B", recordOf({ receivedAt: NOW + 2000 })), /2000 ms in the future/);
  assert.equal(fault("tickers:A-B", recordOf({ receivedAt: NOW + 200 })), "");
  const error = { code: "NOPERM", message: "Redis refuses to write it" };
  assert.match(fault("tickers:A-B", recordOf({ state: "stale", error })), /NOPERM Redis refuses/);
});

Deno.test("assertFresh() refuses a young row of a path that is not live, of every kind", () => {
  for (const [path, cached] of Object.entries(KINDS)) {
    for (const state of ["stale", "refused", "wanted", "sent"] as const) {
      const error = state === "refused" ? { code: "60018", message: "no such instrument" } : null;
      const found = staleness(path, { [path]: recordOf({ state, error }) }, cached);
      assert.match(String(found), new RegExp(`is not kept up \\(${state} since`), `${path} ${state}`);
    }
  }
});

Deno.test("assertFresh() believes a subscription that is live before a newer row of one that is not", () => {
  const records = { "opt-summary:BTC-USD": recordOf({ receivedAt: NOW - 200, exchangeAt: NOW - 200 }) };
  const row = { instId: "BTC-USD-1-C", ts: String(NOW - 200) };
  const path = "opt-summary:BTC-USD-1-C";
  assert.equal(staleness(path, records, row), undefined);
  const both = { [path]: recordOf({ state: "stale" }), ...records };
  assert.equal(staleness(path, both, row), undefined);
});

Deno.test("assertFresh() takes the word of a subscription to many instruments for the rows that it brings", () => {
  const option = { instId: "BTC-USD-1-C", uly: "BTC-USD", ts: String(NOW - 500) };
  assert.equal(
    staleness("opt-summary:BTC-USD-1-C", { "opt-summary:BTC-USD": recordOf() }, option),
    undefined,
  );
  const balance = { ccy: "USDT", uTime: String(NOW - 500) };
  assert.equal(staleness("account:USDT", { account: recordOf() }, balance), undefined);
  const order = { ordId: "7", instType: "SWAP", uTime: String(NOW - 9000) };
  const records = { "orders:SPOT": recordOf(), "orders:SWAP": recordOf({ receivedAt: NOW - 9000 }) };
  assert.equal(staleness("orders:7", records, order)?.ageMs, 9000);
});

Deno.test("assertFresh() does not take another instrument's row of the same subscription as proof", () => {
  const option = (ts: unknown) => ({ instId: "BTC-USD-1-C", ts }) as Cached;
  const path = "opt-summary:BTC-USD-1-C";
  // The exchange's clock may be far from that of Redis: the rows are compared with each other.
  const exchangeAt = NOW + 3_000;
  const records = { "opt-summary:BTC-USD": recordOf({ exchangeAt }) };
  assert.equal(staleness(path, records, option(String(exchangeAt))), undefined);
  assert.equal(staleness(path, records, option(String(exchangeAt - 800))), undefined);
  assert.equal(staleness(path, records, option(String(exchangeAt - 6000)))?.ageMs, 6100);
  assert.equal(
    staleness(path, records, option(String(exchangeAt + 500))),
    undefined,
    "read after the record",
  );
  for (const ts of [undefined, "", "x", String(NOW + 86_400_000)]) {
    assert.match(String(staleness(path, records, option(ts))), /does not say when it came/, String(ts));
  }
  const late = { "opt-summary:BTC-USD": recordOf({ exchangeAt: NOW - 60_000 }) };
  assert.equal(
    staleness(path, late, option(String(NOW - 61_000)))?.ageMs,
    60_000,
    "what came last is old too",
  );
  const order = { ordId: "7", instType: "SWAP", uTime: String(NOW - 6000) };
  const orders = { "orders:SWAP": recordOf({ exchangeAt: NOW - 6000 }) };
  assert.equal(staleness("orders:7", orders, order)?.ageMs, 6000, "an event may be pushed again later");
});

Deno.test("assertFresh() judges some rows of a path with several instruments by their own times", () => {
  const judge = (path: string, cached: Cached) => {
    const speakers = [{ path, record: recordOf({ exchangeAt: NOW - 100 }) }];
    assertFresh(path, speakers, cached, { maxAgeMs: 1000, now: NOW, isPart: true });
  };
  const rows = (ms: number) => [{ instId: "A-B", uTime: "1" }, { instId: "A-B", uTime: String(NOW - ms) }];
  judge("orders:SWAP", rows(200));
  assert.throws(() => judge("orders:SWAP", rows(5000)), /5000 ms old/);
  assert.throws(() => judge("orders:SWAP", []), StaleError);
  judge("candle1m:A-B", [{ ts: "60000" }]);
  judge("trades:A-B", [{ tradeId: "1" }]);
  judge("account", [{ totalEq: "1", uTime: String(NOW - 500) }]);
});

Deno.test("assertFresh() does not take the word of another instrument's subscription", () => {
  const others = { "tickers:A-B": recordOf() };
  assert.match(String(staleness("tickers:C-D", others, { instId: "C-D" })), /is not subscribed/);
  const books = { "spot/depth5:A-B": recordOf() };
  assert.match(String(staleness("spot/depth5:C-D", books, { instrument_id: "C-D" })), /is not subscribed/);
});

Deno.test("readSpeakers() gives the record of a path, or all of its channel", async () => {
  const fields = Object.fromEntries(
    ["tickers:A", "tickers:B", "candle1m:A"].map((path) => [path, JSON.stringify(recordOf())]),
  );
  const known: Pick<Store, "row" | "field"> = {
    row: (key) => Promise.resolve(key === KEYS.subs ? fields : {}),
    field: (key, field) => Promise.resolve(key === KEYS.subs ? fields[field] : undefined),
  };
  const paths = async (path: string) =>
    (await readPathRecords(known as Store, KEYS, path)).map((each) => each.path);
  assert.deepEqual(await paths("tickers:A"), ["tickers:A"]);
  assert.deepEqual(await paths("tickers:C"), ["tickers:A", "tickers:B"]);
  assert.deepEqual(await paths("books:A"), []);
});

/** Rows that come with others: the path of each, the subscription, and the member that has its time. */
const AMONG_OTHERS: readonly (readonly [path: string, subscription: string, row: Record<string, string>])[] =
  [
    ["account:USDT", "account", { ccy: "USDT" }],
    ["balance_and_position:USDT", "balance_and_position", { ccy: "USDT" }],
    ["balance_and_position:7", "balance_and_position", { posId: "7" }],
    ["positions:7", "positions:SWAP", { posId: "7", instType: "SWAP" }],
    ["positions:7", "positions:SWAP:instId=A-B", { posId: "7", instType: "SWAP", instId: "A-B" }],
    ["orders:7", "orders:SPOT:instId=A-B", { ordId: "7", instType: "SPOT", instId: "A-B" }],
    ["orders-algo:7", "orders-algo:SPOT:A-B", { algoId: "7", instType: "SPOT", instId: "A-B" }],
    ["deposit-info:7", "deposit-info:BTC", { depId: "7", ccy: "BTC" }],
  ];

for (const [path, subscription, row] of AMONG_OTHERS) {
  Deno.test(`${path} is as old as its own time says, whatever else ${subscription} brings`, () => {
    const old = (ms: number, maxAgeMs?: number) =>
      staleness(path, { [subscription]: recordOf() }, { ...row, uTime: String(NOW - ms) }, maxAgeMs);
    assert.equal(old(500), undefined);
    assert.equal(old(5000)?.ageMs, 5000);
    assert.equal(old(5000, 6000), undefined);
    assert.match(String(staleness(path, { [subscription]: recordOf() }, row)), /does not say when it came/);
  });
}

Deno.test("a path is as old as P/subs says: it is the only row, or all of them are asked for", () => {
  for (
    const [path, row] of [
      ["account:USDT", { ccy: "USDT", uTime: String(NOW - 5000) }],
      ["spot/account:USDT", { currency: "USDT" }],
      ["account", { totalEq: "1", uTime: String(NOW - 5000) }],
      ["orders:SPOT:instId=A-B", [{ ordId: "7", uTime: String(NOW - 5000) }]],
      ["spot/order:A-B", [{ order_id: "7", timestamp: "2026-11-22T11:00:00Z" }]],
    ] as const
  ) assert.equal(staleness(path, { [path]: recordOf() }, row as Cached), undefined, path);
});

Deno.test("one order of a legacy path is as old as its own time says", () => {
  const path = "spot/order:A-B";
  const judge = () =>
    assertFresh(path, [{ path, record: recordOf() }], [{
      order_id: "7",
      timestamp: new Date(NOW - 5000).toISOString(),
    }], { maxAgeMs: 1000, now: NOW, isPart: true });
  assert.throws(judge, /5000 ms old/);
});
