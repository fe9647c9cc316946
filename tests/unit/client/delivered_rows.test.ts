/** A follower goes on behind what it has given, whatever the cache has by then. */
import assert from "node:assert/strict";
import { createDeliveredRows } from "../../../src/client/delivered_rows.ts";

const trade = (id: number) => ({ instId: "A-USDT", tradeId: String(id), px: "1" });
const idsOf = (rows: readonly { tradeId: string }[]) => rows.map(({ tradeId }) => Number(tradeId));

Deno.test("of events all behind the first that was given, and none twice", () => {
  const shown = createDeliveredRows("trades:A-USDT");
  for (const id of [3, 4, 5]) shown.note(trade(id));
  assert.deepEqual(idsOf(shown.rest([1, 2, 3, 4, 5, 6, 7].map(trade))), [6, 7]);
  // The one in between was not published where the follower listened.
  const other = createDeliveredRows("trades:A-USDT");
  for (const id of [3, 5]) other.note(trade(id));
  assert.deepEqual(idsOf(other.rest([2, 3, 4, 5].map(trade))), [4]);
});

Deno.test("of events nothing is left out where none of those that were given is cached any more", () => {
  const shown = createDeliveredRows("trades:A-USDT");
  shown.note(trade(1));
  assert.deepEqual(idsOf(shown.rest([8, 9].map(trade))), [8, 9]);
  assert.deepEqual(shown.rest([]), []);
});

Deno.test("of rows that replace each other those that say something newer", () => {
  const shown = createDeliveredRows("tickers:A-USDT");
  const ticker = (ts: string, more = {}) => ({ instId: "A-USDT", last: ts, ts, ...more });
  shown.note(ticker("5"));
  assert.deepEqual(shown.rest([ticker("5", { state: "live" })]), []);
  assert.deepEqual(shown.rest([ticker("4")]), []);
  assert.equal(shown.rest([ticker("6")]).length, 1);
});
