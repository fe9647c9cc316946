/** The lines of the watchlist, its spark lines, and what the page says of prices. */
import assert from "node:assert/strict";
import type { Tick } from "../../../src/http/feed.ts";
import type { PathDef, PathNow } from "../../../src/http/path_changes.ts";
import { instrumentsOf } from "../../../src/http/instruments.ts";
import type { RowKind } from "../../../src/http/rows.ts";
import type { TableKind } from "../../../src/shared/row_tables.ts";
import { Model } from "../../../web/model.ts";
import { noticeOf, titleOf } from "../../../web/notice.ts";
import { fillIn, type t } from "../../../web/texts.ts";
import { formatChange, formatPrice } from "../../../web/watch_panel.ts";
import {
  directionOf,
  sparkPoints,
  type WatchChoice,
  type WatchLine,
  watchLines,
} from "../../../web/watchlist.ts";

type Given = {
  path: string;
  kind: RowKind;
  table: TableKind;
  state?: string;
  server?: string;
  login?: boolean;
};

const PATHS: readonly Given[] = [
  { path: "tickers:BTC-USDT", kind: "row", table: "quotes" },
  { path: "candle1m:BTC-USDT", kind: "candle", table: "candles" },
  { path: "books:BTC-USDT", kind: "book", table: "books", state: "stale" },
  { path: "candle5m:ETH-USDT", kind: "candle", table: "candles" },
  { path: "tickers:LUNA-USDT", kind: "row", table: "quotes", state: "refused" },
  { path: "trades:SOL-USDT", kind: "trades", table: "tape" },
  { path: "orders:SPOT", kind: "rows", table: "orders", login: true },
  { path: "instruments:SPOT", kind: "rows", table: "rows" },
  { path: "funding-rate:X-SWAP", kind: "row", table: "rows" },
];

function modelOf(given: readonly Given[]): Model {
  const model = new Model();
  const defs = given.map(({ path, kind, table, server = "test", login = false }, i): PathDef => [
    ...[i + 1, server, path, kind, null, login, table, `HGETALL okex/test/${path}`] as const,
  ]);
  const paths = given.map(({ state = "live" }, i): PathNow => [i + 1, state, 1000, 2000, 1, "", "", 0]);
  const base = {
    now: 5000,
    version: "1",
    startedAt: 0,
    stopping: false,
    outage: "",
    ...{ lease: null, shard: null, missingShards: [], standbys: 0 },
    accounts: false,
    commands: [],
  };
  const rest = { faults: [], faultCount: 0, totals: {}, servers: [], gone: [], samples: [], entries: [] };
  model.start({ ...base, ...rest, defs, paths } as Tick);
  return model;
}

function linesOf(model: Model, more: Partial<WatchChoice> = {}): WatchLine[] {
  const pinned = new Set<string>();
  return watchLines(model, { group: "all", words: "", order: "name", pinned, chosen: undefined, ...more });
}

function namesOf(lines: readonly WatchLine[]): string[] {
  return lines.map((line) => line.kind === "path" ? ` ${line.path.path}` : line.instrument.subject);
}

Deno.test("an instrument is one line, whatever is subscribed of it; what has no market is none", () => {
  assert.deepEqual(namesOf(linesOf(modelOf(PATHS))), ["BTC-USDT", "ETH-USDT", "LUNA-USDT", "SOL-USDT"]);
  const [btc, eth] = instrumentsOf(PATHS.map((each) => ({ server: "test", login: false, ...each })));
  assert.deepEqual([btc?.price?.path, btc?.bars?.path], ["tickers:BTC-USDT", "candle1m:BTC-USDT"]);
  assert.deepEqual([eth?.price?.path, eth?.bars?.path], ["candle5m:ETH-USDT", "candle5m:ETH-USDT"]);
});

Deno.test("the paths of the chosen instrument are listed below it", () => {
  const model = modelOf(PATHS);
  assert.deepEqual(namesOf(linesOf(model, { chosen: model.paths.get(2), words: "btc" })), [
    ...["BTC-USDT", " books:BTC-USDT", " candle1m:BTC-USDT", " tickers:BTC-USDT"],
  ]);
});

Deno.test("pinned instruments come first, and can be all there is", () => {
  const model = modelOf(PATHS);
  const pinned = new Set(["test SOL-USDT", "test GONE-USDT"]);
  assert.deepEqual(namesOf(linesOf(model, { pinned }))[0], "SOL-USDT");
  assert.deepEqual(namesOf(linesOf(model, { pinned, group: "pinned" })), ["SOL-USDT"]);
  assert.deepEqual(namesOf(linesOf(model, { words: "test ETH" })), ["ETH-USDT"]);
});

Deno.test("a line says what of its paths needs a look, and whether its price may be relied on", () => {
  const lines = linesOf(modelOf(PATHS), { group: "problems" });
  assert.deepEqual(lines.map((line) => line.kind === "instrument" && [line.id, line.state, line.isLive]), [
    ["test BTC-USDT", "stale", true],
    ["test LUNA-USDT", "refused", false],
  ]);
});

Deno.test("changes are over a day where the exchange says so, else over the bars, else over what the page saw", () => {
  const model = modelOf(PATHS);
  const server = "test";
  model.quote([
    { server, subject: "BTC-USDT", last: "110", open: "100", closes: [105, 109] },
    { server, subject: "ETH-USDT", last: "90", closes: [100, 95, 91] },
    { server, subject: "SOL-USDT", last: "10" },
  ], 0);
  const of = (name: string) => {
    const found = linesOf(model).find((line) =>
      line.kind === "instrument" && line.instrument.subject === name
    );
    assert.ok(found?.kind === "instrument");
    return [found.last, found.change && Math.round(found.change), found.isDaily, found.course];
  };
  // The newest bar ends at the price.
  assert.deepEqual(of("BTC-USDT"), ["110", 10, true, [105, 110]]);
  assert.deepEqual(of("ETH-USDT"), ["90", -10, false, [100, 95, 90]]);
  assert.deepEqual(of("SOL-USDT"), ["10", undefined, false, [10]]);
  model.quote([{ server, subject: "SOL-USDT", last: "12" }], 10_000);
  assert.deepEqual(of("SOL-USDT"), ["12", 20, false, [10, 12]]);
  for (let i = 0; i < 200; i++) model.quote([{ server, subject: "SOL-USDT", last: "12" }], 20_000 + i * 5000);
  assert.equal((of("SOL-USDT")[3] as number[]).length, 40);
});

Deno.test("a spark line fits its box", () => {
  assert.equal(sparkPoints([1, 3, 2], 20, 12), "0,11 10,1 20,6");
  assert.equal(sparkPoints([5, 5], 20, 12), "0,6 20,6");
  assert.equal(sparkPoints([5], 20, 12), "");
  assert.equal(sparkPoints([5, NaN], 20, 12), "");
});

Deno.test("prices keep their digits, and changes have a sign", () => {
  assert.deepEqual(["67112.40", "0.00001234", "x"].map(formatPrice), ["67,112.40", "0.00001234", "x"]);
  assert.deepEqual([1.234, -0.5, 0.001, -0.001].map(formatChange), ["+1.23%", "−0.50%", "0.00%", "0.00%"]);
});

const english: typeof t = (key, ...[params]) => fillIn("en", key, params as Record<string, unknown>);

Deno.test("a notice says state, reason and the next attempt, and nothing of what is live", () => {
  const path = modelOf([PATHS[0] as Given]).paths.get(1);
  assert.ok(path !== undefined);
  const said = (more: object, now = 13_000) => noticeOf({ ...path, ...more }, now, english);
  assert.equal(said({}), "");
  assert.equal(said({ state: "stale" }), "stale for 12 s");
  const error = "the connection is lost";
  assert.equal(
    said({ state: "stale", error, nextAt: 17_500 }),
    "stale for 12 s: the connection is lost; next attempt in 5 s",
  );
  assert.equal(said({ state: "stale", error, nextAt: 12_000 }), "stale for 12 s: the connection is lost");
  assert.equal(said({ state: "refused", error: "60018 no" }), "refused for 12 s: 60018 no");
  assert.equal(
    said({ state: "refused", error: "60018 no", path: "tickers:btc-usdt" }),
    "refused for 12 s: 60018 no · The exchange writes instruments in upper case: did you mean tickers:BTC-USDT?",
  );
  assert.equal(said({ state: "overdue", everyMs: 5000 }), "overdue: nothing for 11 s, promised every 5.0 s");
});

Deno.test("the title of the page has the price, and what is wrong before it", () => {
  const path = modelOf([PATHS[0] as Given]).paths.get(1);
  assert.ok(path !== undefined);
  const price = "67,112.4";
  const title = (of: Parameters<typeof titleOf>[0], more: object = {}) =>
    titleOf(of, { price: "", trouble: "", shard: "", ...more }, english);
  assert.equal(title(undefined), "okws");
  assert.equal(title(path, { price }), "67,112.4 BTC-USDT – okws");
  assert.equal(
    title({ ...path, state: "stale" }, { price, trouble: "Not ready: 2", shard: "2/3" }),
    "Not ready: 2 · stale · 67,112.4 BTC-USDT – okws 2/3",
  );
});

Deno.test("the title of an account says what is shown of it and its state, that of other rows their path", () => {
  const chinese: typeof t = (key, ...[params]) => fillIn("zh", key, params);
  const given: readonly [string, TableKind, string, string][] = [
    ["orders:SPOT", "orders", "Orders SPOT · live – okws", "订单 SPOT · live – okws"],
    ["positions:ANY", "positions", "Positions ANY · live – okws", "持仓 ANY · live – okws"],
    ["account", "balances", "Balances · live – okws", "余额 · live – okws"],
    ["instruments:SPOT", "rows", "instruments:SPOT – okws", "instruments:SPOT – okws"],
    ["status", "rows", "status – okws", "status – okws"],
    ["books:BTC-USDT", "books", "BTC-USDT – okws", "BTC-USDT – okws"],
  ];
  const paths = modelOf(given.map(([path, table]) => ({ path, table, kind: "rows" }))).paths;
  const more = { price: "", trouble: "", shard: "" };
  for (const [i, [, , inEnglish, inChinese]] of given.entries()) {
    assert.equal(titleOf(paths.get(i + 1), more, english), inEnglish);
    assert.equal(titleOf(paths.get(i + 1), more, chinese), inChinese);
  }
});

Deno.test("a course that rises is a rising line, whatever the day has brought", () => {
  assert.deepEqual([[1, 5, 2], [3, 1, 2], [2, 9, 2], [7], []].map(directionOf), ["up", "down", "", "", ""]);
});
