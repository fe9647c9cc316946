/**
 * An exchange that sends what no exchange should: the service stays up, the rows that are in order go on arriving,
 * memory stays within bounds, and what is left out is said in few lines. The file is long because each kind of
 * message that no exchange should send is a case of its own.
 */
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { type HostileOkx, startHostileOkx } from "../../support/hostile_okx.ts";
import {
  type ServiceUnderTest,
  startServiceUnderTest,
  waitForField,
} from "../../support/service_under_test.ts";
import { waitFor } from "../../support/wait.ts";

const TICKERS = { channel: "tickers", instId: "BTC-USDT" };
const KEY = "okex/test/tickers:BTC-USDT";
const LOGIN = { name: "test", apiKey: "hostile-key", secret: "hostile-secret", password: "hostile-phrase" };

let count = 0;

/** A row that is in order arrives, on the same connection or the one after it. */
async function flows(okx: HostileOkx, service: ServiceUnderTest, deadlineMs = 30_000): Promise<number> {
  const last = `good-${++count}`;
  const start = performance.now();
  await waitFor(`${last} in Redis`, async () => {
    await okx.push(TICKERS, [{ instId: "BTC-USDT", last, ts: "1700000000000" }]);
    return await service.redis.hget(KEY, "last") === last;
  }, { deadlineMs, everyMs: 50 });
  assert.ok(service.alive, service.program.text().slice(-2000));
  return performance.now() - start;
}

function assertMemory(service: ServiceUnderTest, limitMb: number): void {
  const peak = service.peakMb();
  if (peak !== undefined) {
    assert.ok(peak < limitMb, `${Math.round(peak)} MB at the most, allowed are ${limitMb}`);
  }
}

/** Values that a careless reader trips over. */
const NASTY: readonly unknown[] = [
  null,
  1,
  -0.5,
  true,
  "x",
  "",
  [],
  {},
  [[]],
  [[[]]],
  [null],
  { toString: 1, valueOf: 1 },
  { toJSON: 1, constructor: 1, hasOwnProperty: 1 },
  { length: 1e9 },
  "9".repeat(5000),
  1e308,
];

const MEMBERS = [
  ...["instId", "instType", "ts", "uTime", "ordId", "posId", "ccy", "tradeId", "state", "seqId", "prevSeqId"],
  ...["bids", "asks", "details", "balData", "posData", "checksum", "px", "sz", "pos", "mgnMode", "algoId"],
];

Deno.test("pushes of the wrong shape cost nothing but themselves", async () => {
  await using okx = startHostileOkx();
  const paths: Record<string, [string, string][]> = {
    public: [
      ["tickers", "instId"],
      ["trades", "instId"],
      ["books", "instId"],
      ["books5", "instId"],
      ["mark-price", "instId"],
    ],
    business: [["candle1m", "instId"], ["trades-all", "instId"]],
  };
  const channels = [
    "tickers:BTC-USDT",
    ...Object.values(paths).flat().map(([channel]) => `${channel}:ETH-USDT`),
    ...[
      "instruments:SPOT",
      "opt-summary:BTC-USD",
      "liquidation-orders:SWAP",
      "status",
      "estimated-price:FUTURES",
    ],
    ...[
      "orders:ANY",
      "positions:ANY",
      "account",
      "balance_and_position",
      "algo-advance:ANY",
      "orders-algo:SPOT",
    ],
    ...["spot/ticker:ETH-USDT", "spot/trade:ETH-USDT", "spot/candle60s:ETH-USDT", "spot/depth5:ETH-USDT"],
    ...["spot/depth:ETH-USDT", "spot/account:USDT", "spot/order:ETH-USDT", "swap/position:BTC-USDT-SWAP"],
    ...["futures/position:BTC-USDT-261225", "swap/instruments", "swap/funding_rate:BTC-USDT-SWAP"],
  ];
  await using service = await startServiceUnderTest({ endpoint: okx.url, servers: [LOGIN], channels });
  await flows(okx, service);
  await waitFor("every socket", () => ["public", "private", "business"].every((each) => okx.socket(each)));
  const args = await waitFor("all requests", () => {
    const found = okx.sockets.flatMap(({ endpoint, requests }) =>
      requests.flatMap((text) => {
        const { op, args } = JSON.parse(text) as { op: string; args: { channel: string }[] };
        return op === "subscribe" ? args.map((arg) => ({ endpoint, arg })) : [];
      })
    );
    return found.length >= 20 ? found : undefined;
  });
  for (const { endpoint, arg } of args) {
    const socket = okx.socket(endpoint);
    const say = (data: unknown, more = {}) => socket?.send(JSON.stringify({ arg, ...more, data }));
    for (const value of NASTY) {
      for (const data of [value, [value], [[value, value, value]], [[value]], { 0: value, length: 1 }]) {
        await say(data);
        await say(data, { action: value, curPage: value, lastPage: value, eventType: "snapshot" });
      }
      await say([Object.fromEntries(MEMBERS.map((name) => [name, value]))]);
      await say([Object.fromEntries(MEMBERS.map((name) => [name, [[value, value], value]]))], {
        action: "snapshot",
      });
      for (const name of MEMBERS) {
        await say([{ instId: "ETH-USDT", ts: "1", [name]: value }], { action: "update" });
      }
    }
  }
  const socket = okx.socket();
  for (const value of NASTY) {
    for (
      const event of ["error", "subscribe", "unsubscribe", "login", "notice", "channel-conn-count", value]
    ) {
      const members = { event, arg: value, code: value, msg: value, id: value, connId: value, data: value };
      await socket?.send(JSON.stringify(members));
      await socket?.send(JSON.stringify({ ...members, arg: { channel: value, instId: value } }));
    }
    await socket?.send(JSON.stringify(value));
  }
  for (const text of ["", "\0", "{", "pong ", "]", "\ud800", '{"arg":', "null", "NaN", '"', "{}{}"]) {
    await socket?.send(text);
  }
  await okx.socket()?.send(new Uint8Array([1, 2, 3]));
  await flows(okx, service);
  assert.doesNotMatch(service.program.text(), /A part of okws broke/);
  const said = service.lines("A message of the exchange");
  assert.ok(said.length > 0 && said.length < 60, `${said.length} lines`);
});

Deno.test("messages of any size and depth are left out, and what follows them is read", async (t) => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({
    endpoint: okx.url,
    channels: ["tickers:BTC-USDT", "trades:BTC-USDT"],
  });
  await flows(okx, service);
  const socket = () => okx.socket();
  const said = () => service.lines("A message of the exchange is left out").length;

  await t.step("ten messages of 30 MB", async () => {
    const text = JSON.stringify({
      arg: TICKERS,
      data: [{ instId: "BTC-USDT", last: "9".repeat(30_000_000) }],
    });
    for (let i = 0; i < 10; i++) await socket()?.send(text);
    await flows(okx, service, 60_000);
    assert.ok(said() >= 1 && said() <= 8, `${said()} lines`);
    assert.equal((await service.redis.hget(KEY, "last"))?.startsWith("good"), true);
  });
  await t.step("a message of 100 MB, at which the connection ends and another is made", async () => {
    const before = okx.sockets.length;
    await socket()?.send("9".repeat(100_000_000));
    await waitFor("another connection", () => okx.sockets.length > before && okx.socket(), {
      deadlineMs: 30_000,
    });
    await flows(okx, service, 60_000);
  });
  await t.step("a hundred thousand levels, in a row, an event, an argument and alone", async () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const objects = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
    for (const nest of [deep, objects]) {
      await socket()?.send(
        `{"arg":${JSON.stringify(TICKERS)},"data":[{"instId":"BTC-USDT","last":${nest}}]}`,
      );
      await socket()?.send(`{"event":"error","code":"1","msg":${nest}}`);
      await socket()?.send(`{"event":"notice","x":${nest}}`);
      await socket()?.send(`{"arg":${nest},"data":[]}`);
      await socket()?.send(`{"arg":${JSON.stringify(TICKERS)},"data":${nest}}`);
      await socket()?.send(nest);
    }
    await flows(okx, service);
  });
  await t.step("a million rows, and a row of a hundred thousand members", async () => {
    const arg = { channel: "trades", instId: "BTC-USDT" };
    await socket()?.send(`{"arg":${JSON.stringify(arg)},"data":[${"{},".repeat(1_000_000)}{}]}`);
    const members = Array.from({ length: 100_000 }, (_, i) => [`m${i}`, ""]);
    await okx.push(TICKERS, [Object.fromEntries(members)]);
    await flows(okx, service);
    assert.equal(await service.redis.exists("okex/test/trades:BTC-USDT"), 0);
  });
  await t.step(
    "events that are long, or full of what a careless pattern goes over again and again",
    async () => {
      const backslashes = "\\".repeat(100_000);
      for (
        const msg of [
          backslashes,
          '"'.repeat(100_000),
          `sign${" ".repeat(100_000)}`,
          "op:login[".repeat(10_000),
        ]
      ) {
        await socket()?.send(JSON.stringify({ event: "error", code: "60012", msg }));
        await socket()?.send(JSON.stringify({ event: "notice", code: "1", msg, more: [msg, { msg }] }));
      }
      const ms = await flows(okx, service);
      assert.ok(ms < 60_000, `${Math.round(ms)} ms`);
    },
  );
  await t.step("a million tiny messages", async () => {
    for (let i = 0; i < 1_000_000; i++) await socket()?.send("{}");
    await flows(okx, service, 120_000);
    assert.ok(said() <= 20, `${said()} lines`);
  });
  assertMemory(service, 900);
});

Deno.test("endless instruments on one channel leave a bounded number of keys, and one line", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({
    endpoint: okx.url,
    channels: ["tickers:BTC-USDT", "opt-summary:BTC-USD"],
  });
  await flows(okx, service);
  const arg = { channel: "opt-summary", instType: "OPTION", instFamily: "BTC-USD" };
  const asked =
    okx.sockets.flatMap(({ requests }) => requests).find((text) => text.includes("opt-summary")) ?? "{}";
  const own =
    (JSON.parse(asked).args as { channel: string }[]).find(({ channel }) => channel === "opt-summary") ?? arg;
  for (let frame = 0; frame < 15; frame++) {
    await okx.push(own, Array.from({ length: 8000 }, (_, i) => ({ instId: `X-${frame}-${i}`, delta: "0" })));
    await flows(okx, service);
  }
  const keys = await service.redis.dbsize();
  assert.ok(keys > 10_000 && keys < 50_100, `${keys} keys`);
  const said = service.lines("A subscription brings more rows than are kept").length;
  assert.ok(said >= 1 && said <= 6, `${said} lines`);
  assertMemory(service, 900);
});

Deno.test("whatever an instrument is called, it makes a key of its own and breaks no other", async () => {
  await using okx = startHostileOkx();
  const channels = [
    "tickers:BTC-USDT",
    "opt-summary:BTC-USD",
    "orders:ANY",
    "instruments:SPOT",
    "candle1m:BTC-USDT",
  ];
  await using service = await startServiceUnderTest({ endpoint: okx.url, servers: [LOGIN], channels });
  await flows(okx, service);
  await waitFor("every socket", () => okx.socket("private") && okx.socket("business"));
  const names = [
    ...[
      "a\nb",
      "a\r\nSET x y\r\n",
      "*",
      "a*b",
      "{x}",
      "a/b",
      "../..",
      '"',
      "'",
      "x/open",
      " ",
      "\0",
      "\ud800",
      "é",
    ],
    ...[
      "%2F",
      "%",
      "a:b",
      "a::b",
      "ANY/open",
      "[a]",
      "\\",
      "?",
      "\u2028",
      "\u202e",
      "`$(id)`",
      "x".repeat(1_000_000),
    ],
    ...["ANY", "status", "subs", "SPOT", "\x1b[31m", "<script>alert(1)</script>", "x".repeat(500)],
  ];
  const send = async (endpoint: string, channel: string, row: (name: string) => unknown) => {
    const text = await waitFor(
      `the request for ${channel}`,
      () => okx.sockets.flatMap(({ requests }) => requests).find((each) => each.includes(`"${channel}"`)),
    );
    const arg = (JSON.parse(text).args as { channel: string }[]).find((each) => each.channel === channel);
    for (const name of names) await okx.push(arg as { channel: string }, [row(name)], endpoint);
  };
  await send("public", "opt-summary", (instId) => ({ instId, delta: "1" }));
  await send("public", "instruments", (instId) => ({ instId, instType: "SPOT" }));
  await send("private", "orders", (ordId) => ({ ordId, state: "live", uTime: "1" }));
  await send("private", "orders", (ordId) => ({ ordId, state: "canceled", uTime: "1" }));
  // What is over stays over, so others are to be open at the end.
  await send("private", "orders", (ordId) => ({ ordId: `${ordId}!`, state: "live", uTime: "1" }));
  await send("business", "candle1m", (ts) => [ts, "1", "1", "1", "1", "1", "1", "1", "0"]);
  await send(
    "business",
    "candle1m",
    (name) => [`2020-01-01 (${name})`, "1", "1", "1", "1", "1", "1", "1", "0"],
  );
  await flows(okx, service);
  const keys = await waitFor("all rows", async () => {
    const found = await service.redis.keys("*");
    return found.filter((key) => key.startsWith("okex/test/opt-summary:")).length >= names.length - 2
      ? found
      : undefined;
  });
  for (const key of keys) {
    assert.match(key, /^[A-Za-z0-9_.~@#$&+=,;|<>^()!:%/-]{1,1600}$/, JSON.stringify(key.slice(0, 200)));
  }
  assert.equal(await service.redis.type("okex/test/orders:ANY/open"), "set");
  assert.equal(await service.redis.type("okex/test/instruments:SPOT"), "set");
  assert.equal(await service.redis.type("okex/test/status"), "string");
  assert.equal(await service.redis.type("okex/test/subs"), "hash");
  // Two names are left out: the empty one is not among them, the one of a million characters is.
  const members = await service.redis.smembers("okex/test/instruments:SPOT");
  assert.equal(new Set(members).size, names.length - 1);
  assert.deepEqual(await service.redis.zrange("okex/test/candle1m:BTC-USDT", "0", "-1"), []);
  assert.deepEqual(service.lines("Redis refuses to write a key"), []);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(service.program.text(), /\x1b\[31m/);
});

Deno.test("deflate bombs of an old server are left out, and what follows them is read", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({
    endpoint: okx.url,
    servers: [{ name: "test", protocol: "v3" }],
    channels: ["spot/ticker:BTC-USDT"],
  });
  const good = async (last: string) => {
    const push = {
      table: "spot/ticker",
      data: [{ instrument_id: "BTC-USDT", last, timestamp: "2020-01-01T00:00:00.000Z" }],
    };
    await waitFor("a socket", () => okx.socket("v3"));
    await okx.socket("v3")?.send(new Uint8Array(deflateRawSync(JSON.stringify(push))));
    await waitForField(service.redis, "okex/test/spot/ticker:BTC-USDT", ["last", last], 300_000);
  };
  const start = performance.now();
  await good("before");
  const spaces = new Uint8Array(
    deflateRawSync(`{"table":"spot/ticker","data":[${" ".repeat(200_000_000)}]}`),
  );
  const deep = new Uint8Array(deflateRawSync("[".repeat(3_000_000)));
  assert.ok(spaces.length < 300_000);
  for (let i = 0; i < 50; i++) {
    await okx.socket("v3")?.send(spaces);
    await okx.socket("v3")?.send(deep);
    await okx.socket("v3")?.send(new Uint8Array(100).fill(255));
    await okx.socket("v3")?.send(new Uint8Array(0));
  }
  await good("after");
  assert.equal(okx.sockets.length, 1, "the connection was not given up");
  const said = service.lines("A message of the exchange is left out").length;
  const seconds = (performance.now() - start) / 1000;
  assert.ok(said >= 1 && said <= 1 + seconds / 10, `${said} lines in ${seconds} s`);
  assertMemory(service, 700);
});

Deno.test("a REST without end, sense or haste does not hold up what is pushed", async () => {
  await using okx = startHostileOkx();
  const answers: (() => Response)[] = [
    () => new Response("<html>no</html>"),
    () => new Response("[".repeat(1_000_000)),
    () => Response.json({ code: "0", data: { length: 5 } }),
    () => Response.json({ code: { toString: 1 }, msg: { toString: 1 }, data: null }),
    () => Response.json({ code: "50011", msg: "x".repeat(5_000_000) }),
    () => Response.json({ code: "0", data: NASTY.flatMap((value) => [value, { instId: value, ts: value }]) }),
    () =>
      Response.json({ code: "0", data: Array.from({ length: 200_000 }, (_, i) => ({ instId: `X${i}` })) }),
    () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
    () => new Response(endless()),
  ];
  let asked = 0;
  okx.rest = () => (answers[asked++ % answers.length] as (typeof answers)[number])();
  const channels = ["tickers:BTC-USDT", "trades:BTC-USDT", "candle1m:BTC-USDT"];
  const kinds = ["SPOT", "MARGIN", "SWAP", "FUTURES"].map((kind) => `instruments:${kind}`);
  await using service = await startServiceUnderTest({ endpoint: okx.url, channels: [...channels, ...kinds] });
  await flows(okx, service);
  const trade = { instId: "BTC-USDT", tradeId: "1", px: "1", sz: "1", ts: "1700000000000" };
  await okx.push({ channel: "trades", instId: "BTC-USDT" }, [trade]);
  await waitFor("many calls", async () => {
    await flows(okx, service);
    return asked > 2 * answers.length;
  }, { deadlineMs: 90_000 });
  await flows(okx, service);
  assert.doesNotMatch(service.program.text(), /A part of okws broke/);
  assert.ok(service.program.stderr.every((line) => line.length < 8000));
  assertMemory(service, 900);
});

/** Bytes for as long as somebody reads. */
function endless(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const piece = new TextEncoder().encode("[".repeat(64 * 1024));
  return new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
}
