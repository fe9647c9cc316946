/**
 * A server that speaks v3, through the running service: the same paths under the same keys as over v5, the checksum
 * in place of sequence numbers, one socket for public and private. The file is long because all of it is asked of one
 * kind of server by the same few helpers.
 */
import assert from "node:assert/strict";
import { DEMO_CREDENTIALS } from "../../src/mock/login.ts";
import { type Mock, startMock } from "../support/mock.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const P = "okex/test";
const SETTINGS = { PROTOCOL: "v3" };
const LOGIN = {
  apiKey: DEMO_CREDENTIALS.apiKey,
  secret: DEMO_CREDENTIALS.secret,
  password: DEMO_CREDENTIALS.passphrase,
};

type Levels = readonly (readonly string[])[];
type Book = { readonly bids: Levels; readonly asks: Levels; readonly timestamp: string };

/** The service at a simulated exchange, with one server `test` that speaks v3 unless said otherwise. */
function startV3(mock: Mock, options: Partial<Parameters<typeof startService>[0]> = {}): Promise<Running> {
  return startService({ endpoint: mock.url, settings: SETTINGS, ...options });
}

async function rowOf(running: Running, path: string): Promise<Record<string, string>> {
  return await waitFor(`a row of ${path}`, async () => {
    const row = await running.redis.hgetall(`${P}/${path}`);
    return Object.keys(row).length > 0 ? row : undefined;
  });
}

async function rowsOf(running: Running, path: string): Promise<Record<string, string>[]> {
  return await waitFor(`rows of ${path}`, async () => {
    const rows = await running.client.get("test", path);
    return Array.isArray(rows) && rows.length > 0 ? rows : undefined;
  });
}

/** Waits until Redis holds exactly the book that the paused exchange has. */
async function assertSameBook(running: Running, mock: Mock, table: string, instId: string): Promise<void> {
  mock.command("pause");
  await waitFor(`${table}:${instId} to be equal`, async () => {
    const row = await running.redis.hgetall(`${P}/${table}:${instId}`);
    const truth = mock.lastSent(table, instId) as Book;
    assert.equal(row.state, "live");
    assert.deepEqual(JSON.parse(row.bids ?? ""), truth.bids);
    assert.deepEqual(JSON.parse(row.asks ?? ""), truth.asks);
    return true;
  });
  mock.command("resume");
}

async function live(running: Running, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await waitFor(`${path} to be live`, async () => (await running.sub(path))?.state === "live");
  }
}

async function futureOf(mock: Mock): Promise<string> {
  const answer = await fetch(`${mock.restUrl}/api/v5/public/instruments?instType=FUTURES`);
  const { data } = await answer.json() as { data: { instId: string }[] };
  return data[0]?.instId as string;
}

Deno.test("a v3 server's rows are those that the exchange sent, under the keys of their paths", async () => {
  await using mock = await startMock({ rate: 20 });
  const channels = ["spot/ticker:ETH-USDT", "spot/trade:ETH-USDT", "spot/candle60s:ETH-USDT"];
  await using running = await startV3(mock, { channels });
  await live(running, ...channels);
  const [trade] = await rowsOf(running, "spot/trade:ETH-USDT");
  assert.deepEqual(Object.keys(trade ?? {}).sort(), [
    "instrument_id",
    "price",
    "side",
    "size",
    "timestamp",
    "trade_id",
  ]);
  const ids = await running.redis.zrange(`${P}/spot/trade`, "0", "-1");
  assert.ok(ids.includes(trade?.trade_id as string));
  const [candle] = await rowsOf(running, "spot/candle60s:ETH-USDT");
  assert.match(candle?.timestamp ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
  assert.deepEqual(Object.keys(candle ?? {}), ["timestamp", "open", "high", "low", "close", "volume"]);
  const score = await running.redis.zscore(`${P}/spot/candle60s:ETH-USDT`, candle?.timestamp as string);
  assert.equal(Number(score), Date.parse(candle?.timestamp as string) / 1000);
  mock.command("pause");
  await waitFor("the last ticker", async () => {
    assert.deepEqual(
      { ...await rowOf(running, "spot/ticker:ETH-USDT") },
      mock.lastSent("spot/ticker", "ETH-USDT"),
    );
    return true;
  });
  const { timestamp } = mock.lastSent("spot/ticker", "ETH-USDT") as { timestamp: string };
  // The record follows the rows once a second.
  await waitFor(
    "the time of the row, read from its ISO text",
    async () => (await running.sub("spot/ticker:ETH-USDT"))?.exchangeAt === Date.parse(timestamp),
  );
  assert.equal(running.service.view().servers[0]?.connections.length, 1);
  assert.equal(running.service.view().stats.unreadable, 0);
  assert.equal(running.service.view().stats.unexpected, 0);
});

Deno.test("messages of a v3 server are published as they came, and each row by itself", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock);
  await using subscriber = await startSubscriber(running.redisUrl, `${P}/spot/ticker*`, `${P}/event`);
  await running.client.subscribe("test", ["spot/ticker:ETH-USDT", "spot/ticker:BTC-USDT"]);
  await waitFor("messages", () => subscriber.on(`${P}/spot/ticker`).length > 3);
  const [whole] = subscriber.on(`${P}/spot/ticker`).map((text) => JSON.parse(text));
  assert.deepEqual(Object.keys(whole), ["table", "data"]);
  const rows = subscriber.on(`${P}/spot/ticker:BTC-USDT`).map((text) => JSON.parse(text));
  assert.ok(rows.length > 0 && rows.every((row) => row.instrument_id === "BTC-USDT"));
  const events = subscriber.on(`${P}/event`).map((text) => JSON.parse(text));
  assert.ok(events.some(({ event, channel }) => event === "subscribe" && channel === "spot/ticker:BTC-USDT"));
});

Deno.test("key names and members of rows are the same over v3 as over v5", async () => {
  await using mock = await startMock({ rate: 20 });
  const swap = "BTC-USDT-SWAP";
  const future = await futureOf(mock);
  const channels = [
    "spot/ticker:BTC-USDT",
    "spot/depth5:BTC-USDT",
    "spot/depth:BTC-USDT",
    `swap/depth:${swap}`,
    `swap/funding_rate:${swap}`,
    `swap/mark_price:${swap}`,
    `futures/price_range:${future}`,
    "index/ticker:BTC-USD",
    "spot/trade:BTC-USDT",
    `futures/trade:${future}`,
    `swap/candle300s:${swap}`,
    "index/candle60s:BTC-USD",
    "futures/instruments",
  ];
  await using running = await startService({
    endpoint: mock.url,
    servers: [{ name: "old", protocol: "v3" }, { name: "new" }],
    channels,
  });
  const shape = async (server: string) => {
    const prefix = `okex/${server}/`;
    const keys = (await running.redis.keys(`${prefix}*`)).filter((key) => !/\/(subs|status|gaps)$/.test(key));
    // Which trades and candles came is a matter of time; their shape is not, and one of them shows it.
    const named = new Map(
      keys.map((key) => [key.slice(prefix.length).replace(/(trade|candle\d+s:[^/]+)\/.*/, "$1/…"), key]),
    );
    const members = new Map<string, string>();
    for (const [name, key] of named) {
      if (await running.redis.type(key) !== "hash") continue;
      members.set(name, (await running.redis.hkeys(key)).sort().join(" "));
    }
    return new Map([...members].sort());
  };
  const differences = await waitFor("all rows of both", async () => {
    const [before, after] = [await shape("old"), await shape("new")];
    return before.size === after.size && before.size >= channels.length ? [before, after] : undefined;
  });
  const [before, after] = differences as [Map<string, string>, Map<string, string>];
  assert.deepEqual([...before.keys()], [...after.keys()]);
  for (const [name, members] of before) {
    // v3 had a category of contracts, of which v5 says nothing; a v5 funding rate has a time of its own.
    const old = name.startsWith("futures/instruments") ? members.replace("category ", "") : members;
    const now = name.startsWith("swap/funding_rate")
      ? after.get(name)?.replace(" timestamp", "")
      : after.get(name);
    assert.equal(old, now, name);
  }
});

Deno.test("futures/instruments over v3 is the set of what the exchange lists", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock, { channels: ["futures/instruments"] });
  const rows = await rowsOf(running, "futures/instruments");
  const answer = await fetch(`${mock.restUrl}/api/v5/public/instruments?instType=FUTURES`);
  const { data } = await answer.json() as { data: { instId: string }[] };
  assert.deepEqual(rows.map((row) => row.instrument_id).sort(), data.map(({ instId }) => instId).sort());
});

for (
  const [table, instId, width] of [["spot/depth", "BTC-USDT", 3], [
    "swap/depth_l2_tbt",
    "BTC-USDT-SWAP",
    4,
  ]] as const
) {
  Deno.test(`${table} over v3 equals the exchange's book level by level`, async () => {
    await using mock = await startMock({ rate: 50 });
    await using running = await startV3(mock, { channels: [`${table}:${instId}`] });
    await waitFor("increments", async () => ((await running.sub(`${table}:${instId}`))?.rows ?? 0) > 30);
    await assertSameBook(running, mock, table, instId);
    const row = await rowOf(running, `${table}:${instId}`);
    assert.deepEqual(Object.keys(row).sort(), [
      "asks",
      "bids",
      "checksum",
      "instrument_id",
      "state",
      "timestamp",
    ]);
    assert.equal(JSON.parse(row.asks ?? "")[0].length, width);
    assert.ok(((await running.sub(`${table}:${instId}`))?.exchangeAt ?? 0) > 1e12);
    assert.equal(running.service.view().stats.gaps, 0);
  });
}

Deno.test("a v3 book whose checksum fails says syncing until a subscription brings a new one, and is rebuilt alone", async () => {
  await using mock = await startMock({ rate: 50 });
  const channels = ["spot/depth:BTC-USDT", "spot/depth:ETH-USDT"];
  const timing = { books: { snapshotMs: 100, silentMs: 5000 } };
  await using running = await startV3(mock, { channels, timing });
  const stateOf = async (id: string) => (await running.redis.hgetall(`${P}/spot/depth:${id}`)).state;
  await waitFor("one book", async () => await stateOf("BTC-USDT") === "live");
  await waitFor("the other", async () => await stateOf("ETH-USDT") === "live");
  const { requests } = mock.stats();
  const other = (await running.sub("spot/depth:ETH-USDT"))?.since;
  // Nothing can mend it for now, so that its state can be seen.
  mock.command("no-snapshot on");
  // The checksum covers 25 levels of each side: what is lost below them is not noticed, so more may have to be lost.
  const gaps = () => running.service.view().stats.gaps;
  await waitFor("a checksum that fails", () => {
    if (gaps() === 0) mock.command("gap spot/depth:BTC-USDT");
    return gaps() > 0;
  }, { everyMs: 100 });
  await waitFor("syncing", async () => await stateOf("BTC-USDT") === "syncing");
  await waitFor("a second attempt", () => mock.stats().requests - requests >= 4);
  assert.equal(await stateOf("BTC-USDT"), "syncing");
  mock.command("no-snapshot off");
  await waitFor("live", async () => await stateOf("BTC-USDT") === "live");
  await assertSameBook(running, mock, "spot/depth", "BTC-USDT");
  assert.equal((await running.sub("spot/depth:ETH-USDT"))?.since, other, "the other book was not touched");
  assert.equal(await stateOf("ETH-USDT"), "live");
});

Deno.test("a quiet v3 book stays live: only v5 repeats itself", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startV3(mock, {
    channels: ["spot/depth:BTC-USDT"],
    timing: { idleMs: 100, books: { snapshotMs: 100, silentMs: 200 } },
  });
  await waitFor("the book", async () => (await rowOf(running, "spot/depth:BTC-USDT")).state === "live");
  mock.command("pause");
  const { framesSent } = mock.stats();
  // Each of these is a pong, 100 ms after the one before it.
  await waitFor("six pongs", () => mock.stats().framesSent - framesSent >= 6);
  assert.equal(running.service.view().stats.gaps, 0);
  assert.equal((await rowOf(running, "spot/depth:BTC-USDT")).state, "live");
});

Deno.test("a path that the v3 exchange refuses says why, and the others beside it are served", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock);
  const results = await running.client.trySubscribe("test", [
    "spot/ticker:ETH-USDT",
    "spot/ticker:ETH-USD",
    "spot/trade:BTC-USD-SWAP",
  ]);
  assert.deepEqual(results.map(({ path, state, error }) => [path, state, error?.code]), [
    ["spot/ticker:ETH-USDT", "live", undefined],
    ["spot/ticker:ETH-USD", "refused", "30040"],
    ["spot/trade:BTC-USD-SWAP", "refused", "30040"],
  ]);
  assert.match(results[2]?.error?.message ?? "", /Channel spot\/trade:BTC-USD-SWAP doesn't exist/);
});

Deno.test("commands read paths as the server's protocol has them", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startService({ endpoint: mock.url });
  await running.client.openWs("old", { protocol: "v3" });
  const refusedWith = (errorCode: number, message: RegExp) => (error: unknown) => {
    const { errorCode: code, message: text } = error as { errorCode: number; message: string };
    assert.equal(code, errorCode, text);
    assert.match(text, message);
    return true;
  };
  await assert.rejects(
    running.client.subscribe("old", "tickers:ETH-USDT"),
    refusedWith(80013, /legacy paths only/),
  );
  await assert.rejects(
    running.client.subscribe("old", { channel: "tickers" }),
    refusedWith(80013, /takes paths/),
  );
  await assert.rejects(
    running.client.unsubscribe("old", "tickers:ETH-USDT"),
    refusedWith(80013, /legacy paths/),
  );
  await assert.rejects(
    running.client.subscribe("test", "spot/margin_account:BTC-USDT"),
    refusedWith(80013, /margin_account/),
  );
  await assert.rejects(
    running.client.subscribe("old", "spot/account:USDT"),
    refusedWith(80014, /needs a login/),
  );
  await assert.rejects(
    running.client.openWs("bad", { endpoint: "okx", protocol: "v3" }),
    refusedWith(80010, /okx has no v3 any more/),
  );
  await running.client.subscribe("test", "tickers:ETH-USDT");
  await running.client.subscribe("old", ["spot/ticker:ETH-USDT", "system/status"]);
  await running.client.unsubscribe("old", "spot/ticker:ETH-USDT");
  assert.deepEqual([...(await running.client.subscriptions("old")).keys()], ["system/status"]);
});

Deno.test("a v3 server logs in on its one socket and brings account and market rows", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock, {
    servers: [{ name: "test", ...LOGIN }],
    channels: ["spot/account:USDT", "spot/ticker:ETH-USDT"],
  });
  await live(running, "spot/account:USDT", "spot/ticker:ETH-USDT");
  const row = await rowOf(running, "spot/account:USDT");
  assert.equal(row.currency, "USDT");
  assert.ok(Number(row.balance) > 0 && Number(row.available) > 0);
  await rowOf(running, "spot/ticker:ETH-USDT");
  const { connections } = await running.client.status("test") as {
    connections: readonly { endpoint: string; url: string }[];
  };
  assert.deepEqual(connections.map(({ endpoint, url }) => [endpoint, url]), [["v3", `${mock.url}/ws/v3`]]);
  assert.deepEqual(await running.client.get("test", "spot/account", { currency: "USDT" }), row);
});

Deno.test("rows of v3 accounts are watched by their paths", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock, { servers: [{ name: "test", ...LOGIN }] });
  const watching = Promise.withResolvers<void>();
  const paths: string[] = [];
  const watch = (async () => {
    const wanted = ["spot/account:BTC", "system/status"];
    for await (const { path, row } of running.client.watchPaths("test", wanted, watching.resolve)) {
      paths.push(`${path} ${row.currency ?? ""}`);
      break;
    }
  })();
  await watching.promise;
  await running.client.subscribe("test", ["spot/account:USDT", "spot/account:BTC"]);
  await watch;
  assert.deepEqual(paths, ["spot/account:BTC BTC"]);
});

Deno.test("a refused v3 login costs no public data, is tried again, and shows no secret", async () => {
  await using mock = await startMock({ rate: 20, faults: "refuse=login@30013" });
  await using running = await startV3(mock, {
    servers: [{ name: "test", ...LOGIN }],
    channels: ["spot/account:USDT", "spot/ticker:ETH-USDT"],
    timing: { loginRetryMs: 300 },
  });
  await using subscriber = await startSubscriber(running.redisUrl, `${P}/*`);
  await live(running, "spot/ticker:ETH-USDT");
  await waitFor("the refusal", async () => (await running.sub("spot/account:USDT"))?.state === "refused");
  assert.equal((await running.sub("spot/account:USDT"))?.error?.code, "30013");
  await waitFor(
    "another refusal",
    () => subscriber.messages.some(({ message }) => message.includes("30013")),
  );
  await live(running, "spot/ticker:ETH-USDT");
  assert.equal(mock.stats().connectionsTotal, 1);
  mock.command("refuse off");
  await live(running, "spot/account:USDT");
  assert.equal(mock.stats().connectionsTotal, 1, "on the same socket");
  const said = subscriber.messages.map(({ message }) => message).join("\n");
  for (const secret of [LOGIN.secret, LOGIN.password]) assert.ok(!said.includes(secret));
});

Deno.test("a v3 connection that is lost comes back with all its subscriptions", async () => {
  await using mock = await startMock({ rate: 50 });
  const channels = [
    "spot/ticker:ETH-USDT",
    "spot/depth:BTC-USDT",
    "spot/account:USDT",
    "spot/candle60s:BTC-USDT",
  ];
  await using running = await startV3(mock, { servers: [{ name: "test", ...LOGIN }], channels });
  await live(running, ...channels);
  mock.command("silent on");
  mock.command("drop v3");
  await waitFor("stale", async () => (await running.sub("spot/depth:BTC-USDT"))?.state === "stale");
  assert.equal((await rowOf(running, "spot/depth:BTC-USDT")).state, "stale");
  mock.command("silent off");
  await live(running, ...channels);
  await waitFor("the book", async () => (await rowOf(running, "spot/depth:BTC-USDT")).state === "live");
  await assertSameBook(running, mock, "spot/depth", "BTC-USDT");
  assert.ok(mock.stats().connectionsTotal >= 2);
});

Deno.test("a silent v3 server is pinged and given up, and its deflated pong is understood", async () => {
  await using mock = await startMock({ rate: 20 });
  await using running = await startV3(mock, { timing: { idleMs: 60, pongMs: 2000 } });
  const { framesSent } = mock.stats();
  await waitFor("pongs", () => mock.stats().framesSent - framesSent >= 3);
  assert.equal(mock.stats().connectionsTotal, 1);
  assert.equal(running.service.view().stats.unreadable, 0);
  await running.client.subscribe("test", "spot/ticker:ETH-USDT");
  mock.command("silent on");
  await waitFor("another dial", () => mock.stats().connectionsTotal > 1);
});

Deno.test("many v3 paths are asked for in requests below the exchange's limit", async () => {
  await using mock = await startMock({ rate: 5 });
  await using running = await startV3(mock);
  const seconds = [60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800];
  const ids = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "DOGE-USDT"];
  const paths = ids.flatMap((id) => [
    ...seconds.map((each) => `spot/candle${each}s:${id}`),
    ...["ticker", "trade", "depth", "depth5", "depth_l2_tbt"].map((name) => `spot/${name}:${id}`),
  ]);
  const more = Array.from({ length: 100 }, (_, i) => `spot/ticker:NOT-LISTED-${i}-USDT`);
  const before = mock.stats().requests;
  const results = await running.client.trySubscribe("test", [...paths, ...more]);
  assert.deepEqual(
    new Set(results.map(({ path, state }) => `${paths.includes(path)} ${state}`)),
    new Set([
      "true live",
      "false refused",
    ]),
  );
  assert.equal(mock.stats().requests - before, Math.ceil([...paths, ...more].join('","').length / 4000));
});
