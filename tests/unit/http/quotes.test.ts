/** Prices of a watchlist: what is read, what comes, and what was between the two. */
import assert from "node:assert/strict";
import { tableKindOf } from "../../../src/client/table_kind.ts";
import { createQuotes, type Quote } from "../../../src/http/quotes.ts";
import type { RowsPort, ShownRow } from "../../../src/http/rows.ts";
import type { View } from "../../../src/http/view.ts";
import { channelNames } from "../../../src/okx/channels.ts";
import { parseAnyTopic } from "../../../src/okx/topic.ts";
import { legacyTables } from "../../../src/okx/v3/legacy_channels.ts";
import { waitFor } from "../../support/wait.ts";

const PATH = "candle1m:A-USDT";

/** Members of every kind of row that say a price. */
const PRICES = ["last", "markPx", "mark_price", "idxPx", "close", "px", "price"];

/** Channels whose rows say what an instrument costs, candles aside. */
const PRICED = [
  ...["tickers", "sprd-tickers", "index-tickers", "mark-price"],
  ...["trades", "trades-all", "sprd-public-trades"],
  ...["spot", "futures", "swap", "option"].flatMap((each) => [`${each}/ticker`, `${each}/trade`]),
  ...["index/ticker", "futures/mark_price", "swap/mark_price"],
];

/** Every public channel of both spellings that may name an instrument. */
const CHANNELS = [
  ...channelNames(),
  ...legacyTables(),
].filter((channel) => {
  const topic = parseAnyTopic(`${channel}:A-USDT`);
  return topic.kind === "topic" && !topic.login;
});

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

Deno.test("the ticker's price stays, whatever else is subscribed of its instrument, in whichever order", () => {
  const tickers = [
    "tickers",
    "sprd-tickers",
    "spot/ticker",
    "futures/ticker",
    "swap/ticker",
    "option/ticker",
  ];
  const others = CHANNELS.filter((channel) => !tickers.includes(channel));
  assert.ok(others.includes("block-tickers") && others.length > 100, `${others.length} channels`);
  for (const channel of others) {
    for (const ticker of tickers) {
      const paths = [`${ticker}:A-USDT`, `${channel}:A-USDT`];
      for (const subscribed of [paths, paths.toReversed()]) {
        for (const pushed of [paths, paths.toReversed()]) {
          const quote = quoteOf(
            subscribed,
            pushed,
            (path) =>
              path === paths[0]
                ? { last: "100", open24h: "90" }
                : Object.fromEntries(PRICES.map((member) => [member, "7"])),
          );
          const found = [quote?.last, quote?.open];
          assert.deepEqual(found, ["100", "90"], `${subscribed} subscribed, ${pushed} pushed`);
        }
      }
    }
  }
});

Deno.test("a price is taken of the channels that say one, and of no other", () => {
  const priced = CHANNELS.filter((channel) => {
    const path = `${channel}:A-USDT`;
    const row = Object.fromEntries(PRICES.map((member) => [member, "7"]));
    return quoteOf([path], [path], () => ({ ...row, ts: "1" }))?.last === "7";
  });
  assert.deepEqual(priced.filter((channel) => !channel.includes("candle")).sort(), PRICED.sort());
  const candles = CHANNELS.filter((channel) => channel.includes("candle"));
  assert.deepEqual(priced.filter((channel) => channel.includes("candle")), candles);
});

Deno.test("without a ticker the price is that of the shortest bar from a minute up, else of a trade", () => {
  const paths = ["trades", "candle1s", "candle15m", "candle1m", "candle1D", "mark-price"].map((each) =>
    `${each}:A-USDT`
  );
  const rowOf = (path: string) => ({ ts: "1", close: path, px: path, markPx: path });
  const priceOf = (subscribed: string[]) => quoteOf(subscribed, subscribed, rowOf)?.last;
  assert.equal(priceOf(paths), "candle1m:A-USDT");
  assert.equal(priceOf(paths.filter((path) => !path.startsWith("candle"))), "trades:A-USDT");
});

/** What is known of the one instrument of some paths after each of them pushed a row. */
function quoteOf(
  paths: readonly string[],
  pushed: readonly string[],
  rowOf: (path: string) => ShownRow,
): Quote | undefined {
  let onRow: (path: string, row: ShownRow) => void = () => {};
  const rows: RowsPort = {
    describe: (_, path) => ({ kind: "row", table: tableKindOf(path), login: false, command: "" }),
    keyOf: () => undefined,
    read: () => Promise.resolve([]),
    listen: () => () => {},
    listenAll: (_, __, take) => (onRow = take, () => {}),
  };
  const view = {
    servers: [{ name: "t", subscriptions: paths.map((path) => ({ path })) }],
  } as unknown as View;
  const quotes = createQuotes({ view: () => view, rows, accounts: false });
  quotes.tick();
  for (const path of pushed) onRow(path, rowOf(path));
  const [quote] = quotes.all();
  quotes.stop();
  return quote;
}
