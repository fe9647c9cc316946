/** Private channels of the simulated exchange: what a subscriber is sent at first, regularly and at each change. */
import assert from "node:assert/strict";
import { PRIVATE_CHANNELS } from "../../../../src/mock/account/channels.ts";
import type { SimulatedTrader } from "../../../../src/mock/account/simulated_trader.ts";
import { openV3PrivateFeed } from "../../../../src/mock/account/v3_feeds.ts";
import type { Arg, Feed, Push } from "../../../../src/mock/feeds/feed.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";

const START = Date.UTC(2026, 7, 14, 9, 30);
type Row = Record<string, unknown>;

Deno.test("account begins with numbered pages of three currencies, of which the last says so", () => {
  const pages = open(deskOf(), { channel: "account" }).first(START);
  assert.deepEqual(pages.map(({ members }) => members), [
    { eventType: "snapshot", curPage: 1, lastPage: false },
    { eventType: "snapshot", curPage: 2, lastPage: false },
    { eventType: "snapshot", curPage: 3, lastPage: true },
  ]);
  assert.deepEqual(pages.map((page) => currencies([page]).length), [3, 3, 1]);
});

Deno.test("account of one currency is one page, of a currency not held an empty one", () => {
  const feed = (ccy: string) => open(deskOf(), { channel: "account", ccy }).first(START);
  assert.deepEqual(currencies(feed("ETH")), ["ETH"]);
  assert.deepEqual(feed("DOGE").map(({ members }) => members?.["lastPage"]), [true]);
  assert.deepEqual(currencies(feed("DOGE")), []);
});

Deno.test("regular snapshots come every five seconds, after the events of the same moment", () => {
  const trader = deskOf();
  const feed = open(trader, { channel: "account" });
  feed.first(START);
  feed.next(START);
  assert.deepEqual(feed.next(START + 4999), []);
  trader.act("deposit", START + 5000);
  assert.deepEqual(kinds(feed.next(START + 5000)), ["event_update", "snapshot", "snapshot", "snapshot"]);
});

const intervals: readonly (readonly [channel: string, interval: string, dueMs: number | undefined])[] = [
  ["account", "0", undefined],
  ["account", "2000", 5000],
  ["positions", "0", undefined],
  ["positions", "2000", 2000],
  ["positions", "4000", 4000],
  ["positions", "1", 5000],
];
for (const [channel, interval, dueMs] of intervals) {
  Deno.test(`updateInterval ${interval} of ${channel} means ${dueMs ?? "no"} ms`, () => {
    const extraParams = JSON.stringify({ updateInterval: interval });
    const feed = open(deskOf(), {
      channel,
      extraParams,
      ...(channel === "positions" ? { instType: "ANY" } : {}),
    });
    feed.first(START);
    feed.next(START);
    const due = [1999, 2000, 3999, 4000, 4999, 5000, 60_000].find((ms) => feed.next(START + ms).length > 0);
    assert.equal(due, dueMs);
  });
}

Deno.test("a currency that goes to zero is pushed once and missing from the next complete snapshot", () => {
  const trader = deskOf();
  const feed = open(trader, { channel: "account" });
  feed.first(START);
  const ccy = trader.act("zero-balance", START + 1);
  const [event] = feed.next(START + 1);
  assert.deepEqual(event?.members, { eventType: "event_update" });
  assert.deepEqual((event?.data[0] as { details: Row[] }).details.map((row) => [row["ccy"], row["eq"]]), [[
    ccy,
    "0",
  ]]);
  trader.act("snapshot", START + 2);
  const pages = feed.next(START + 2);
  assert.equal(currencies(pages).includes(ccy), false);
  assert.deepEqual(pages.at(-1)?.keyed?.find(([key]) => key === ccy), [ccy, undefined]);
});

Deno.test("placing an order changes what is available, which account shows and balance_and_position does not", () => {
  const trader = deskOf();
  const account = open(trader, { channel: "account" });
  const both = open(trader, { channel: "balance_and_position" });
  for (let tries = 1; tries < 20; tries++) {
    trader.act("place", START + tries);
  }
  assert.deepEqual(kinds(account.next(START + 20)), ["event_update"]);
  assert.deepEqual(both.next(START + 20), []);
});

Deno.test("positions of ANY are two pages; a type, family or instrument narrows them", () => {
  const first = (rest: Record<string, string>) =>
    open(deskOf(), { channel: "positions", ...rest }).first(START);
  assert.equal(first({ instType: "ANY" }).length, 2);
  const types = (rest: Record<string, string>) =>
    first(rest).flatMap(({ data }) => data as Row[]).map((row) => row["instType"]);
  assert.deepEqual(types({ instType: "SWAP" }), ["SWAP", "SWAP"]);
  assert.deepEqual(types({ instType: "SWAP", instFamily: "ETH-USD" }), ["SWAP"]);
  assert.deepEqual(types({ instType: "ANY", instId: "BTC-USDT-SWAP" }), ["SWAP"]);
  assert.deepEqual(types({ instType: "MARGIN" }), []);
});

Deno.test("a closed position is pushed once with pos 0, an expired option not at all", () => {
  const trader = deskOf();
  const feed = open(trader, { channel: "positions", instType: "ANY" });
  feed.first(START);
  const closed = trader.act("close-position", START + 1);
  const events = feed.next(START + 1);
  assert.deepEqual(events.flatMap(({ data }) => data as Row[]).map((row) => [row["posId"], row["pos"]]), [[
    closed,
    "0",
  ]]);
  const both = open(trader, { channel: "balance_and_position" });
  const expired = trader.act("expire-position", START + 2);
  assert.deepEqual(feed.next(START + 2), []);
  const [delta] = both.next(START + 2).flatMap(({ data }) => data as { eventType: string; posData: Row[] }[]);
  assert.deepEqual([delta?.eventType, delta?.posData[0]?.["pos"]], ["exercised", "0"]);
  trader.act("snapshot", START + 3);
  const pages = feed.next(START + 3);
  const left = pages.flatMap(({ data }) => data as Row[]).map((row) => row["posId"]);
  assert.equal(left.includes(closed) || left.includes(expired), false);
  assert.equal(pages.at(-1)?.members?.["lastPage"], true);
});

Deno.test("positions are pushed when the market has moved them", () => {
  const trader = deskOf();
  trader.act("off", START);
  const feed = open(trader, { channel: "positions", instType: "ANY", extraParams: '{"updateInterval":"0"}' });
  for (let step = 1; step <= 60; step++) trader.step(START + step * 1000);
  const pushes = feed.next(START + 60_000);
  assert.ok(pushes.length > 1);
  assert.deepEqual([...new Set(kinds(pushes))], ["event_update"]);
});

Deno.test("every private push names the user and leaves extraParams out of arg", () => {
  const [page] = open(deskOf(), { channel: "account", extraParams: '{"updateInterval":"0"}' }).first(START);
  assert.deepEqual(JSON.parse(JSON.stringify(page?.arg)), { uid: "77982378738415879" });
});

const refused: readonly Arg[] = [
  { channel: "positions" },
  { channel: "positions", instType: "SPOT" },
  { channel: "orders", instType: "STOCK" },
  { channel: "orders", instType: "ANY", instId: "BTC-XYZ" },
  { channel: "orders", instType: "ANY", instFamily: "XYZ-USD" },
  { channel: "orders-algo", instType: "OPTION" },
];
for (const arg of refused) {
  Deno.test(`there is nothing to subscribe to for ${Object.values(arg).join(" ")}`, () => {
    assert.equal(find(deskOf(), arg), undefined);
  });
}

Deno.test("orders and orders-algo begin with nothing, algo-advance with what is live", () => {
  const trader = deskOf();
  for (const move of ["place", "algo", "algo"] as const) trader.act(move, START + 1);
  const first = (channel: string) => open(trader, { channel, instType: "ANY" }).first(START + 2).length;
  assert.deepEqual(["orders", "orders-algo", "algo-advance"].map(first), [0, 0, 1]);
});

const tables: readonly (readonly [table: string, filter: string, members: string])[] = [
  ["spot/account", "USDT", "balance available hold currency id timestamp"],
  [
    "swap/position",
    "BTC-USDT-SWAP",
    "holding instrument_id margin_mode",
  ],
];
for (const [table, filter, members] of tables) {
  Deno.test(`a row of ${table} has the members of the old documentation`, () => {
    const [row] = openV3PrivateFeed(deskOf(), table, filter)?.first(START)[0]?.data as Row[];
    assert.deepEqual(Object.keys(row ?? {}).sort(), members.split(" ").sort());
  });
}

Deno.test("spot/order has old states and the order's own life", () => {
  const trader = deskOf();
  const pairs = ["BTC-USDT", "ETH-USDT", "SOL-USDT"];
  const feeds = pairs.map((pair) => openV3PrivateFeed(trader, "spot/order", pair));
  for (let count = 1; count < 40; count++) trader.act(count % 4 === 0 ? "fill" : "place", START + count);
  trader.act("cancel-all", START + 41);
  const rows = feeds.flatMap((feed) => feed!.next(START + 42)).flatMap(({ data }) => data as Row[]);
  assert.deepEqual([...new Set(rows.map((row) => row["state"]))].sort(), ["-1", "0", "2"]);
  const members =
    "order_id client_oid instrument_id side type order_type price size notional filled_size filled_notional state " +
    "status margin_trading last_fill_px last_fill_qty last_fill_time last_fill_id fee fee_currency rebate " +
    "rebate_currency event_code event_message last_amend_result last_request_id created_at timestamp";
  for (const row of rows) assert.deepEqual(Object.keys(row).sort(), members.split(" ").sort());
});

Deno.test("futures/position has both sides, the empty one with zeros", () => {
  const trader = deskOf();
  const instId = [...trader.venue.listings.keys()].find((one) => /^BTC-USDT-\d{6}$/.test(one)) ?? "";
  const [row] = openV3PrivateFeed(trader, "futures/position", instId)?.first(START)[0]?.data as Row[];
  assert.equal(row?.["instrument_id"], instId);
  assert.equal(row?.["short_qty"], "0");
  assert.ok(Number(row?.["long_qty"]) > 0);
});

function deskOf(): SimulatedTrader {
  return createMarket({ seed: 5, startMs: START }).trader;
}

function find(trader: SimulatedTrader, arg: Arg): Feed | undefined {
  return PRIVATE_CHANNELS.find(({ name }) => name === arg["channel"])?.open(trader, arg);
}

function open(trader: SimulatedTrader, arg: Arg): Feed {
  const feed = find(trader, arg);
  assert.ok(feed !== undefined);
  return feed;
}

function currencies(pushes: readonly Push[]): string[] {
  const rows = pushes.flatMap(({ data }) => data as { details: { ccy: string }[] }[]);
  return rows.flatMap(({ details }) => details.map(({ ccy }) => ccy));
}

function kinds(pushes: readonly Push[]): unknown[] {
  return pushes.map(({ members }) => members?.["eventType"]);
}
