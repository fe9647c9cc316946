/** The trader of the simulated account: the same story from one seed, and books that balance. */
import assert from "node:assert/strict";
import type { SimulatedTrader } from "../../../../src/mock/account/simulated_trader.ts";
import type { Row } from "../../../../src/mock/account/journal.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";

const START = Date.UTC(2026, 7, 14, 9, 30);

Deno.test("the same seed gives the same story, another seed another one", () => {
  const story = (seed: number) => {
    const trader = deskOf(seed);
    for (let step = 1; step <= 600; step++) trader.step(START + step * 200);
    return JSON.stringify(trader.journal.after(0));
  };
  assert.equal(story(3), story(3));
  assert.notEqual(story(3), story(4));
});

Deno.test("left alone for an hour every order goes from live to its end, fill by fill", () => {
  const trader = deskOf(1);
  const rows = watch(trader, "orders", 18_000);
  const lives = Map.groupBy(rows, (row) => String(row["ordId"]));
  const seen = new Set<string>();
  for (const [ordId, life] of lives) {
    assert.equal(life[0]?.["state"], "live", ordId);
    const ends = life.filter(({ state }) => state === "filled" || state === "canceled");
    // The same row may come again with another time.
    assert.equal(new Set(ends.map(({ state, tradeId }) => `${state} ${tradeId}`)).size <= 1, true, ordId);
    let filled = 0;
    for (const row of life) {
      assert.ok(Number(row["accFillSz"]) >= filled, ordId);
      filled = Number(row["accFillSz"]);
      if (row["state"] === "filled") assert.equal(row["accFillSz"], row["sz"]);
      seen.add(String(row["state"]));
    }
  }
  assert.deepEqual([...seen].sort(), ["canceled", "filled", "live", "partially_filled"]);
  assert.ok(rows.some(({ reqId }) => reqId !== ""), "an amendment");
  assert.ok(
    rows.some(({ instType }) => instType === "SPOT") && rows.some(({ instType }) => instType === "SWAP"),
  );
});

Deno.test("every fill of orders is a row of fills, and no trade has two", () => {
  const trader = deskOf(2);
  const changes = watchChanges(trader, 6000);
  const of = (channel: string) =>
    changes.flatMap(({ rows = [] }) => rows).filter(([name]) => name === channel).map(([, row]) => row);
  const trades = new Map(
    of("orders").filter(({ tradeId }) => tradeId !== "").map((row) => [row["tradeId"], row]),
  );
  const fills = of("fills");
  assert.ok(fills.length > 20);
  assert.equal(new Set(fills.map(({ tradeId }) => tradeId)).size, fills.length);
  assert.equal(trades.size, fills.length);
  for (const fill of fills) {
    const row = trades.get(fill["tradeId"]);
    for (const name of ["ordId", "instId", "fillPx", "fillSz", "side", "execType"]) {
      assert.equal(fill[name], row?.[name], name);
    }
  }
});

Deno.test("after an hour of trading no balance is negative and nothing is set aside for orders that ended", () => {
  const trader = deskOf(7);
  for (let step = 1; step <= 18_000; step++) trader.step(START + step * 200);
  for (const { ccy, cash } of trader.ledger.balances.values()) assert.ok(cash >= 0, `${ccy} ${cash}`);
  trader.act("cancel-all", START + 4_000_000);
  assert.deepEqual(trader.openIds("orders", START), []);
  for (const { ccy, frozen } of trader.ledger.balances.values()) assert.ok(frozen < 1e-6, `${ccy} ${frozen}`);
});

Deno.test("the number of live orders and algo orders stays small however long the trader acts", () => {
  const trader = deskOf(9);
  for (let step = 1; step <= 18_000; step++) trader.step(START + step * 200);
  const live = ["orders", "orders-algo", "algo-advance"].map((channel) =>
    trader.openIds(channel, START).length
  );
  for (const count of live) assert.ok(count <= 8, live.join(" "));
});

Deno.test("balData and posData of every change end in what the account has", () => {
  const trader = deskOf(4);
  const balances = new Map<unknown, unknown>();
  const positions = new Map<unknown, unknown>();
  for (const { balances: some = [], positions: held = [], vanished = [] } of watchChanges(trader, 9000)) {
    for (const row of some) balances.set(row["ccy"], row["cashBal"]);
    for (const row of [...held, ...vanished]) positions.set(row["posId"], row["pos"]);
  }
  for (const [ccy, cash] of balances) assert.equal(Number(cash), trader.ledger.balance(String(ccy)).cash);
  const open = [...positions].filter(([, pos]) => pos !== "0").map(([posId]) => String(posId));
  const first = deskOf(4).openIds("positions", START).filter((posId) => !positions.has(posId));
  assert.deepEqual([...open, ...first].sort(), trader.openIds("positions", START).sort());
});

Deno.test("an amended order keeps its id and answers with reqId; a repeated row differs in uTime alone", () => {
  const trader = deskOf(1);
  const ordId = trader.act("place", START + 1);
  assert.equal(trader.act("amend", START + 2), ordId);
  const amended = lastRow(trader, "orders");
  assert.deepEqual([amended?.["state"], amended?.["amendResult"]], ["live", "0"]);
  assert.notEqual(amended?.["reqId"], "");
  assert.equal(trader.act("repeat", START + 3), ordId);
  assert.deepEqual({ ...lastRow(trader, "orders"), uTime: "" }, { ...amended, uTime: "" });
  assert.notEqual(lastRow(trader, "orders")?.["uTime"], amended?.["uTime"]);
});

Deno.test("an algo order that becomes effective names its order, and a cancelled one is open no more", () => {
  const trader = deskOf(1);
  const trigger = trader.act("algo", START + 1);
  assert.deepEqual(trader.openIds("orders-algo", START), [trigger]);
  trader.act("trigger", START + 2);
  const row = lastRow(trader, "orders-algo");
  assert.deepEqual([row?.["algoId"], row?.["state"]], [trigger, "effective"]);
  assert.equal(lastRow(trader, "orders")?.["ordId"], row?.["ordId"]);
  assert.deepEqual(trader.openIds("orders-algo", START), []);
  const iceberg = trader.act("algo", START + 3);
  assert.deepEqual(trader.openIds("algo-advance", START), [iceberg]);
  trader.act("cancel-algo", START + 4);
  assert.deepEqual(trader.openIds("algo-advance", START), []);
});

Deno.test("a closed position that is opened again has the same posId, an expired option has another", () => {
  const trader = deskOf(1);
  const posIds = trader.openIds("positions", START);
  const closed = trader.act("close-position", START + 1);
  assert.deepEqual(trader.openIds("positions", START), posIds.filter((posId) => posId !== closed));
  assert.equal([...trader.ledger.positions.values()].some(({ posId }) => posId === closed), true);
  const expired = trader.act("expire-position", START + 2);
  assert.equal(posIds.includes(expired), true);
  assert.equal([...trader.ledger.positions.values()].some(({ posId }) => posId === expired), false);
});

Deno.test("a trader who is off does nothing by himself", () => {
  const trader = deskOf(1);
  trader.act("off", START);
  for (let step = 1; step < 100; step++) trader.step(START + step * 500);
  assert.deepEqual(
    trader.journal.after(0).flatMap(({ rows = [] }) => rows).filter(([name]) => name === "orders"),
    [],
  );
});

function deskOf(seed: number): SimulatedTrader {
  return createMarket({ seed, startMs: START }).trader;
}

function watchChanges(trader: SimulatedTrader, steps: number) {
  const changes = [...trader.journal.after(0)];
  for (let step = 1; step <= steps; step++) {
    const { length } = trader.journal;
    trader.step(START + step * 200);
    changes.push(...trader.journal.after(length));
  }
  return changes;
}

function watch(trader: SimulatedTrader, channel: string, steps: number): Row[] {
  return watchChanges(trader, steps).flatMap(({ rows = [] }) => rows)
    .filter(([name]) => name === channel).map(([, row]) => row);
}

function lastRow(trader: SimulatedTrader, channel: string): Row | undefined {
  return trader.journal.after(0).flatMap(({ rows = [] }) => rows).filter(([name]) => name === channel).at(-1)
    ?.[1];
}
