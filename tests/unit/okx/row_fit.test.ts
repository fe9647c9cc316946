import assert from "node:assert/strict";
import { fitOf, isDated, shapeOf } from "../../../src/okx/row_fit.ts";
import { parseExact } from "../../../src/okx/exact_json.ts";
import type { DataFrame } from "../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { decodeV5 } from "../../../src/okx/v5.ts";
import { captureNames, readCapture } from "../../support/captures.ts";

function shape(input: unknown) {
  return shapeOf(parseTopic(input) as Topic);
}

Deno.test("fitOf() takes rows that say what was subscribed, or leave it unsaid", () => {
  assert.equal(fitOf({ instId: "A" }, shape("tickers:A")), "fits");
  assert.equal(fitOf({ instId: "" }, shape("tickers:A")), "fits");
  assert.equal(fitOf({ asks: [] }, shape("books:A")), "fits");
  assert.equal(fitOf({ instType: "SWAP" }, shape("orders:ANY")), "fits");
  assert.equal(fitOf({ algoId: 7 }, shape({ channel: "grid-positions", algoId: "7" })), "fits");
});

Deno.test("fitOf() calls a row foreign that says something else", async (t) => {
  const cases: [unknown, Record<string, unknown>][] = [
    ["tickers:A", { instId: "B" }],
    ["books5:A", { instId: "B" }],
    ["trades:A", { instId: "B" }],
    ["sprd-tickers:A_B", { sprdId: "B_A" }],
    ["liquidation-orders:SWAP", { instType: "FUTURES" }],
    ["adl-warning:SWAP:BTC-USD", { instType: "SWAP", instFamily: "ETH-USD" }],
    ["orders:SWAP:instId=A", { instType: "SWAP", instId: "B" }],
    ["account-greeks:BTC", { ccy: "ETH" }],
    ["spot/ticker:A", { instId: "B" }],
    [{ channel: "foo", instId: "A" }, { instId: "B" }],
  ];
  for (const [input, row] of cases) {
    await t.step(JSON.stringify(input), () => assert.equal(fitOf(row, shape(input)), "foreign"));
  }
});

Deno.test("fitOf() cannot read a row of another shape, nor a candle without its time", () => {
  for (const row of [null, 7, "x", [], ["1"], true]) {
    assert.equal(fitOf(row, shape("tickers:A")), "unreadable");
  }
  const candles: unknown[] = [{}, [], ["x", "1"], [null, "1"], ["", "1"], ["-5"], "x", null, [
    "2026-11-27T00:00Z",
  ]];
  for (const row of candles) assert.equal(fitOf(row, shape("candle1m:A")), "unreadable", JSON.stringify(row));
  assert.equal(fitOf(["1795786000000", "1"], shape("candle1m:A")), "fits");
  assert.equal(fitOf([1795786000000, "1"], shape("candle1m:A")), "fits");
});

Deno.test("isDated() finds a time that is missing, that is a number, or that is none", () => {
  const tickers = shape("tickers:A");
  assert.ok(isDated({ ts: "1795786000000" }, tickers));
  for (const ts of [undefined, null, "", 1795786000000, "soon", "1.5", {}, parseExact("1795786000000.0")]) {
    assert.ok(!isDated({ ts }, tickers), String(ts));
  }
  assert.ok(!isDated([1795786000000, "1"], shape("candle1m:A")));
  assert.ok(isDated({}, shape("instruments:SPOT")), "a channel without times");
});

for (const name of captureNames(/^v5\.(?!issues|.*events|.*requests).*\.jsonl$/)) {
  Deno.test(`the rows of ${name} are what their arguments say`, () => {
    for (const line of readCapture(name)) {
      const frame = decodeV5(line);
      if (frame.kind !== "data") continue;
      const { arg, rows } = frame as DataFrame;
      const topic = parseTopic({ ...arg, uid: "" });
      if (topic.kind === "fault") continue;
      for (const row of rows) assert.equal(fitOf(row, shapeOf(topic)), "fits", line.slice(0, 300));
    }
  });
}
