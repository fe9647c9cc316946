/** What programs of v3 read of an order before its first fill, as recorded in 2019 and 2020. */
import assert from "node:assert/strict";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";

const ORDER = {
  ...{ ordId: "1", clOrdId: "", ordType: "limit", px: "500", sz: "0.1", side: "sell", posSide: "net" },
  ...{ accFillSz: "0", avgPx: "", state: "live", fillPx: "", fillSz: "0", fillTime: "", tradeId: "" },
  ...{ cTime: "1598350385313", uTime: "1598350385313" },
};

function convert(path: string, instId: string, more: Readonly<Record<string, string>> = {}) {
  const { convert, arg } = parseTopic(path) as Topic;
  return convert?.({ ...ORDER, instId, ...more }, arg) ?? {};
}

for (const [path, instId] of [["spot/order:X-Y", "X-Y"], ["swap/order:X-USD-SWAP", "X-USD-SWAP"]] as const) {
  Deno.test(`an order of ${path} has zeros and the beginning of time before its first fill, and then what it is`, () => {
    const fills = (
      { last_fill_px, last_fill_qty, last_fill_time, last_fill_id }: Record<string, unknown>,
    ) => [last_fill_px, last_fill_qty, last_fill_time, last_fill_id];
    assert.deepEqual(fills(convert(path, instId)), ["0", "0", "1970-01-01T00:00:00.000Z", "0"]);
    const filled = { fillPx: "501", fillSz: "0.1", fillTime: "1598350385313", tradeId: "7" };
    assert.deepEqual(fills(convert(path, instId, filled)), ["501", "0.1", "2020-08-25T10:13:05.313Z", "7"]);
  });
}

Deno.test("an order of a derivative has its state under both names", () => {
  for (const [state, number] of [["live", "0"], ["canceled", "-1"], ["filled", "2"]] as const) {
    const row = convert("futures/order:X-USD-190329", "X-USD-190329", { state });
    assert.deepEqual([row.state, row.status], [number, number]);
  }
  assert.equal(convert("spot/order:X-Y", "X-Y").status, "open");
});
