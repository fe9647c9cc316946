/** Whether a row is what was subscribed, something else, or cannot be read. */
import assert from "node:assert/strict";
import { fitOf, isDated } from "../../../src/okx/row_fit.ts";
import { parseExact } from "../../../src/okx/exact_json.ts";
import type { DataFrame } from "../../../src/okx/frame.ts";
import { parseTopic, parseTopicV3, type Topic } from "../../../src/okx/topic.ts";
import { decodeV5 } from "../../../src/okx/v5.ts";
import { captureNames, readCapture } from "../../support/captures.ts";

function shape(input: unknown) {
  return (parseTopic(input) as Topic).shape;
}

Deno.test("fitOf() takes rows that say what was subscribed, or leave it unsaid", () => {
  assert.equal(fitOf({ instId: "A", last: "1" }, shape("tickers:A")), "fits");
  assert.equal(fitOf({ instId: "", last: "1" }, shape("tickers:A")), "fits");
  assert.equal(fitOf({ asks: [], bids: [] }, shape("books:A")), "fits");
  assert.equal(fitOf({ instType: "SWAP", ordId: "1" }, shape("orders:ANY")), "fits");
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
  const cells = ["1", "2", "0.5", "1.5", "7", "0"];
  assert.equal(fitOf(["1795786000000", ...cells], shape("candle1m:A")), "fits");
  assert.equal(fitOf([1795786000000, ...cells.map(Number)], shape("candle1m:A")), "fits");
});

Deno.test("fitOf() cannot read a candle one of whose prices is no number", async (t) => {
  const prices = ["1", "2", "0.5", "1.5"];
  for (const path of ["candle1m:A", "index-candle1m:A", "mark-price-candle1m:A", "sprd-candle1m:A_B"]) {
    for (const bad of [null, "", "x", "1,5", "NaN", {}, [], true, undefined]) {
      await t.step(`${path} ${JSON.stringify(bad)}`, () => {
        for (const place of prices.keys()) {
          const row = ["1795786000000", ...prices.with(place, bad as string), "1"];
          assert.equal(fitOf(row, shape(path)), "unreadable");
        }
      });
    }
  }
  assert.equal(
    fitOf(["1795786000000", "-1", "0", "-2", "-1.5", "7", "1"], shape("sprd-candle1m:A_B")),
    "fits",
  );
});

Deno.test("fitOf() judges what v3 pushes by its prices and levels, too", () => {
  const shapeV3 = (path: string) => (parseTopicV3(path) as Topic).shape;
  const id = { instrument_id: "A" };
  const time = "2026-11-27T00:00:00.000Z";
  const candle = shapeV3("spot/candle60s:A");
  assert.equal(fitOf({ ...id, candle: [time, "1", "2", "1", "2", "5"] }, candle), "fits");
  for (const cells of [[time, "1", "2", "1", null, "5"], [time], "x", undefined]) {
    assert.equal(fitOf({ ...id, candle: cells }, candle), "unreadable", JSON.stringify(cells));
  }
  const depth = shapeV3("spot/depth5:A");
  assert.equal(fitOf({ ...id, asks: [["2", "1", "1"]], bids: [] }, depth), "fits");
  assert.equal(fitOf({ ...id, asks: "x", bids: [] }, depth), "unreadable");
});

Deno.test("fitOf() cannot read a small book whose sides are no lists of prices and sizes", async (t) => {
  const good = [["2", "1", "0", "1"]];
  for (const path of ["books5:A", "bbo-tbt:A", "spot/depth5:A", "sprd-books5:A_B", "sprd-bbo-tbt:A_B"]) {
    for (
      const bad of ["x", null, undefined, {}, 7, ["2"], [[]], [["2"]], [["x", "1"]], [["2", null]], [[
        "2",
        "-1",
      ]]]
    ) {
      await t.step(`${path} ${JSON.stringify(bad)}`, () => {
        assert.equal(fitOf({ asks: bad, bids: good }, shape(path)), "unreadable");
        assert.equal(fitOf({ asks: good, bids: bad }, shape(path)), "unreadable");
      });
    }
    assert.equal(fitOf({ asks: good, bids: [] }, shape(path)), "fits");
    assert.equal(fitOf({ asks: [[2, 1]], bids: good }, shape(path)), "fits");
  }
  const negative = { asks: [["-1", "1"]], bids: [["-2", "1"]] };
  assert.equal(fitOf(negative, shape("sprd-books5:A_B")), "fits");
  assert.equal(fitOf(negative, shape("books5:A")), "unreadable");
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

for (const name of captureNames(/^(doc\.)?v5\.(?!issues|.*events|.*requests).*\.jsonl$/)) {
  Deno.test(`the rows of ${name} are what their arguments say`, () => {
    for (const line of readCapture(name)) {
      const frame = decodeV5(line);
      if (frame.kind !== "data") continue;
      const { arg, rows } = frame as DataFrame;
      const topic = parseTopic({ ...arg, uid: "" });
      if (topic.kind === "fault") continue;
      // Some examples of the documentation are of another instrument than their argument.
      const fits = name.startsWith("doc.") ? ["fits", "foreign"] : ["fits"];
      for (const row of rows) assert.ok(fits.includes(fitOf(row, topic.shape)), line.slice(0, 300));
    }
  });
}
