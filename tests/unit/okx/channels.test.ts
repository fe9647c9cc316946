/** The table of v5 channels, against lists that were written from the documentation. */
import assert from "node:assert/strict";
import { barOf, BARS, channelNames, findChannel } from "../../../src/okx/channels.ts";

/** Name, then its required arguments. */
type Listed = readonly [name: string, ...required: string[]];

const PUBLIC: readonly Listed[] = [
  ["tickers", "instId"],
  ["trades", "instId"],
  ["option-trades", "instType"],
  ["call-auction-details", "instId"],
  ["books", "instId"],
  ["books5", "instId"],
  ["bbo-tbt", "instId"],
  ["books-l2-tbt", "instId"],
  ["books50-l2-tbt", "instId"],
  ["books-rpi", "instId"],
  ["instruments", "instType"],
  ["event-contract-markets", "instType"],
  ["open-interest", "instId"],
  ["funding-rate", "instId"],
  ["price-limit", "instId"],
  ["opt-summary", "instFamily"],
  ["estimated-price", "instType"],
  ["mark-price", "instId"],
  ["index-tickers", "instId"],
  ["liquidation-orders", "instType"],
  ["adl-warning", "instType"],
  ["status"],
];

const BUSINESS: readonly Listed[] = [
  ["trades-all", "instId"],
  ["sprd-tickers", "sprdId"],
  ["sprd-public-trades", "sprdId"],
  ["sprd-bbo-tbt", "sprdId"],
  ["sprd-books5", "sprdId"],
  ["sprd-books-l2-tbt", "sprdId"],
  ["block-tickers", "instId"],
  ["public-block-trades", "instId"],
  ["public-struc-block-trades"],
];

const BUSINESS_LOGIN: readonly Listed[] = [
  ["economic-calendar"],
  ["orders-algo", "instType"],
  ["algo-advance", "instType"],
  ["grid-orders-spot", "instType"],
  ["grid-orders-contract", "instType"],
  ["grid-positions", "algoId"],
  ["grid-sub-orders", "algoId"],
  ["algo-recurring-buy", "instType"],
  ["copytrading-lead-notification", "instType"],
  ["rfqs"],
  ["quotes"],
  ["struc-block-trades"],
  ["sprd-orders"],
  ["sprd-trades"],
  ["deposit-info"],
  ["withdrawal-info"],
];

const PRIVATE: readonly Listed[] = [
  ["account"],
  ["positions", "instType"],
  ["balance_and_position"],
  ["orders", "instType"],
  ["fills"],
  ["liquidation-warning", "instType"],
  ["account-greeks"],
];

/** The only channels of the public endpoint that need a login. */
const PUBLIC_LOGIN = ["books-l2-tbt", "books50-l2-tbt"];

const CANDLES: readonly (readonly [family: string, argument: string, bars: number])[] = [
  ["candle", "instId", 27],
  ["mark-price-candle", "instId", 27],
  ["index-candle", "instId", 26],
  ["sprd-candle", "sprdId", 26],
];

function namesOf(family: string): string[] {
  return channelNames().filter((name) =>
    name.startsWith(family) && barOf(name) === name.slice(family.length)
  );
}

Deno.test("findChannel() knows endpoint, login and required arguments of every channel", async (t) => {
  const groups = [
    ["public", false, PUBLIC],
    ["business", false, BUSINESS],
    ["business", true, BUSINESS_LOGIN],
    ["private", true, PRIVATE],
  ] as const;
  for (const [endpoint, login, channels] of groups) {
    await t.step(`${endpoint}${login ? " with login" : ""}`, () => {
      for (const [name, ...required] of channels) {
        const spec = findChannel(name);
        assert.ok(spec !== undefined, name);
        assert.deepEqual(
          [spec.name, spec.endpoint, spec.login, spec.args.filter((arg) => !arg.endsWith("?"))],
          [name, endpoint, login || PUBLIC_LOGIN.includes(name), required],
        );
      }
    });
  }
});

Deno.test("channelNames() lists the documented channels, each once, and no other", () => {
  const plain = [...PUBLIC, ...BUSINESS, ...BUSINESS_LOGIN, ...PRIVATE].map(([name]) => name);
  assert.equal(plain.length, 22 + 9 + 16 + 7);
  const names = channelNames();
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.filter((name) => barOf(name) === undefined).sort(), plain.sort());
  assert.equal(names.length - plain.length, 27 + 27 + 26 + 26);
});

Deno.test("channelNames() spells out the bars of each candle family", async (t) => {
  for (const [family, argument, bars] of CANDLES) {
    await t.step(family, () => {
      const names = namesOf(family);
      assert.equal(names.length, bars, names.join(" "));
      for (const name of names) {
        const spec = findChannel(name);
        assert.deepEqual([spec?.endpoint, spec?.login, spec?.args, spec?.storage], [
          "business",
          false,
          [argument],
          "candle",
        ]);
      }
    });
  }
});

Deno.test("findChannel() names the elements of each family's candle array", () => {
  const prices = ["ts", "open", "high", "low", "close"];
  const columns = (name: string) => findChannel(name)?.columns;
  assert.deepEqual(columns("candle1m"), [...prices, "vol", "volCcy", "volCcyQuote", "confirm"]);
  assert.deepEqual(columns("mark-price-candle1m"), [...prices, "confirm"]);
  assert.deepEqual(columns("index-candle1m"), [...prices, "confirm"]);
  assert.deepEqual(columns("sprd-candle1m"), [...prices, "vol", "confirm"]);
});

Deno.test("findChannel() distinguishes minutes from months and takes no retired or misspelled bar", () => {
  assert.notEqual(findChannel("candle1m")?.name, findChannel("candle1M")?.name);
  const wrong = [
    "candle",
    "candle1",
    "candle60s",
    "candle1h",
    "candle1d",
    "candle6M",
    "candle1Y",
    "candle1Yutc",
    "candle1Hutc",
    "index-candle1s",
    "sprd-candle1s",
    "mark-price-candle1s",
    "index-candle1Yutc",
    "ticker",
    "Tickers",
    "",
    "constructor",
  ];
  for (const name of wrong) assert.equal(findChannel(name), undefined, name);
});

Deno.test("findChannel() finds a private account channel only by its own name", () => {
  assert.equal(findChannel("account")?.name, "account");
  assert.equal(findChannel("account-greeks")?.name, "account-greeks");
  assert.equal(findChannel("balance-and-position"), undefined);
});

Deno.test("barOf() cuts the bar off a candle channel and off nothing else", () => {
  assert.equal(barOf("candle1m"), "1m");
  assert.equal(barOf("index-candle6Hutc"), "6Hutc");
  assert.equal(barOf("mark-price-candle3Mutc"), "3Mutc");
  assert.equal(barOf("sprd-candle1W"), "1W");
  assert.equal(barOf("tickers"), undefined);
});

Deno.test("BARS has the length of every bar that has one", () => {
  const lengths = { "1s": 1, "1m": 60, "3m": 180, "1H": 3600, "6Hutc": 21600, "1D": 86400, "1Wutc": 604800 };
  for (const [bar, seconds] of Object.entries(lengths)) assert.equal(BARS.get(bar), seconds, bar);
  for (const bar of ["1M", "3M", "1Mutc", "3Mutc"]) {
    assert.ok(BARS.has(bar));
    assert.equal(BARS.get(bar), undefined, bar);
  }
});
