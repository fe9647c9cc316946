/** A recording as an exchange: each client gets what it subscribes, in order, and okws makes the same of it as before. */
import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import type { Redis } from "ioredis";
import { type ReplayOptions, startReplay } from "../../src/replay/server.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { freePort } from "../support/free_port.ts";
import { startMock } from "../support/mock.ts";
import { CONNECTION, startRecorder, tempFolder } from "../support/recording.ts";
import { openRedis, type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

function play(path: string, own: Partial<ReplayOptions> = {}): ReturnType<typeof startReplay> {
  return startReplay({ path, port: freePort(), speed: 1000, onNote: () => {}, ...own });
}

/** A plain client of the exchange. */
async function open(
  url: string,
): Promise<AsyncDisposable & { readonly texts: string[]; send(request: unknown): void }> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const texts: string[] = [];
  socket.onmessage = ({ data }) =>
    texts.push(typeof data === "string" ? data : inflateRawSync(new Uint8Array(data)).toString());
  const ended = new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("cannot connect"));
  });
  return {
    texts,
    send: (request) => socket.send(typeof request === "string" ? request : JSON.stringify(request)),
    async [Symbol.asyncDispose]() {
      socket.close();
      await ended;
    },
  };
}

const TRADES = { channel: "trades", instId: "BTC-USDT" };
const BOOKS = { channel: "books", instId: "BTC-USDT" };

function trade(id: number): string {
  return JSON.stringify({ arg: TRADES, data: [{ instId: "BTC-USDT", tradeId: String(id) }] });
}

function book(action: string, price: number, seqId: number): string {
  const row = {
    asks: [[String(price), "1", "0", "1"]],
    bids: [],
    ts: "1",
    checksum: 0,
    prevSeqId: seqId - 1,
    seqId,
  };
  return JSON.stringify({ arg: BOOKS, action, data: [row] });
}

async function recordFrames(folder: string, frames: readonly string[]): Promise<void> {
  const run = startRecorder(folder);
  const tap = run.recorder.open(CONNECTION);
  for (const frame of frames) tap.onReceived(frame);
  tap.onEnd("over");
  await run.stop();
}

Deno.test("a client gets the frames of what it subscribes, word for word and in order, and no others", async () => {
  await using folder = await tempFolder();
  const frames = [trade(1), book("snapshot", 10, 1), trade(2), book("update", 11, 2), trade(3)];
  await recordFrames(folder.path, frames);
  const begin = Promise.withResolvers<void>();
  await using replay = await play(folder.path, { begin: begin.promise });
  await using client = await open(`${replay.url}/ws/v5/public`);
  await using other = await open(`${replay.url}/ws/v5/public`);
  client.send("ping");
  client.send({ id: "a1", op: "subscribe", args: [TRADES, { channel: "trades", instId: "NOPE" }] });
  other.send({ op: "subscribe", args: [TRADES, BOOKS] });
  await waitFor("answers", () => client.texts.length === 3 && other.texts.length === 2);
  begin.resolve();
  await waitFor("all", () => client.texts.length === 6 && other.texts.length === 7);
  assert.equal(client.texts[0], "pong");
  assert.deepEqual(JSON.parse(client.texts[1]!).arg, TRADES);
  assert.equal(JSON.parse(client.texts[1]!).id, "a1");
  assert.equal(JSON.parse(client.texts[2]!).code, "60018");
  assert.deepEqual(client.texts.slice(3), [trade(1), trade(2), trade(3)]);
  assert.deepEqual(other.texts.slice(2), frames);
  await replay.done;
});

Deno.test("who subscribes in the middle gets the book as it stands and the last push, and a login is taken", async () => {
  await using folder = await tempFolder();
  await recordFrames(folder.path, [trade(1), book("snapshot", 10, 1), trade(2), book("update", 11, 2)]);
  await using replay = await play(folder.path, { begin: Promise.resolve() });
  await replay.done;
  await using late = await open(`${replay.url}/ws/v5/private`);
  late.send({ op: "login", args: [{}] });
  late.send({ op: "subscribe", args: [BOOKS, TRADES] });
  await waitFor("all", () => late.texts.length === 5);
  assert.equal(JSON.parse(late.texts[0]!).event, "login");
  const { action, data: [row] } = JSON.parse(late.texts[2]!);
  assert.deepEqual([action, row.seqId, row.asks.map(([price]: string[]) => price)], ["snapshot", 2, [
    "10",
    "11",
  ]]);
  assert.equal(late.texts[4], trade(2));
  late.send({ op: "unsubscribe", args: [BOOKS] });
  await waitFor("the answer", () => late.texts.length === 6);
  assert.equal(JSON.parse(late.texts[5]!).event, "unsubscribe");
});

Deno.test("a part of a recording is played, and REST knows its time alone", async () => {
  await using folder = await tempFolder();
  const lines = Array.from(
    { length: 5 },
    (_, i) => JSON.stringify({ recvTs: 1_795_866_374 + i, text: trade(i) }),
  );
  await Deno.writeTextFile(`${folder.path}/frames.jsonl`, lines.join("\n"));
  const from = 1_795_866_375_000;
  await using replay = await play(`${folder.path}/frames.jsonl`, { from, to: from + 2000 });
  const time = await (await fetch(`${replay.url.replace("ws:", "http:")}/api/v5/public/time`)).json();
  assert.deepEqual(time.data, [{ ts: String(from) }]);
  const list = await fetch(`${replay.url.replace("ws:", "http:")}/api/v5/market/trades?instId=X`);
  assert.equal(list.status, 503);
  assert.deepEqual(await list.json(), { code: "50001", msg: "A recording has no REST", data: [] });
  await using client = await open(`${replay.url}/ws/v5/public`);
  client.send({ op: "subscribe", args: [TRADES] });
  await replay.done;
  await waitFor("all", () => client.texts.length === 5);
  // The last one before comes first, as for a client that subscribes in the middle.
  assert.deepEqual(client.texts.slice(1), [trade(0), trade(1), trade(2), trade(3)]);
});

Deno.test("an order book that begins before the part that is played is whole", async () => {
  await using folder = await tempFolder();
  const frames = [book("snapshot", 10, 1), book("update", 11, 2), book("update", 12, 3)];
  const lines = frames.map((text, i) => JSON.stringify({ recvTs: 1_795_866_374 + i, text }));
  await Deno.writeTextFile(`${folder.path}/frames.jsonl`, lines.join("\n"));
  const begin = Promise.withResolvers<void>();
  await using replay = await play(`${folder.path}/frames.jsonl`, {
    from: 1_795_866_376_000,
    begin: begin.promise,
  });
  await using client = await open(`${replay.url}/ws/v5/public`);
  client.send({ op: "subscribe", args: [BOOKS] });
  await waitFor("the whole book", () => client.texts.length === 2);
  const { action, data: [row] } = JSON.parse(client.texts[1]!);
  assert.deepEqual([action, row.seqId, row.asks.map(([price]: string[]) => price)], ["snapshot", 2, [
    "10",
    "11",
  ]]);
  begin.resolve();
  await waitFor("its next change", () => client.texts.length === 3);
  assert.equal(client.texts[2], frames[2]);
});

Deno.test("frames of v3 come packed, whether they were recorded so or not", async () => {
  await using folder = await tempFolder();
  const text = '{"table":"spot/ticker","data":[{"instrument_id":"A-B","last":"1"}]}';
  await Deno.writeTextFile(`${folder.path}/frames.jsonl`, text);
  await using replay = await play(`${folder.path}/frames.jsonl`);
  await using client = await open(`${replay.url}/ws/v3`);
  client.send({ op: "subscribe", args: ["spot/ticker:A-B", "spot/ticker:C-D"] });
  await waitFor("all", () => client.texts.length === 3);
  assert.deepEqual(JSON.parse(client.texts[0]!), { event: "subscribe", channel: "spot/ticker:A-B" });
  assert.equal(JSON.parse(client.texts[1]!).errorCode, 30040);
  assert.equal(client.texts[2], text);
});

Deno.test("a recording without frames, and one of several servers, are refused in words", async () => {
  await using folder = await tempFolder();
  const run = startRecorder(folder.path);
  run.recorder.open(CONNECTION).onReceived(trade(1));
  run.recorder.open({ ...CONNECTION, server: "other" }).onReceived(trade(2));
  await run.stop();
  await assert.rejects(play(folder.path), /has several servers; choose one with --server: test, other/);
  await (await play(folder.path, { server: "other" })).close();
  await assert.rejects(
    play(folder.path, { server: "none" }),
    /nothing was recorded of none; recorded are: other, test$/,
  );
  const outside = /no rows in this time; the recording has rows of other, test from 20.*Z to 20.*Z$/;
  await assert.rejects(play(folder.path, { from: Date.parse("2199-01-01") }), outside);
  await assert.rejects(play(folder.path, { to: 0, server: "test" }), /rows of test from 20.*Z to 20.*Z$/);
});

const PATHS = [
  "tickers:BTC-USDT",
  "trades:BTC-USDT",
  "books:BTC-USDT",
  "candle1m:BTC-USDT",
  "spot/trade:ETH-USDT",
];

Deno.test("a recorded service and one that the recording is played to have the same in Redis", async () => {
  await using folder = await tempFolder();
  const common = { settings: { BOOK_INTERVAL_MS: 0 }, channels: PATHS };
  let recorded: Record<string, unknown>;
  {
    await using mock = await startMock({ seed: 5 });
    await using store = startEmbedded({ port: freePort() });
    const run = await startService({
      ...common,
      endpoint: mock.url,
      redisUrl: store.url,
      settings: { ...common.settings, RECORD: folder.path },
    });
    try {
      await waitFor(
        "a number of trades",
        async () => await run.redis.xlen("okex/test/trades:BTC-USDT") >= 20,
      );
      await waitFor("all live", () => areLive(run));
      mock.command("pause");
      await waitFor("nothing that waits", () => run.service.view().stats.queuedBytes === 0);
    } finally {
      await run[Symbol.asyncDispose]();
    }
    // What was received is written by now.
    await using reader = await openRedis(store.url);
    recorded = await readData(reader.redis);
  }
  assert.ok(Object.keys(recorded).length >= 8, Object.keys(recorded).join(" "));
  const begin = Promise.withResolvers<void>();
  await using replay = await play(folder.path, { speed: 20, begin: begin.promise });
  await using run = await startService({ ...common, endpoint: replay.url });
  await waitFor("subscriptions", async () => {
    const subs = await run.client.subscriptions("test");
    return PATHS.every((path) => ["live", "syncing"].includes(subs.get(path)?.state ?? ""));
  });
  begin.resolve();
  await replay.done;
  let played: unknown;
  const isEqual = async () => {
    played = await readData(run.redis);
    return JSON.stringify(played) === JSON.stringify(recorded);
  };
  // What differs is shown below.
  await waitFor("the same", isEqual).catch(() => {});
  assert.deepEqual(played, recorded);
});

async function areLive(run: Running): Promise<boolean> {
  const subs = await run.client.subscriptions("test");
  return PATHS.every((path) => subs.get(path)?.state === "live" && (subs.get(path)?.rows ?? 0) > 0);
}

/** Every key with rows. What is said about rows has times of receipt, and changes when a service stops. */
async function readData(redis: Redis): Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = {};
  for (const key of (await redis.keys("okex/test/*")).sort()) {
    if (/\/(subs|status|epoch|wanted|gaps|event)$/.test(key) || key.includes("/gaps/")) continue;
    const type = await redis.type(key);
    if (type === "hash") data[key] = membersOf(await redis.hgetall(key));
    else if (type === "zset") data[key] = await redis.zrange(key, 0, "-1", "WITHSCORES");
    // Ids of entries are of the clock of each Redis.
    else if (type === "stream") data[key] = (await redis.xrange(key, "-", "+")).map(([, members]) => members);
    else if (type === "set") data[key] = (await redis.smembers(key)).sort();
    else data[key] = await redis.get(key);
  }
  return data;
}

function membersOf(row: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(row).filter(([name]) => name !== "state").sort(([a], [b]) => a < b ? -1 : 1);
}
