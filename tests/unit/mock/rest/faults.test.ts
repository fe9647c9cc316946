/** Faults of the simulated REST: data that lags, pages that are wrong, answers that are slow or none. */
import assert from "node:assert/strict";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { createRandom } from "../../../../src/mock/market/random.ts";
import { createRest } from "../../../../src/mock/rest/rest.ts";
import { answerRest } from "../../../../src/mock/rest/reply.ts";
import { Script } from "../../../../src/mock/faults/script.ts";

const START = Date.UTC(2026, 7, 14, 9, 30, 12);
const CANDLES = "market/candles?instId=BTC-USDT&limit=5";
const market = createMarket({ seed: 6, startMs: START });

Deno.test("a lagging REST knows no trade and no bar of the time that it is behind", async () => {
  const own = createMarket({ seed: 6, startMs: START });
  for (let step = 1; step <= 1200; step++) own.step(START + step * 100);
  const nowMs = own.nowMs;
  const ask = (list: string, call: string) => rowsOf(list, call, { own, nowMs });
  const behind = nowMs - 30_000;
  const [trade] = await ask("rest-lag=30s@market/trades", "market/trades?instId=BTC-USDT&limit=1");
  assert.ok(Number((trade as { ts: string }).ts) <= behind);
  const [bar] = await ask("rest-lag=90s", "market/candles?instId=BTC-USDT&limit=1") as string[][];
  assert.equal(Number(bar?.[0]), Math.floor((nowMs - 90_000) / 60_000) * 60_000);
});

Deno.test("a path narrows a fault to its calls", async () => {
  assert.equal((await rowsOf("rest-empty=market/trades", CANDLES)).length, 5);
  assert.equal((await rowsOf("rest-empty=market", CANDLES)).length, 0);
  assert.equal((await rowsOf("rest-empty=market/candle", CANDLES)).length, 5);
});

Deno.test("pages are short, empty, with a row missing, in no order, or of another instrument", async () => {
  const right = await rowsOf("", CANDLES) as string[][];
  assert.deepEqual(await rowsOf("rest-short=2", CANDLES), right.slice(0, 2));
  assert.deepEqual(await rowsOf("rest-empty", CANDLES), []);
  assert.deepEqual(await rowsOf("rest-gap", CANDLES), right.filter((_, index) => index !== 2));
  const unsorted = await rowsOf("rest-unsorted", CANDLES) as string[][];
  assert.notDeepEqual(unsorted, right);
  assert.deepEqual(unsorted.toSorted((a, b) => Number(b[0]) - Number(a[0])), right);
  const foreign = await rowsOf("rest-foreign", "market/trades?instId=BTC-USDT&limit=1") as {
    instId: string;
  }[];
  assert.notEqual(foreign[0]?.instId, "BTC-USDT");
  assert.notDeepEqual(await rowsOf("rest-foreign", CANDLES), right);
});

Deno.test("an HTML page and an error have the status that they have on the exchange", async () => {
  const page = await reply("rest-html", CANDLES);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type") ?? "", /text\/html/);
  assert.match(await page.text(), /^<!DOCTYPE html>/);
  const busy = await reply("rest-error=50026@market", CANDLES);
  assert.equal(busy.status, 500);
  assert.deepEqual(await busy.json(), { code: "50026", msg: "System error. Try again later", data: [] });
  assert.equal((await reply("rest-error=50011", CANDLES)).status, 429);
});

Deno.test("a slow answer ends with its server", async () => {
  const aborter = new AbortController();
  const pending = reply("rest-slow=1m", CANDLES, aborter.signal);
  aborter.abort();
  assert.equal((await pending).status, 200);
});

Deno.test("faults of REST are switched off by name, one path or all", () => {
  const script = new Script(createRandom(1));
  script.command("rest-lag 30s market/trades");
  script.command("rest-lag 10s market/candles");
  script.command("rest-html on trade");
  assert.deepEqual(script.names, ["rest-lag market/trades", "rest-lag market/candles", "rest-html trade"]);
  script.command("rest-lag off market/candles");
  assert.deepEqual(script.names, ["rest-lag market/trades", "rest-html trade"]);
  script.command("rest-lag off");
  script.command("rest-html off");
  assert.deepEqual(script.names, []);
});

const bad: readonly (readonly [list: string, says: RegExp])[] = [
  ["rest-lag", /fault rest-lag: not a time such as 20s: none/],
  ["rest-short=many", /fault rest-short: not a number of rows: many/],
  ["rest-error=teapot", /fault rest-error: not a five-digit code: teapot/],
  ["rest-html=/market", /fault rest-html: not a path such as market\/trades: \/market/],
];
for (const [list, says] of bad) {
  Deno.test(`the list ${list} is refused with the reason`, () => {
    assert.throws(() => new Script(createRandom(1)).load(list), says);
  });
}

async function rowsOf(
  list: string,
  call: string,
  options: { own?: typeof market; nowMs?: number } = {},
): Promise<unknown[]> {
  return (await (await reply(list, call, undefined, options)).json()).data;
}

function reply(
  list: string,
  call: string,
  signal = new AbortController().signal,
  { own = market, nowMs = START }: { own?: typeof market; nowMs?: number } = {},
): Promise<Response> {
  const script = new Script(createRandom(1));
  script.load(list);
  const url = new URL(`http://localhost/api/v5/${call}`);
  const faults = script.restFaults(url.pathname.slice("/api/v5/".length));
  return answerRest(createRest({ market: own })(url, { nowMs, client: "127.0.0.1", faults }), faults, signal);
}
