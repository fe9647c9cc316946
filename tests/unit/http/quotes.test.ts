/** Prices of a watchlist: what is read, what comes, and what was between the two. */
import assert from "node:assert/strict";
import { createQuotes } from "../../../src/http/quotes.ts";
import type { RowsPort, ShownRow } from "../../../src/http/rows.ts";
import type { View } from "../../../src/http/view.ts";
import { waitFor } from "../../support/wait.ts";

const PATH = "candle1m:A-USDT";

function bar(ts: number, close: string): ShownRow {
  return { ts: String(ts), close };
}

Deno.test("a row that was on its way to Redis when the page began to listen is read a moment later", async () => {
  const stored = [bar(1, "10"), bar(3, "30")];
  let reads = 0;
  let onRow: (path: string, row: ShownRow) => void = () => {};
  const rows: RowsPort = {
    describe: () => ({ kind: "candle", table: "candles", login: false, command: "" }),
    keyOf: () => undefined,
    read: () => Promise.resolve((reads += 1, [...stored])),
    listen: () => () => {},
    listenAll: (_, __, take) => {
      onRow = take;
      return () => {};
    },
  };
  const view = { servers: [{ name: "t", subscriptions: [{ path: PATH }] }] } as unknown as View;
  const quotes = createQuotes({ view: () => view, rows, accounts: false });
  const closes = () => quotes.all()[0]?.closes;
  quotes.tick();
  await waitFor("what is there", () => closes()?.length === 2);
  onRow(PATH, bar(4, "40"));
  assert.deepEqual(closes(), [10, 30, 40]);
  // It was queued before anybody listened, and is written now.
  stored.splice(1, 0, bar(2, "20"));
  for (let i = 0; i < 10; i++) quotes.tick();
  await waitFor("what is there now", () => closes()?.length === 4);
  assert.deepEqual(closes(), [10, 20, 30, 40]);
  assert.equal(reads, 2, "that is done once");
  quotes.stop();
});
