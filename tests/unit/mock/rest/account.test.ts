/** The account in the simulated REST: what is open, what has ended, and pages of both. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Market } from "../../../../src/mock/market/market.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import type { RestAnswer } from "../../../../src/mock/rest/call.ts";
import { createRest } from "../../../../src/mock/rest/rest.ts";
import { ACCOUNT_CALLS } from "../../../../src/mock/rest/account.ts";

type Row = Record<string, unknown>;

const START = Date.UTC(2026, 7, 14, 9, 30);

/** Lists of what is open and what has ended, with the member that names a row. */
const PAIRS: readonly (readonly [open: string, ended: string, id: string])[] = [
  ["/sprd/orders-pending", "/sprd/orders-history", "ordId"],
  [
    "/tradingBot/grid/orders-algo-pending?algoOrdType=contract_grid",
    "/tradingBot/grid/orders-algo-history?algoOrdType=contract_grid",
    "algoId",
  ],
  ["/tradingBot/recurring/orders-algo-pending", "/tradingBot/recurring/orders-algo-history", "algoId"],
  ["/rfq/rfqs?state=active", "/rfq/rfqs?state=expired", "rfqId"],
  ["/rfq/quotes?state=active", "/rfq/quotes?state=expired", "quoteId"],
  ["/asset/deposit-history?state=0", "/asset/deposit-history?state=2", "depId"],
  ["/asset/withdrawal-history?state=0", "/asset/withdrawal-history?state=-2", "wdId"],
];
for (const [open, ended, id] of PAIRS) {
  Deno.test(`what leaves ${open} is in ${ended}`, () => {
    const { market, ids } = createAccount();
    market.trader.act("begin", START + 1000);
    const begun = ids(open, id);
    assert.equal(begun.length, 1);
    assert.deepEqual(ids(ended, id), []);
    market.trader.act("end", START + 2000);
    assert.deepEqual(ids(open, id), []);
    assert.deepEqual(ids(ended, id), begun);
  });
}

Deno.test("the orders of a grid are listed by bot and state", () => {
  const { market, ids } = createAccount();
  const bot = /grid-orders-contract (\d+)/.exec(market.trader.act("begin", START + 1000))?.[1];
  const path = `/tradingBot/grid/sub-orders?algoOrdType=contract_grid&algoId=${bot}`;
  const [order] = ids(`${path}&type=live`, "ordId");
  assert.ok(order !== undefined);
  market.trader.act("end", START + 2000);
  assert.deepEqual(ids(`${path}&type=live`, "ordId"), []);
  assert.deepEqual(ids(`${path}&type=filled`, "ordId"), [order]);
});

Deno.test("algo orders are listed by type, and the history by type and state", () => {
  const { market, ids } = createAccount();
  const [trigger, iceberg] = [market.trader.act("algo", START + 1), market.trader.act("algo", START + 2)];
  assert.deepEqual(ids("/trade/orders-algo-pending?ordType=trigger", "algoId"), [trigger]);
  assert.deepEqual(ids("/trade/orders-algo-pending?ordType=iceberg", "algoId"), [iceberg]);
  assert.deepEqual(ids("/trade/orders-algo-pending?ordType=conditional,oco", "algoId"), []);
  for (let nowMs = START + 3; market.trader.openIds("orders-algo", nowMs).length > 0; nowMs++) {
    market.trader.act("cancel-algo", nowMs);
  }
  const ended = "/trade/orders-algo-history?ordType=trigger&state=canceled";
  assert.deepEqual(ids(ended, "algoId"), [trigger]);
  // It has no such parameter: the rows of all families come.
  assert.deepEqual(ids(`${ended}&instFamily=DOGE-USDT`, "algoId"), [trigger]);
});

const paged: readonly (readonly [path: string, id: string, older: string, newer: string])[] = [
  ["/trade/orders-pending", "ordId", "after", "before"],
  ["/sprd/orders-pending", "ordId", "endId", "beginId"],
  ["/rfq/rfqs", "rfqId", "endId", "beginId"],
  ["/tradingBot/recurring/orders-algo-pending", "algoId", "after", "before"],
];
for (const [path, id, older, newer] of paged) {
  Deno.test(`${path} pages by ${older} and ${newer}, newest first`, () => {
    const { market, ids } = createAccount();
    for (let count = 1; count <= 5; count++) {
      market.trader.act(path.startsWith("/trade/") ? "place" : "begin", START + count * 1000);
    }
    const all = ids(path, id);
    assert.equal(all.length, 5);
    assert.deepEqual(all.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)).reverse(), all);
    assert.deepEqual(ids(`${path}?limit=2`, id), all.slice(0, 2));
    assert.deepEqual(ids(`${path}?limit=2&${older}=${all[1]}`, id), all.slice(2, 4));
    assert.deepEqual(ids(`${path}?${newer}=${all[2]}`, id), all.slice(0, 2));
    // A parameter that the list does not have changes nothing.
    const other = older === "after" ? "endId" : "after";
    assert.deepEqual(ids(`${path}?${other}=${all[1]}`, id), all);
  });
}

const refused: readonly (readonly [path: string, status: number, code: string])[] = [
  ["/trade/orders-history", 400, "50014"],
  ["/trade/orders-history?instType=ANY", 400, "51000"],
  ["/trade/orders-history?instType=SWAP&instId=BTC-USDT", 200, "51015"],
  ["/trade/orders-pending?instType=SPOT&instId=BTC-USDT-SWAP", 200, "51015"],
  ["/trade/orders-pending?instId=BTC-XYZ", 200, "51001"],
  ["/trade/orders-algo-pending", 400, "50014"],
  ["/trade/orders-algo-pending?ordType=stop", 400, "51000"],
  ["/trade/orders-algo-pending?ordType=trigger,oco", 400, "51000"],
  ["/trade/orders-algo-pending?ordType=trigger&instType=OPTION", 400, "51000"],
  ["/trade/orders-algo-history?ordType=trigger", 400, "50015"],
  ["/tradingBot/grid/orders-algo-pending", 400, "50014"],
  ["/tradingBot/grid/orders-algo-pending?algoOrdType=moon_grid", 400, "51000"],
  ["/tradingBot/grid/sub-orders?algoOrdType=grid&algoId=1", 400, "50014"],
  ["/sprd/orders-pending?endId=last", 400, "51000"],
];
for (const [path, status, code] of refused) {
  Deno.test(`${path} is answered with error ${code}`, () => {
    const { answer } = createAccount();
    const { status: given, body } = answer(path);
    assert.deepEqual([given, body.code, body.data], [status, code, []]);
  });
}

const singles: readonly (readonly [path: string, channel: string, id: string])[] = [
  ["/sprd/order?ordId=", "sprd-orders", "ordId"],
  [
    "/tradingBot/grid/orders-algo-details?algoOrdType=contract_grid&algoId=",
    "grid-orders-contract",
    "algoId",
  ],
  ["/tradingBot/recurring/orders-algo-details?algoId=", "algo-recurring-buy", "algoId"],
];
for (const [path, channel, id] of singles) {
  Deno.test(`${path}… returns what became of one`, () => {
    const { market, answer, ids } = createAccount();
    const begun = market.trader.act("begin", START + 1000);
    const key = new RegExp(`${channel} (\\d+)`).exec(begun)?.[1] ?? "";
    market.trader.act("end", START + 2000);
    assert.deepEqual(ids(path + key, id), [key]);
    assert.equal(answer(`${path}1`).body.code, "51603");
  });
}

Deno.test("one order is asked for by instrument and id, one algo order by its id", () => {
  const { market, answer, ids } = createAccount();
  const order = market.trader.act("place", START + 1000);
  const [row] = answer("/trade/orders-pending").body.data as Row[];
  const instId = String(row?.["instId"]);
  assert.deepEqual(ids(`/trade/order?instId=${instId}&ordId=${order}`, "ordId"), [order]);
  assert.equal(answer(`/trade/order?instId=LTC-USDT&ordId=${order}`).body.code, "51603");
  assert.equal(answer(`/trade/order?ordId=${order}`).body.code, "50014");
  assert.equal(answer(`/trade/order?instId=${instId}`).body.code, "51003");
  const algo = market.trader.act("algo", START + 2000);
  assert.deepEqual(ids(`/trade/order-algo?algoId=${algo}`, "algoId"), [algo]);
});

Deno.test("balance and positions are what the account has", () => {
  const { market, answer, ids } = createAccount();
  const details = (path: string) =>
    ((answer(path).body.data as Row[])[0]?.["details"] as Row[]).map(({ ccy }) => ccy);
  assert.deepEqual(details("/account/balance"), market.trader.openIds("account", START));
  assert.deepEqual(details("/account/balance?ccy=BTC,DOGE"), ["BTC"]);
  assert.deepEqual(ids("/account/positions", "posId"), market.trader.openIds("positions", START));
  assert.deepEqual(ids("/account/positions?instType=SWAP&instId=BTC-USDT-SWAP", "instId"), ["BTC-USDT-SWAP"]);
  assert.equal(answer("/account/positions?instType=SWAP&instId=BTC-USDT").body.code, "51015");
});

Deno.test("an order that was cancelled with nothing filled is listed for two hours", () => {
  const { market, ids } = createAccount();
  const order = market.trader.act("place", START + 1000);
  market.trader.act("cancel", START + 2000);
  const path = ["SPOT", "SWAP"].map((type) => `/trade/orders-history?instType=${type}`);
  const listed = (nowMs: number) => path.flatMap((one) => ids(one, "ordId", { nowMs }));
  assert.deepEqual(listed(START + 7_200_000), [order]);
  assert.deepEqual(listed(START + 7_203_000), []);
});

Deno.test("a list that lags returns what was open then", () => {
  const { market, ids } = createAccount();
  const order = market.trader.act("place", START + 1000);
  market.trader.act("cancel", START + 20_000);
  const behind = (nowMs: number) => ids("/trade/orders-pending", "ordId", { nowMs, lagMs: 10_000 });
  assert.deepEqual(behind(START + 5000), []);
  assert.deepEqual(behind(START + 29_000), [order]);
  assert.deepEqual(behind(START + 31_000), []);
});

Deno.test("no list says a member that its page in the documentation does not have", () => {
  const { market, answer } = createAccount();
  market.trader.act("begin", START + 1000);
  const [deposit] = answer("/asset/deposit-history").body.data as Row[];
  assert.deepEqual(
    Object.keys(deposit ?? {}).sort(),
    "actualDepBlkConfirm amt areaCodeFrom ccy chain depId from fromWdId state to ts txId".split(" "),
  );
  const [spread] = answer("/sprd/orders-pending").body.data as Row[];
  for (const name of ["code", "msg", "reqId", "amendResult"]) {
    assert.equal(name in (spread ?? {}), false, name);
  }
});

const logins:
  readonly (readonly [what: string, changes: Record<string, string | undefined>, code: string])[] = [
    ["without a key", { "OK-ACCESS-KEY": undefined }, "50103"],
    ["without a passphrase", { "OK-ACCESS-PASSPHRASE": undefined }, "50104"],
    ["without a signature", { "OK-ACCESS-SIGN": undefined }, "50106"],
    ["without a time", { "OK-ACCESS-TIMESTAMP": undefined }, "50107"],
    ["with another key", { "OK-ACCESS-KEY": "other" }, "50111"],
    ["with a key of another region", { "OK-ACCESS-KEY": "other-region-key" }, "50119"],
    ["with a key of the other environment", { "OK-ACCESS-KEY": "other-environment-key" }, "50101"],
    ["with a key for other addresses", { "OK-ACCESS-KEY": "other-address-key" }, "50110"],
    ["of a minute ago", { "OK-ACCESS-TIMESTAMP": new Date(START - 60_000).toISOString() }, "50102"],
    ["at no time", { "OK-ACCESS-TIMESTAMP": "now" }, "50112"],
    ["with a wrong signature", { "OK-ACCESS-SIGN": "AAAA" }, "50113"],
    ["with a wrong passphrase", { "OK-ACCESS-PASSPHRASE": "other" }, "50105"],
    ["for demo trading, where this is not", { "x-simulated-trading": "1" }, "50101"],
  ];
for (const [what, changes, code] of logins) {
  Deno.test(`a signed call ${what} is answered with ${code}`, () => {
    assert.equal(createAccount().answer("/trade/orders-pending", { changes }).body.code, code);
  });
}

Deno.test("demo trading takes signed calls with its header, and only those", () => {
  const { answer } = createAccount(true);
  const changes = { "x-simulated-trading": "1" };
  assert.equal(answer("/trade/orders-pending", { changes }).body.code, "0");
  assert.equal(answer("/trade/orders-pending").body.code, "50101");
});

Deno.test("there is a pending and a history list for every channel that opens and closes", () => {
  const paths = [...ACCOUNT_CALLS.keys()];
  for (
    const name of ["/trade/orders", "/trade/orders-algo", "/sprd/orders", "/tradingBot/grid/orders-algo"]
  ) {
    assert.ok(paths.includes(`${name}-pending`) && paths.includes(`${name}-history`), name);
  }
});

type Ask = {
  readonly nowMs?: number;
  readonly lagMs?: number;
  readonly changes?: Readonly<Record<string, string | undefined>>;
};

function createAccount(demo = false): {
  market: Market;
  answer: (path: string, ask?: Ask) => RestAnswer;
  ids: (path: string, id: string, ask?: Ask) => string[];
} {
  const market = createMarket({ seed: 5, startMs: START });
  market.trader.act("off", START);
  const rest = createRest({ market, demo });
  const answer = (path: string, { nowMs = START + 60_000, lagMs, changes = {} }: Ask = {}) => {
    const url = new URL(`http://localhost/api/v5${path}`);
    // The calls that are wrong on purpose are made at the start.
    const atMs = Object.keys(changes).length > 0 ? START : nowMs;
    const timestamp = new Date(atMs).toISOString();
    const given = {
      "OK-ACCESS-KEY": "demo-key",
      "OK-ACCESS-PASSPHRASE": "demo-pass",
      "OK-ACCESS-TIMESTAMP": timestamp,
      "OK-ACCESS-SIGN": createHmac("sha256", "demo-secret")
        .update(`${timestamp}GET${url.pathname}${url.search}`).digest("base64"),
      ...changes,
    };
    const headers = new Headers();
    for (const [name, value] of Object.entries(given)) if (value !== undefined) headers.set(name, value);
    const faults = lagMs === undefined ? [] : [{ path: undefined, lagMs }];
    return rest(url, { nowMs: atMs, client: "127.0.0.1", headers, faults });
  };
  const ids = (path: string, id: string, ask?: Ask) => {
    const { body } = answer(path, ask);
    assert.equal(body.code, "0", body.msg);
    return (body.data as Row[]).map((row) => String(row[id]));
  };
  return { market, answer, ids };
}
