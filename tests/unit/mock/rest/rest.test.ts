/** Market data of the simulated REST: pages of candles and trades, lists, limits and errors. */
import assert from "node:assert/strict";
import { createMarket } from "../../../../src/mock/market/market.ts";
import type { RestAnswer } from "../../../../src/mock/rest/call.ts";
import { createRest } from "../../../../src/mock/rest/rest.ts";

const START = Date.UTC(2026, 7, 14, 9, 30, 12);
const MINUTE = 60_000;

Deno.test("candles page back through a day without gaps or duplicates", () => {
  const get = createGet();
  const seen: number[] = [];
  for (let after = "";;) {
    const rows = get(`/market/candles?instId=BTC-USDT&limit=300${after}`).body.data as string[][];
    if (rows.length === 0) break;
    seen.push(...rows.map((row) => Number(row[0])));
    after = `&after=${rows.at(-1)![0]}`;
  }
  assert.equal(seen.length, 1440);
  seen.forEach((openMs, index) => assert.equal(openMs, seen[0]! - index * MINUTE));
});

Deno.test("history candles are confirmed, and before and after together cut out a window", () => {
  const get = createGet();
  const to = Math.floor(START / MINUTE) * MINUTE - 2000 * MINUTE;
  const from = to - 11 * MINUTE;
  const { body } = get(`/market/history-candles?instId=ETH-USDT-SWAP&bar=1m&before=${from}&after=${to}`);
  const rows = body.data as string[][];
  assert.deepEqual(
    rows.map((row) => Number(row[0])),
    Array.from({ length: 10 }, (_, index) => to - (index + 1) * MINUTE),
  );
  assert.ok(rows.every((row) => row.length === 9 && row.at(-1) === "1"));
});

Deno.test("the same history is reported twice, and a higher bar agrees with its minutes", () => {
  const hour = createGet()(`/market/history-candles?instId=BTC-USDT&bar=1H&limit=1`).body.data[0] as string[];
  const minutes = createGet()(
    `/market/history-candles?instId=BTC-USDT&bar=1m&before=${Number(hour[0]) - 1}&after=${
      Number(hour[0]) + 60 * MINUTE
    }`,
  ).body.data as string[][];
  assert.equal(minutes.length, 60);
  assert.equal(hour[1], minutes.at(-1)![1]);
  assert.equal(Number(hour[2]), Math.max(...minutes.map((row) => Number(row[2]))));
  assert.equal(hour[4], minutes[0]![4]);
});

Deno.test("trades page by id without gaps or duplicates", () => {
  const get = createGet();
  const ids: number[] = [];
  for (let after = "";;) {
    const rows = get(`/market/history-trades?instId=BTC-USDT${after}`).body.data as { tradeId: string }[];
    if (rows.length === 0) break;
    ids.push(...rows.map(({ tradeId }) => Number(tradeId)));
    after = `&after=${rows.at(-1)!.tradeId}`;
  }
  assert.ok(ids.length >= 500);
  ids.forEach((id, index) => assert.equal(id, ids[0]! - index));
});

Deno.test("lists answer by type: spot and margin share instruments, options belong to a family", () => {
  const get = createGet();
  const types = (path: string) =>
    (get(path).body.data as { instType: string }[]).map(({ instType }) => instType);
  assert.deepEqual(new Set(types("/public/instruments?instType=MARGIN")), new Set(["MARGIN"]));
  assert.deepEqual(new Set(types("/market/tickers?instType=FUTURES")), new Set(["FUTURES"]));
  assert.equal(types("/public/instruments?instType=OPTION&instFamily=ETH-USD").length, 2);
});

const errors: readonly (readonly [path: string, status: number, code: string])[] = [
  ["/market/nothing", 404, "404"],
  ["/market/ticker", 400, "50014"],
  ["/market/ticker?instId=BTC-XYZ", 200, "51001"],
  ["/market/candles?instId=BTC-XYZ", 200, "51001"],
  ["/market/candles?instId=BTC-USDT&bar=7m", 400, "51000"],
  ["/market/candles?instId=BTC-USDT&bar=1s", 400, "51000"],
  ["/market/candles?instId=BTC-USDT&bar=5D", 400, "51000"],
  ["/market/candles?instId=BTC-USDT&bar=4Hutc", 400, "51000"],
  ["/market/history-candles?instId=BTC-USDT&bar=5Dutc", 400, "51000"],
  ["/market/index-candles?instId=BTC-USD&bar=2D", 400, "51000"],
  ["/market/history-index-candles?instId=BTC-USD&bar=3M", 400, "51000"],
  ["/market/history-mark-price-candles?instId=BTC-USDT-SWAP&bar=3Mutc", 400, "51000"],
  ["/market/mark-price-candles?instId=BTC-USDT-SWAP&bar=3D", 400, "51000"],
  ["/market/index-candles?instId=BTC-XYZ", 200, "51001"],
  ["/market/candles?instId=BTC-USDT&after=soon", 400, "51000"],
  ["/market/candles?instId=BTC-USDT&limit=0", 400, "51000"],
  ["/market/history-trades?instId=BTC-USDT&type=2&before=1", 200, "50039"],
  ["/market/history-trades?instId=BTC-USDT&type=3", 400, "51000"],
  ["/market/index-tickers", 400, "50015"],
  ["/market/tickers?instType=MARGIN", 400, "51000"],
  ["/public/instruments?instType=OPTION", 400, "50015"],
  ["/public/instruments?instType=EVENTS", 400, "50014"],
  ["/public/instruments?instType=ANY", 400, "51000"],
  ["/public/instruments?instType=SWAP&instId=BTC-USDT", 200, "51015"],
  ["/public/instruments?instType=MARGIN&instId=XRP-USDT", 200, "51015"],
  ["/public/instruments?instType=OPTION&instFamily=DOGE-USD", 400, "51000"],
  ["/public/open-interest?instType=OPTION", 400, "50015"],
  ["/public/opt-summary?instFamily=DOGE-USD", 400, "51000"],
  ["/public/underlying?instType=SPOT", 400, "51000"],
  ["/public/funding-rate?instId=BTC-USDT", 200, "51001"],
];
for (const [path, status, code] of errors) {
  Deno.test(`${path} is answered with error ${code}`, () => {
    const answer = createGet()(path);
    assert.deepEqual([answer.status, answer.body.code, answer.body.data], [status, code, []]);
  });
}

const most: readonly (readonly [path: string, rows: number])[] = [
  ["/market/candles?instId=BTC-USDT", 300],
  ["/market/history-candles?instId=BTC-USDT", 300],
  ["/market/index-candles?instId=BTC-USD", 100],
  ["/market/history-index-candles?instId=BTC-USD", 100],
  ["/market/mark-price-candles?instId=BTC-USDT-SWAP", 100],
  ["/market/history-mark-price-candles?instId=BTC-USDT-SWAP", 100],
  ["/market/trades?instId=BTC-USDT", 500],
  ["/market/history-trades?instId=BTC-USDT", 100],
];
for (const [path, rows] of most) {
  Deno.test(`${path} gives ${rows} rows where more are asked for, 100 where nothing is said`, () => {
    const get = createGet();
    assert.equal(get(`${path}&limit=1000`).body.data.length, rows);
    assert.equal(get(path).body.data.length, 100);
  });
}

Deno.test("history lags behind now, and the quick call has the bar that is forming", () => {
  const get = createGet();
  const closed = Math.floor(START / MINUTE) * MINUTE;
  const newest = (path: string, atMs: number) => {
    const [row] = get(`${path}?instId=BTC-USDT&limit=1`, atMs).body.data as string[][];
    return [Number(row?.[0]), row?.at(-1)];
  };
  assert.deepEqual(newest("/market/candles", closed + 1000), [closed, "0"]);
  assert.deepEqual(newest("/market/history-candles", closed + 1000), [closed - 2 * MINUTE, "1"]);
  assert.deepEqual(newest("/market/history-candles", closed + 20_000), [closed - MINUTE, "1"]);
});

Deno.test("one-second bars are in the history alone", () => {
  const rows = createGet()("/market/history-candles?instId=BTC-USDT&bar=1s&limit=5").body.data as string[][];
  assert.deepEqual(rows.map((row) => row.at(-1)), ["1", "1", "1", "1", "1"]);
});

Deno.test("the families of options are in one row, and each of them has its list", () => {
  const get = createGet();
  const [families] = get("/public/underlying?instType=OPTION").body.data as string[][];
  assert.deepEqual(families, ["BTC-USD", "ETH-USD"]);
  for (const family of families ?? []) {
    assert.ok(get(`/public/instruments?instType=OPTION&instFamily=${family}`).body.data.length > 0);
  }
});

Deno.test("the header chooses between production and demo trading, which are two markets", () => {
  const production = createMarket({ seed: 6, startMs: START });
  const demo = createMarket({ seed: 7, startMs: START });
  const url = new URL("http://localhost/api/v5/market/ticker?instId=BTC-USDT");
  const last = (isDemo: boolean, headers: Headers) => {
    const [market, other] = isDemo ? [demo, production] : [production, demo];
    const rest = createRest({ market, demo: isDemo, other: () => other });
    return (rest(url, { nowMs: START, client: "127.0.0.1", headers }).body.data as { last: string }[])[0]
      ?.last;
  };
  const simulated = new Headers({ "x-simulated-trading": "1" });
  assert.notEqual(last(false, new Headers()), last(false, simulated));
  assert.equal(last(false, new Headers()), last(true, new Headers()));
  assert.equal(last(false, simulated), last(true, simulated));
});

Deno.test("over its limit a call is answered with 429 and 50011, until the window has passed", () => {
  const get = createGet(true);
  const ask = (atMs: number) => get("/market/history-candles?instId=BTC-USDT&limit=1", atMs).status;
  for (let count = 0; count < 20; count++) assert.equal(ask(START), 200);
  assert.equal(ask(START + 1999), 429);
  assert.equal(get("/public/time", START + 1999).status, 200);
  assert.equal(ask(START + 2000), 200);
});

function createGet(limits = false): (path: string, atMs?: number) => RestAnswer {
  const market = createMarket({ seed: 6, startMs: START });
  for (let step = 1; step <= 300; step++) market.step(START + step * 100);
  const rest = createRest({ market, limits });
  return (path, atMs = market.nowMs) =>
    rest(new URL(`http://localhost/api/v5${path}`), { nowMs: atMs, client: "127.0.0.1" });
}
