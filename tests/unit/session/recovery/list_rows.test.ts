/** Lists with rows that cannot be read are no lists; the exchange is a real server of the test. */
import assert from "node:assert/strict";
import { accountLists } from "../../../../src/okx/account_lists.ts";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { accountRowTest } from "../../../../src/session/recovery/list_rows.ts";
import { fetchMarkets } from "../../../../src/session/recovery/event_markets.ts";
import { OpenList } from "../../../../src/session/recovery/open_lists.ts";
import { fetchInstruments } from "../../../../src/session/recovery/instrument_lists.ts";
import { withTimeout } from "../../../support/wait.ts";
import { topicOf } from "../../../support/topics.ts";

type Options = Parameters<typeof fetchInstruments>[1];

/** Loads from an exchange that answers with the first rows once and with the others from then on. */
async function load<T>(
  first: readonly unknown[],
  then: readonly unknown[],
  fetchAll: (options: Options) => Promise<T>,
  concerns = (_: URL) => true,
) {
  let answered = 0;
  const troubles: string[] = [];
  const stats = { unreadable: 0 };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const url = new URL(request.url);
    if (url.pathname.endsWith("/series")) {
      return Response.json({ code: "0", msg: "", data: [{ seriesId: "A" }] });
    }
    const isOther = !concerns(url) || url.searchParams.has("after");
    const data = isOther ? [] : answered++ === 0 ? first : then;
    return Response.json({ code: "0", msg: "", data });
  });
  const result = await withTimeout(
    "the list",
    fetchAll({
      rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
      turn: () => Promise.resolve(),
      signal: new AbortController().signal,
      stats,
      onTrouble: ({ code }) => troubles.push(code),
    }),
  );
  return { result, troubles, unreadable: stats.unreadable };
}

async function framesOf(path: string, options: Options, known: readonly Row[]): Promise<DataFrame[]> {
  const topic = topicOf(path);
  const frames: DataFrame[] = [];
  const list = new OpenList(topic, accountLists(topic) ?? assert.fail(), {
    ...options,
    sign: undefined,
    timing: { agreeMs: 0, pauseMs: 1, checksMs: [] },
    known: () => new Map(known.map((row) => [String(row.ordId), row])),
    since: Infinity,
    deliver: (frame) => frames.push(frame),
    onWhole: () => {},
  });
  await list.load();
  return frames;
}

const ORDERS = ["1", "2"].map((ordId) => ({
  ordId,
  instType: "SPOT",
  instId: "X",
  state: "live",
  uTime: "5",
}));
const { ordId: _, ...NAMELESS } = ORDERS[1] as Row;
const FAULTS = {
  "a text": ["x"],
  "nothing": [null],
  "a list": [[ORDERS[0]]],
  "a row without its id": [NAMELESS],
  "one of two": [ORDERS[0], { ...ORDERS[1], ordId: null }],
};

for (const [name, rows] of Object.entries(FAULTS)) {
  Deno.test(`a list of orders with ${name} is no list: nothing of it is reported, it is asked for again`, async () => {
    const { result, troubles, unreadable } = await load(
      rows,
      ORDERS,
      (options) => framesOf("orders:ANY", options, ORDERS),
    );
    assert.deepEqual(result.map(({ action, rows }) => [action, rows.length]), [["snapshot", 2]]);
    assert.deepEqual([troubles, unreadable], [["unreadable"], 1]);
  });
}

Deno.test("lists of instruments and of markets with a row that cannot be read are asked for again", async () => {
  const instruments = [{ instId: "A-B" }, { instId: "C-D" }];
  const spot = await load(
    [instruments[0], { baseCcy: "C" }],
    instruments,
    (options) => fetchInstruments([topicOf("instruments:SPOT")], options),
  );
  assert.deepEqual([spot.result.length, spot.troubles, spot.unreadable], [2, ["unreadable"], 1]);
  const market = { instId: "M-1", state: "live" };
  const markets = await load(
    [market, "x"],
    [market],
    (options) => fetchMarkets(topicOf("event-contract-markets:EVENTS"), options),
    (url) => url.searchParams.get("state") === "live",
  );
  assert.deepEqual(markets.result.open, [market]);
  assert.deepEqual([markets.troubles, markets.unreadable], [["unreadable"], 1]);
});

Deno.test("a balance is read by its currencies, a position by its id, a transfer by its time, too", () => {
  const balance = accountRowTest("/account/balance", "ccy");
  const accounts = [{ details: [] }, { details: [{ ccy: "BTC" }] }, {}, { details: [{}] }, { details: "x" }];
  assert.deepEqual(accounts.map(balance), [true, true, false, false, false]);
  const position = accountRowTest("/account/positions", "ccy");
  assert.deepEqual([{ posId: "1" }, { posId: 1 }, { ccy: "BTC" }, { posId: "" }].map(position), [
    ...[true, true, false, false],
  ]);
  const deposit = accountRowTest("/asset/deposit-history", "depId", "ts");
  assert.deepEqual([{ depId: "1", ts: "5" }, { depId: "1" }].map(deposit), [true, false]);
});
