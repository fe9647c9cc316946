/** The streams that feed the page, as any program can read them. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const HTTP = { HTTP: "127.0.0.1:0" };
const TICKER = { channel: "tickers", instId: "BTC-USDT" };
const CANDLES = { channel: "candle1m", instId: "BTC-USDT" };
const MINUTE = 1_795_363_200_000;

type Event = { readonly name: string; readonly data: Record<string, unknown> };

/** A stream under way, with everything that came so far. */
type Stream = AsyncDisposable & { readonly events: Event[]; readonly ended: () => boolean };

async function openStream(run: Running, path: string): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(run.service.httpUrl + path, { signal: abort.signal });
  assert.equal(response.status, 200, path);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const events: Event[] = [];
  let ended = false;
  const reading = (async () => {
    let rest = "";
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const pieces = (rest + part).split("\n\n");
      rest = pieces.pop() ?? "";
      for (const piece of pieces) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(piece) ?? [];
        if (name !== undefined) events.push({ name, data: JSON.parse(data ?? "null") });
      }
    }
  })().catch(() => {}).finally(() => ended = true);
  return {
    events,
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

Deno.test("/api/events sends everything first, then changes, and at least once a second that it is there", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels: ["tickers:BTC-USDT"] });
  await using stream = await openStream(run, "/api/events");
  await waitFor("the start", () => stream.events[0]?.name === "start");
  const start = stream.events[0]?.data as { defs: unknown[][]; version: string };
  assert.deepEqual(start.defs, [[
    1,
    "test",
    "tickers:BTC-USDT",
    "row",
    null,
    false,
    "quotes",
    "HGETALL okex/test/tickers:BTC-USDT",
  ]]);
  const ticks = () => stream.events.filter(({ name }) => name !== "quotes");
  const states = () => ticks().flatMap(({ data }) => (data.paths as unknown[][]).map(([, state]) => state));
  await waitFor("live", () => states().at(-1) === "live");
  okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "1", ts: "1" }]);
  const rows = () => ticks().flatMap(({ data }) => (data.paths as unknown[][]).map((path) => path[4]));
  await waitFor("the row to be counted", () => rows().at(-1) === 1);
  await waitFor(
    "three seconds",
    () => ticks().flatMap(({ data }) => data.samples as unknown[]).length >= 3,
  );
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await waitFor("the loss", () => states().at(-1) === "stale");
  const lines = () =>
    ticks().flatMap(({ data }) => (data.entries as { text: string }[]).map(({ text }) => text));
  await waitFor("it to be sent", () => lines().some((text) => text.startsWith("public lost: ")));
  const [fault, ...others] = ticks().at(-1)?.data.faults as string[];
  assert.match(fault ?? "", /^test tickers:BTC-USDT is stale: the connection is lost: .+$/);
  assert.deepEqual(others, []);
});

type Quote = { subject: string; last?: string; open?: string; closes?: number[] };

Deno.test("/api/events has the price of every instrument, with the course of its bars, whatever comes first", async () => {
  await using okx = startFakeOkx();
  const channels = [
    ...[
      "tickers:BTC-USDT",
      "block-tickers:BTC-USDT",
      "candle1m:BTC-USDT",
      "candle1m:ETH-USDT",
      "trades:X-USDT",
    ],
  ];
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels });
  const bar = (
    n: number,
    close: string,
  ) => [String(MINUTE + n * 60_000), "1", "9", "1", close, "1", "1", "1", "0"];
  const at = await waitFor("both connections", () => okx.current() && okx.current("business"));
  at.push(CANDLES, [bar(1, "2")]);
  at.push(CANDLES, [bar(2, "3")]);
  okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "3.50", open24h: "2", ts: "1" }]);
  // Of this instrument too, and without a price.
  at.push({ channel: "block-tickers", instId: "BTC-USDT" }, [
    { instType: "SPOT", instId: "BTC-USDT", volCcy24h: "5", vol24h: "5", ts: "1" },
  ]);
  await waitFor(
    "the block trades' volume",
    async () => (await run.sub("block-tickers:BTC-USDT"))?.rows === 1,
  );
  await waitFor("the rows", async () => (await run.sub("tickers:BTC-USDT"))?.rows === 1);
  await waitFor("the bars", async () => (await run.sub("candle1m:BTC-USDT"))?.rows === 2);
  await using stream = await openStream(run, "/api/events");
  const quotes = () => {
    const all = new Map<string, Quote>();
    for (const { name, data } of stream.events) {
      if (name !== "quotes") continue;
      for (const quote of data as unknown as Quote[]) {
        all.set(quote.subject, { ...all.get(quote.subject), ...quote });
      }
    }
    return all;
  };
  await waitFor("what Redis has", () => quotes().get("BTC-USDT")?.closes?.length === 2);
  const server = "test";
  assert.deepEqual(quotes().get("BTC-USDT"), {
    ...{ server, subject: "BTC-USDT", last: "3.50", open: "2", closes: [2, 3] },
  });
  // What comes from now on.
  at.push(CANDLES, [bar(3, "4")]);
  at.push({ channel: "candle1m", instId: "ETH-USDT" }, [bar(1, "7")]);
  okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "4.25", open24h: "2", ts: "2" }]);
  okx.current()?.push({ channel: "trades", instId: "X-USDT" }, [
    { instId: "X-USDT", tradeId: "1", px: "0.5", sz: "1", side: "buy", ts: "3" },
  ]);
  await waitFor("news", () => {
    const [btc, eth, x] = ["BTC-USDT", "ETH-USDT", "X-USDT"].map((subject) => quotes().get(subject));
    return btc?.last === "4.25" && btc.closes?.length === 3 && eth?.last === "7" && x?.last === "0.5";
  });
  // A page that comes later has everything at once.
  await using second = await openStream(run, "/api/events");
  await waitFor("its prices", () => second.events.some(({ name }) => name === "quotes"));
  const first = second.events.find(({ name }) => name === "quotes")?.data as unknown as Quote[];
  assert.deepEqual(first.map(({ subject, last }) => [subject, last]).sort(), [
    ...[["BTC-USDT", "4.25"], ["ETH-USDT", "7"], ["X-USDT", "0.5"]],
  ]);
});

Deno.test("/api/rows sends what Redis has, then each row as it comes, of several paths", async () => {
  await using okx = startFakeOkx();
  const channels = [
    "tickers:BTC-USDT",
    "candle1m:BTC-USDT",
    "spot/candle60s:BTC-USDT",
    "spot/trade:BTC-USDT",
  ];
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels });
  for (const path of channels) await waitFor(path, async () => (await run.sub(path))?.state === "live");
  const candle = (n: number, close: string) => [
    ...[String(MINUTE + n * 60_000), "1", "3", "0.5", close, "12", "12", "12", "0"],
  ];
  okx.current("business")?.push(CANDLES, [candle(0, "2")]);
  okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: "5", ts: "1" }]);
  await waitFor("the row", async () => await run.redis.exists("okex/test/tickers:BTC-USDT"));
  await waitFor("the candle", async () => await run.redis.exists("okex/test/spot/candle60s:BTC-USDT"));
  const query = channels.map((path) => `&path=${encodeURIComponent(path)}`).join("");
  await using stream = await openStream(run, `/api/rows?server=test${query}`);
  const of = (name: string, path: string) =>
    stream.events.filter((event) => event.name === name && event.data.path === path)
      .flatMap(({ data }) => data.rows as Record<string, string>[]);
  await waitFor("four snapshots", () => stream.events.filter(({ name }) => name === "snapshot").length === 4);
  assert.equal(of("snapshot", "candle1m:BTC-USDT")[0]?.close, "2");
  assert.equal(of("snapshot", "spot/candle60s:BTC-USDT")[0]?.timestamp, "2026-11-22T16:00:00.000Z");
  assert.equal(of("snapshot", "tickers:BTC-USDT")[0]?.last, "5");
  assert.deepEqual(of("snapshot", "spot/trade:BTC-USDT"), []);
  for (const close of ["2.1", "2.2", "2.3"]) okx.current("business")?.push(CANDLES, [candle(1, close)]);
  okx.current()?.push({ channel: "trades", instId: "BTC-USDT" }, [
    { instId: "BTC-USDT", tradeId: "9", px: "5", sz: "1", side: "buy", ts: String(MINUTE) },
  ]);
  await waitFor("the candle", () => of("rows", "candle1m:BTC-USDT").at(-1)?.close === "2.3");
  await waitFor("the same in old words", () => of("rows", "spot/candle60s:BTC-USDT").at(-1)?.close === "2.3");
  await waitFor("the trade", () => of("rows", "spot/trade:BTC-USDT").at(-1)?.trade_id === "9");
  assert.equal(of("rows", "tickers:BTC-USDT").length, 0);
});

Deno.test("rows are pushed of what is subscribed only, and of an account not without a password", async () => {
  await using okx = startFakeOkx();
  const secret = { apiKey: "k", secret: "s", password: "p" };
  const options = {
    endpoint: okx.url,
    servers: [{ name: "test", ...secret }],
    channels: ["account", "tickers:A"],
  };
  await using open = await startService({ ...options, settings: HTTP });
  const status = async (run: Running, query: string, headers: Record<string, string> = {}) => {
    const abort = new AbortController();
    const response = await fetch(`${run.service.httpUrl}/api/rows?${query}`, {
      headers,
      signal: abort.signal,
    });
    await response.body?.cancel();
    abort.abort();
    return response.status;
  };
  assert.equal(await status(open, "server=test&path=tickers:B"), 404);
  assert.equal(await status(open, "server=none&path=tickers:A"), 404);
  assert.equal(await status(open, "server=test"), 400);
  assert.equal(await status(open, `server=test${"&path=tickers:A".repeat(9)}`), 400);
  assert.equal(await status(open, "server=test&path=tickers:A"), 200);
  assert.equal(await status(open, "server=test&path=account"), 403);
  await using closed = await startService({
    ...options,
    settings: { ...HTTP, HTTP_PASSWORD: "correct horse" },
  });
  assert.equal(await status(closed, "server=test&path=account"), 401);
  const authorization = `Basic ${btoa("okws:correct horse")}`;
  assert.equal(await status(closed, "server=test&path=account", { authorization }), 200);
});

Deno.test("there are only so many streams, and a stop ends them at once", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: HTTP });
  await using stack = new AsyncDisposableStack();
  const streams: Stream[] = [];
  for (let i = 0; i < 48; i++) streams.push(stack.use(await openStream(run, "/api/events")));
  const head = await fetch(`${run.service.httpUrl}/api/events`, { method: "HEAD" });
  assert.equal(head.status, 200, "a HEAD takes no place");
  const refused = await fetch(`${run.service.httpUrl}/api/events`);
  assert.deepEqual([refused.status, await refused.text()], [503, "Too many pages are open\n"]);
  assert.equal(await fetch(`${run.service.httpUrl}/livez`).then((each) => each.text()), "ok\n");
  await streams[0]?.[Symbol.asyncDispose]();
  await waitFor("room again", async () => {
    const again = await fetch(`${run.service.httpUrl}/api/events`);
    await again.body?.cancel();
    return again.status === 200;
  });
  await withTimeout("the stop", run.service.stop(), 8000);
  await waitFor("every stream to end", () => streams.every((stream) => stream.ended()));
});

Deno.test("a reader that reads nothing costs no data", async () => {
  await using okx = startFakeOkx();
  const channels = ["tickers:BTC-USDT"];
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels });
  await waitFor("live", async () => (await run.sub("tickers:BTC-USDT"))?.state === "live");
  const { hostname, port } = new URL(run.service.httpUrl ?? "");
  const readers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const request = `GET /api/rows?server=test&path=tickers:BTC-USDT HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      return connection;
    }),
  );
  try {
    const wide = "x".repeat(20_000);
    for (let i = 1; i <= 500; i++) {
      okx.current()?.push(TICKER, [{ instId: "BTC-USDT", last: String(i), wide, ts: "1" }]);
    }
    await waitFor(
      "the newest row",
      async () => await run.redis.hget("okex/test/tickers:BTC-USDT", "last") === "500",
    );
    assert.equal(run.service.view().stats.rows, 500);
    assert.equal(run.service.view().stats.dropped, 0);
  } finally {
    for (const connection of readers) connection.close();
  }
});
