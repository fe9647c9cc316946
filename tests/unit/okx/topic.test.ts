/** Paths of v5 servers, native and legacy: what is subscribed for them and how they are spelled. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { channelNames, type ChannelSpec, findChannel } from "../../../src/okx/channels.ts";
import type { Arg } from "../../../src/okx/frame.ts";
import { legacyTables } from "../../../src/okx/v3/legacy_channels.ts";
import { formatPath, MAX_PATH } from "../../../src/okx/path_text.ts";
import { parseTopic, type Topic, topicKey } from "../../../src/okx/topic.ts";
import { shownText } from "../../support/any_text.ts";

function topic(input: unknown): Topic {
  const parsed = parseTopic(input);
  assert.equal(parsed.kind, "topic", parsed.kind === "fault" ? parsed.message : "");
  return parsed as Topic;
}

function fault(input: unknown): string {
  const parsed = parseTopic(input);
  assert.equal(parsed.kind, "fault", `taken: ${JSON.stringify(parsed)}`);
  return (parsed as { message: string }).message;
}

const SAMPLES: Readonly<Record<string, string>> = {
  instId: "BTC-USDT-SWAP",
  instType: "SWAP",
  instFamily: "BTC-USD",
  sprdId: "BTC-USDT_BTC-USDT-SWAP",
  algoId: "448965992920907776",
  ccy: "BTC",
  extraParams: '{"updateInterval":"0"}',
};

/** An argument object with the first `count` arguments of a channel. */
function sampleArg(spec: ChannelSpec, count: number): Arg {
  const names = spec.args.slice(0, count).map((name) => name.replace("?", ""));
  return { channel: spec.name, ...Object.fromEntries(names.map((name) => [name, SAMPLES[name] ?? ""])) };
}

Deno.test("parseTopic() reads a native path", () => {
  const { path, table, endpoint, login, arg, asSent } = topic("tickers:ETH-USDT");
  assert.deepEqual({ path, table, endpoint, login, arg, asSent }, {
    path: "tickers:ETH-USDT",
    table: "tickers",
    endpoint: "public",
    login: false,
    arg: { channel: "tickers", instId: "ETH-USDT" },
    asSent: true,
  });
});

Deno.test("parseTopic() reads a legacy path and finds the v5 subscription that serves it", async (t) => {
  const table: [string, string, Arg][] = [
    ["spot/ticker:ETH-USDT", "public", { channel: "tickers", instId: "ETH-USDT" }],
    ["option/trade:BTC-USD-210604-30000-P", "public", {
      channel: "trades",
      instId: "BTC-USD-210604-30000-P",
    }],
    ["swap/candle300s:BTC-USDT-SWAP", "business", { channel: "candle5m", instId: "BTC-USDT-SWAP" }],
    ["spot/depth5:BTC-USDT", "public", { channel: "books5", instId: "BTC-USDT" }],
    ["futures/instruments", "public", { channel: "instruments", instType: "FUTURES" }],
    ["option/instruments:BTC-USD", "public", { channel: "instruments", instType: "OPTION" }],
    ["futures/estimated_price:BTC-USD-210625", "public", {
      channel: "estimated-price",
      instType: "FUTURES",
      instId: "BTC-USD-210625",
    }],
    ["swap/price_range:BTC-USD-SWAP", "public", { channel: "price-limit", instId: "BTC-USD-SWAP" }],
    ["futures/mark_price:BTC-USD-210625", "public", { channel: "mark-price", instId: "BTC-USD-210625" }],
    ["swap/funding_rate:BTC-USD-SWAP", "public", { channel: "funding-rate", instId: "BTC-USD-SWAP" }],
    ["index/ticker:BTC-USD", "public", { channel: "index-tickers", instId: "BTC-USD" }],
    ["index/candle86400s:BTC-USD", "business", { channel: "index-candle1D", instId: "BTC-USD" }],
  ];
  for (const [path, endpoint, arg] of table) {
    await t.step(path, () => {
      const parsed = topic(path);
      assert.deepEqual([parsed.path, parsed.table, parsed.endpoint, parsed.arg, parsed.login], [
        path,
        path.split(":")[0],
        endpoint,
        arg,
        false,
      ]);
      assert.ok(!parsed.asSent);
    });
  }
});

Deno.test("parseTopic() takes each of the twelve candle lengths of every product", async (t) => {
  const bars = {
    60: "1m",
    180: "3m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1H",
    7200: "2H",
    14400: "4H",
    21600: "6H",
    43200: "12H",
    86400: "1D",
    604800: "1W",
  };
  for (const product of ["spot", "futures", "swap", "option", "index"]) {
    await t.step(product, () => {
      for (const [seconds, bar] of Object.entries(bars)) {
        const { arg, endpoint } = topic(`${product}/candle${seconds}s:BTC-USD`);
        assert.equal(arg.channel, `${product === "index" ? "index-" : ""}candle${bar}`);
        assert.equal(endpoint, "business");
      }
      fault(`${product}/candle61s:BTC-USD`);
    });
  }
});

Deno.test("parseTopic() reads every channel of the table from its argument object and from its path", async (t) => {
  for (const name of channelNames()) {
    await t.step(name, () => {
      const spec = findChannel(name) as ChannelSpec;
      const required = spec.args.filter((each) => !each.endsWith("?")).length;
      for (let count = required; count <= spec.args.length; count++) {
        const arg = sampleArg(spec, count);
        const parsed = topic(arg);
        assert.deepEqual(parsed.arg, arg);
        assert.deepEqual([parsed.endpoint, parsed.login], [spec.endpoint, spec.login]);
        assert.equal(parsed.path, formatPath(arg));
        assert.deepEqual(topic(parsed.path), parsed);
      }
      if (required > 0) assert.match(fault({ channel: name }), new RegExp(`${name} needs ${spec.args[0]}`));
    });
  }
});

Deno.test("parseTopic() gives every legacy path back as it was written", () => {
  for (const table of legacyTables()) {
    const plain = parseTopic(table);
    const path = plain.kind === "topic" ? table : `${table}:BTC-USD`;
    assert.equal(topic(path).path, path);
    assert.equal(topic(path).table, table);
    assert.deepEqual(topic(topic(path).arg).upstream, topic(path).upstream);
  }
});

Deno.test("parseTopic() gives one path to one subscription, however it is spelled", () => {
  const spellings = [
    "orders:SWAP:instId=BTC-USDT-SWAP",
    "orders:instId=BTC-USDT-SWAP:instType=SWAP",
    { instId: "BTC-USDT-SWAP", channel: "orders", instType: "SWAP" },
    { channel: "orders", instType: "SWAP", instFamily: "", instId: "BTC-USDT-SWAP" },
  ];
  const topics = spellings.map(topic);
  assert.deepEqual([...new Set(topics.map(({ path }) => path))], ["orders:SWAP:instId=BTC-USDT-SWAP"]);
  assert.equal(new Set(topics.map(({ upstream }) => upstream)).size, 1);
});

Deno.test("parseTopic() lets a legacy and a native path share one upstream subscription", () => {
  assert.equal(topic("spot/ticker:ETH-USDT").upstream, topic("tickers:ETH-USDT").upstream);
  assert.notEqual(topic("spot/ticker:ETH-USDT").path, topic("tickers:ETH-USDT").path);
});

Deno.test("parseTopic() keeps the rows of one family where v5 pushes all options", () => {
  const { keep } = topic("option/instruments:BTC-USD");
  assert.equal(keep?.({ instFamily: "BTC-USD" }), true);
  assert.equal(keep?.({ instFamily: "ETH-USD" }), false);
});

Deno.test("parseTopic() takes an argument object of a channel that it does not know", () => {
  const parsed = topic({ channel: "brand-new-feed", instId: "BTC-USDT", depth: "5" });
  assert.deepEqual(parsed.arg, { channel: "brand-new-feed", instId: "BTC-USDT", depth: "5" });
  assert.deepEqual(topic(parsed.path), parsed);
});

Deno.test("parseTopic() suggests the nearest name for one that does not exist", async (t) => {
  const table = [
    ["ticker:BTC-USDT", "tickers"],
    ["candle1min:BTC-USDT", "candle1m"],
    ["candel1H:BTC-USDT", "candle1H"],
    ["positon:SWAP", "positions"],
    ["spot/tikcer:BTC-USDT", "spot/ticker"],
    ["swap/candle60:BTC-USD-SWAP", "swap/candle60s"],
    ["sopt/ticker:BTC-USDT", "spot"],
  ] as const;
  for (const [path, name] of table) {
    await t.step(path, () => assert.match(fault(path), new RegExp(`did you mean ${name}\\?`)));
  }
});

Deno.test("parseTopic() says what is missing or too much", () => {
  assert.match(fault("tickers"), /tickers needs instId/);
  assert.match(fault("spot/ticker"), /spot\/ticker needs an instrument/);
  assert.match(fault("futures/instruments:BTC-USD"), /takes no instrument/);
  assert.match(fault("status:A:B"), /status takes no argument/);
  assert.match(fault("status:A"), /status takes no argument/);
});

Deno.test("parseTopic() refuses what is no path", async (t) => {
  const paths = [
    "",
    " ",
    ":",
    "tickers:",
    "tickers: BTC-USDT",
    "tickers:BTC-USDT\n",
    "tickers:BTC\u0000USDT",
    "tickers:BTC\u007fUSDT",
    "tickers:%C3",
    "tickers:instId=",
    "tickers:A:instId=B",
    "tickers:channel=books5",
    "spot/ticker:",
    "/",
    "spot/",
    "/ticker:A",
    "__proto__:A",
    "spot/ticker:BTC USDT",
    "x".repeat(MAX_PATH + 1),
  ];
  for (const path of paths) await t.step(JSON.stringify(path).slice(0, 40), () => void fault(path));
});

Deno.test("parseTopic() refuses control characters, also those that a path writes as a code", () => {
  for (const code of ["%00", "%0A", "%0D", "%1B", "%7F"]) fault(`tickers:BTC${code}USDT`);
  fault({ channel: "tickers", instId: "BTC\nUSDT" });
  fault({ channel: "tickers", instId: "BTC\u007fUSDT" });
});

Deno.test("parseTopic() refuses what is no argument object", async (t) => {
  const values = [
    undefined,
    null,
    7,
    true,
    [],
    ["tickers:BTC-USDT"],
    {},
    { instId: "BTC-USDT" },
    { channel: 7 },
    { channel: "" },
    { channel: "spot/ticker", instId: "A" },
    { channel: "tickers", instId: 7 },
    { channel: "tickers", instId: null },
    { channel: "tickers", instId: "A", "bad name": "x" },
    { channel: "tickers", instId: "A", "a:b": "x" },
    { channel: "tickers", instId: "\ud800" },
    { channel: "tickers", instId: "x".repeat(MAX_PATH) },
  ];
  for (const value of values) {
    await t.step(JSON.stringify(value)?.slice(0, 40) ?? "nothing", () => void fault(value));
  }
});

Deno.test("parseTopic() takes a path of exactly the longest length", () => {
  const path = `tickers:${"X".repeat(MAX_PATH - "tickers:".length)}`;
  assert.equal(topic(path).path, path);
  fault(`${path}X`);
});

Deno.test("parseTopic() shortens what it quotes", () => {
  assert.ok(fault("x".repeat(100_000)).length < 300);
});

Deno.test("formatPath() and parseTopic() bring every argument object back as it was", () => {
  const member = fc.oneof(
    shownText({ minLength: 1, maxLength: 8 }),
    fc.stringMatching(/^[A-Z0-9_:=%*?/[\]\\-]{1,8}$/),
  ).filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
  const known = fc.constantFrom(...channelNames()).chain((name) => {
    const spec = findChannel(name) as ChannelSpec;
    const shape = Object.fromEntries(spec.args.map((arg) => [arg.replace("?", ""), member]));
    const requiredKeys = spec.args.filter((arg) => !arg.endsWith("?"));
    return fc.record(shape, { requiredKeys }).map((members): Arg => ({ channel: name, ...members }));
  });
  const unknown = fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,6}$/), member, { minKeys: 1, maxKeys: 3 })
    .map((members): Arg => ({ ...members, channel: "brand-new-feed" }))
    .filter((arg) => Object.keys(arg).length > 1);
  fc.assert(fc.property(fc.oneof(known, unknown), (arg) => {
    if (formatPath(arg).length > MAX_PATH) return void fault(arg);
    const parsed = topic(arg);
    assert.deepEqual({ ...parsed.arg }, { ...arg });
    assert.match(parsed.path, /^[!-~]+$/);
    assert.deepEqual(topic(parsed.path), parsed);
    assert.equal(formatPath(parsed.arg), parsed.path);
  }));
});

Deno.test("parseTopic() gives a path that parses to the same topic again, for every path it takes", () => {
  const names = fc.constantFrom(
    "tickers",
    "orders",
    "account",
    "status",
    "candle1m",
    "spot/ticker",
    "option/trade",
  );
  const parts = fc.array(fc.stringMatching(/^[A-Za-z0-9%=*_-]{0,8}$/), { maxLength: 3 });
  fc.assert(fc.property(names, parts, (name, args) => {
    const parsed = parseTopic([name, ...args].join(":"));
    if (parsed.kind === "fault") return;
    const again = topic(parsed.path);
    assert.deepEqual([again.path, again.arg, again.upstream], [parsed.path, parsed.arg, parsed.upstream]);
  }));
});

Deno.test("parseTopic() never throws, whatever is handed to it", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.anything()), (value) => {
    const parsed = parseTopic(value);
    assert.ok(parsed.kind === "topic" || parsed.message.length > 0);
  }));
});

Deno.test("topicKey() is equal for equal arguments in any order, and for no others", () => {
  const a: Arg = { channel: "orders", instType: "SWAP", instId: "X" };
  assert.equal(topicKey(a), topicKey({ instId: "X", instType: "SWAP", channel: "orders" }));
  assert.equal(topicKey(a), topicKey({ ...a, instFamily: "" }));
  const others: Arg[] = [
    { channel: "orders", instType: "SWAP" },
    { channel: "orders", instType: "SWAP", instId: "Y" },
    { channel: "orders", instType: "SWAP", instFamily: "X" },
    { channel: "fills", instType: "SWAP", instId: "X" },
  ];
  for (const other of others) assert.notEqual(topicKey(a), topicKey(other));
});
