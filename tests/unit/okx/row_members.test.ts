/** What makes a row readable, channel by channel. */
import assert from "node:assert/strict";
import type { Arg, Row } from "../../../src/okx/frame.ts";
import { fitOf, isRowOf } from "../../../src/okx/row_fit.ts";
import { countedId } from "../../../src/okx/row_members.ts";
import { parseTopic, parseTopicV3, type Topic } from "../../../src/okx/topic.ts";

function fit(input: unknown, row: unknown): string {
  return fitOf(row, (parseTopic(input) as Topic).shape);
}

/** A row of each channel with what it has to have, and more. */
const ROWS: readonly (readonly [path: string | Arg, row: Row, needed: readonly string[]])[] = [
  ["index-tickers:A", { instId: "A", idxPx: "1", ts: "1" }, ["idxPx"]],
  ["mark-price:A", { instId: "A", markPx: "1", ts: "1" }, ["markPx"]],
  ["estimated-price:OPTION:instId=A", { instId: "A", settlePx: "1" }, ["settlePx"]],
  ["adl-warning:SWAP", { instType: "SWAP", state: "normal" }, ["state"]],
  ["status", { title: "t", state: "scheduled" }, ["state"]],
  ["trades:A", { instId: "A", tradeId: "7", px: "1", sz: "1" }, ["tradeId", "px"]],
  ["trades-all:A", { instId: "A", tradeId: "7", px: "1", sz: "1" }, ["tradeId", "px"]],
  ["spot/trade:A", { instId: "A", tradeId: "7", px: "1", sz: "1" }, ["tradeId", "px"]],
  ["option-trades:OPTION:instId=A", { instId: "A", tradeId: "7", px: "1" }, ["px"]],
  ["public-block-trades:A", { instId: "A", tradeId: "633971452580106242", px: "1" }, ["px"]],
  ["sprd-public-trades:A_B", { sprdId: "A_B", tradeId: "2266459120512", px: "-1" }, ["px"]],
  ["liquidation-orders:SWAP", { instType: "SWAP", details: [{ bkPx: "1" }] }, ["details"]],
  ["orders:ANY", { ordId: "1", state: "live" }, ["ordId"]],
  ["orders-algo:SWAP", { algoId: "1", state: "live" }, ["algoId"]],
  ["positions:ANY", { posId: "1", pos: "1" }, ["posId"]],
  ["account", { totalEq: "1", details: [{ ccy: "BTC" }] }, ["details"]],
  ["account-greeks", { ccy: "BTC", deltaBS: "0" }, ["ccy"]],
  ["deposit-info", { depId: "1" }, ["depId"]],
  ["instruments:SPOT", { instId: "A", instType: "SPOT" }, ["instId"]],
  ["fills", { tradeId: "1" }, ["tradeId"]],
];

/** Members that say nothing where a number or a name has to stand. */
const BAD = [undefined, null, "", "x", {}, [], true, "1,5", " 1"];

for (const [path, row, needed] of ROWS) {
  Deno.test(`a row of ${JSON.stringify(path)} is one with ${needed.join(" and ")}`, () => {
    assert.equal(fit(path, row), "fits");
    assert.equal(fit(path, { ...row, more: {} }), "fits", "rows grow");
    for (const name of needed) {
      const isName = !/px|rate|tradeid|details/i.test(name) || path === "fills";
      for (const bad of isName ? [undefined, null, "", {}, []] : BAD) {
        if (name === "details" && Array.isArray(bad)) continue;
        assert.equal(fit(path, { ...row, [name]: bad }), "unreadable", `${name} ${JSON.stringify(bad)}`);
      }
      const { [name]: _, ...without } = row;
      assert.equal(fit(path, without), "unreadable", name);
    }
    assert.equal(fit(path, {}), "unreadable");
  });
}

Deno.test("of several prices one is enough, blanks are for all of them, and none may be of another kind", () => {
  for (const path of ["tickers:A", "spot/ticker:A"]) {
    for (
      const row of [{ last: "1" }, { last: "", askPx: "2" }, { last: "", askPx: "", bidPx: "" }, { last: 1 }]
    ) {
      assert.equal(fit(path, { instId: "A", ...row }), "fits", JSON.stringify(row));
    }
    for (const row of [{}, { x: "y" }, { last: "" }, { last: {}, askPx: "2" }, { last: null, askPx: "2" }]) {
      assert.equal(fit(path, { instId: "A", ...row }), "unreadable", JSON.stringify(row));
    }
  }
  assert.equal(fit("price-limit:A", { buyLmt: "", sellLmt: "", enabled: false }), "fits");
  assert.equal(fit("price-limit:A", { instId: "A" }), "unreadable");
  assert.equal(fit("opt-summary:BTC-USD", { instId: "A", bidVol: "", markVol: "0.5" }), "fits");
  assert.equal(fit("opt-summary:BTC-USD", { instId: "A" }), "unreadable");
  assert.equal(fit("funding-rate:A", { fundingRate: "-0.0001", nextFundingRate: "" }), "fits");
  assert.equal(fit("funding-rate:A", { fundingTime: "1" }), "unreadable");
  assert.equal(fit("open-interest:A", { instId: "A", oi: "5" }), "fits");
  assert.equal(fit("trades:A", { tradeId: "1", px: "1", sz: "x" }), "unreadable");
});

Deno.test("one part that cannot be read spoils a row of several", () => {
  assert.equal(fit("account", { details: [{ ccy: "BTC" }, { eq: "1" }] }), "unreadable");
  assert.equal(fit("account", { details: [{ ccy: "BTC" }, null] }), "unreadable");
  const both = { balData: [{ ccy: "BTC" }], posData: [{ posId: "1" }] };
  assert.equal(fit("balance_and_position", both), "fits");
  assert.equal(fit("balance_and_position", { ...both, posData: [{ pos: "1" }] }), "unreadable");
  assert.equal(fit("balance_and_position", { pTime: "1" }), "unreadable");
});

Deno.test("what the table does not know is a row with anything in it", () => {
  assert.equal(fit({ channel: "foo", instId: "A" }, { x: "y" }), "fits");
  assert.equal(fit({ channel: "foo", instId: "A" }, {}), "unreadable");
});

Deno.test("rows of v3 are known by their prices, too", () => {
  const fitV3 = (path: string, row: Row) => fitOf(row, (parseTopicV3(path) as Topic).shape);
  assert.equal(fitV3("spot/ticker:A", { instrument_id: "A", last: "1" }), "fits");
  assert.equal(fitV3("spot/ticker:A", { instrument_id: "A" }), "unreadable");
  assert.equal(fitV3("swap/mark_price:A", { instrument_id: "A", mark_price: "x" }), "unreadable");
  assert.equal(fitV3("spot/trade:A", { trade_id: "1", price: "2" }), "fits");
  assert.equal(fitV3("spot/trade:A", { trade_id: "1" }), "unreadable");
});

Deno.test("a small book whose number cannot be read is none", () => {
  const book = { asks: [["2", "1"]], bids: [["1", "1"]] };
  for (const seqId of ["x", -1, null, {}, "1.5"]) {
    assert.equal(fit("books5:A", { ...book, seqId }), "unreadable");
  }
  for (const seqId of [undefined, 0, "7"]) assert.equal(fit("books5:A", { ...book, seqId }), "fits");
});

Deno.test("countedId() takes digits below 2^53 and nothing else", () => {
  assert.deepEqual([countedId("7"), countedId(7), countedId("9007199254740991")], [7, 7, 9007199254740991]);
  for (
    const bad of [" 6", "7.0", "08", "0", "-1", "1e3", "", "x", null, undefined, {}, "9007199254740993", 1.5]
  ) {
    assert.equal(countedId(bad), undefined, JSON.stringify(bad));
  }
});

Deno.test("isRowOf() judges what was fetched in the same way", () => {
  assert.ok(isRowOf("trades", { instId: "A", tradeId: "1", px: "1" }));
  for (
    const row of [null, [], "x", {}, { tradeId: "1" }, { tradeId: "08", px: "1" }, { tradeId: "1", px: "" }]
  ) {
    assert.ok(!isRowOf("trades", row), JSON.stringify(row));
  }
});
