/** Order books through the running service: what Redis holds is what the exchange has, whatever happens on the way. */
import assert from "node:assert/strict";
import { type Mock, startMock } from "../support/mock.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const BOOK_TIMING = { books: { snapshotMs: 1000, silentMs: 1500 } };

/** Where no book may be asked for again but for the fault of the test, however slow the machine. */
const PATIENT = { books: { snapshotMs: 60_000, silentMs: 60_000 } };

type Levels = readonly (readonly string[])[];

/** What the exchange last sent of a book, as prices and sizes. */
function sent(mock: Mock, channel: string, instId: string): { bids: Levels; asks: Levels } {
  return mock.lastSent(channel, instId) as { bids: Levels; asks: Levels };
}

async function cached(
  running: Running,
  path: string,
): Promise<{ bids: Levels; asks: Levels; state: string }> {
  const row = await running.redis.hgetall(`okex/test/${path}`);
  return { bids: JSON.parse(row.bids ?? "[]"), asks: JSON.parse(row.asks ?? "[]"), state: row.state ?? "" };
}

/** Waits until Redis holds exactly the book that the paused exchange has. */
async function assertSame(running: Running, mock: Mock, channel: string, instId: string): Promise<void> {
  mock.command("pause");
  await waitFor(`${channel}:${instId} to be equal`, async () => {
    const book = await cached(running, `${channel}:${instId}`);
    const truth = sent(mock, channel, instId);
    assert.equal(book.state, "live");
    const kept = channel === "books" ? 25 : 400;
    assert.deepEqual(book.bids, truth.bids.slice(0, kept));
    assert.deepEqual(book.asks, truth.asks.slice(0, kept));
    const all = await running.client.get("test", `${channel}:${instId}`, { n: 400 }) as Record<
      string,
      string
    >;
    assert.deepEqual(JSON.parse(all.bids ?? ""), truth.bids);
    assert.deepEqual(JSON.parse(all.asks ?? ""), truth.asks);
    return true;
  });
  mock.command("resume");
}

Deno.test("a book in Redis equals the exchange's book level by level", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startService({ endpoint: mock.url, channels: ["books:BTC-USDT"] });
  await waitFor("increments", async () => ((await running.sub("books:BTC-USDT"))?.rows ?? 0) > 30);
  await assertSame(running, mock, "books", "BTC-USDT");
  assert.equal((await running.redis.hgetall("okex/test/books:BTC-USDT")).seqId?.length! > 0, true);
});

for (const fault of ["gap", "crossed"]) {
  Deno.test(`a book with a ${fault} says syncing before it is rebuilt, and is rebuilt alone`, async () => {
    await using mock = await startMock({ rate: 50 });
    const channels = ["books:BTC-USDT", "books:ETH-USDT"];
    await using running = await startService({ endpoint: mock.url, channels, timing: PATIENT });
    await waitFor("both books", async () => (await cached(running, "books:ETH-USDT")).state === "live");
    await waitFor("both books", async () => (await cached(running, "books:BTC-USDT")).state === "live");
    const before = mock.stats().requests;
    const other = (await running.sub("books:ETH-USDT"))?.since;
    // The new snapshot waits, so that the state between can be seen.
    mock.command("late-snapshot 1500ms");
    mock.command(`${fault} books:BTC-USDT`);
    await waitFor("the book and its subscription to be syncing", async () => {
      const both = running.redis.multi().hget("okex/test/books:BTC-USDT", "state").hget(
        "okex/test/subs",
        "books:BTC-USDT",
      );
      const [book, sub] = (await both.exec() ?? []).map(([, value]) => String(value));
      return book === "syncing" && JSON.parse(sub ?? "{}").state === "syncing";
    });
    await waitFor("live again", async () => (await cached(running, "books:BTC-USDT")).state === "live");
    await assertSame(running, mock, "books", "BTC-USDT");
    assert.equal(running.service.view().stats.gaps, 1);
    assert.equal(mock.stats().requests - before, 2, "one unsubscribe and one subscribe");
    assert.equal((await running.sub("books:ETH-USDT"))?.since, other, "the other book was not touched");
  });
}

Deno.test("a snapshot that comes before the answers to the mending requests is taken", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startService({
    endpoint: mock.url,
    channels: ["books:BTC-USDT"],
    timing: { books: { snapshotMs: 60_000, silentMs: 60_000 } },
  });
  await waitFor("the book", async () => (await cached(running, "books:BTC-USDT")).state === "live");
  mock.command("late-ack 1500ms");
  mock.command("gap books:BTC-USDT");
  await waitFor("the gap", () => running.service.view().stats.gaps === 1);
  await waitFor("live", async () => (await cached(running, "books:BTC-USDT")).state === "live");
  mock.command("late-ack off");
  await assertSame(running, mock, "books", "BTC-USDT");
  assert.equal(running.service.view().stats.gaps, 1);
});

Deno.test("a duplicate increment and a reset of the numbers are no gaps and end in the exchange's book", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startService({
    endpoint: mock.url,
    channels: ["books:BTC-USDT"],
    timing: BOOK_TIMING,
  });
  await waitFor("the book", async () => (await cached(running, "books:BTC-USDT")).state === "live");
  mock.command("reset");
  mock.command("duplicate books:BTC-USDT");
  await waitFor("more", async () => ((await running.sub("books:BTC-USDT"))?.rows ?? 0) > 20);
  assert.equal(running.service.view().stats.gaps, 0);
  await assertSame(running, mock, "books", "BTC-USDT");
});

Deno.test("a book without a snapshot is built from a REST seed and what came meanwhile", async () => {
  await using mock = await startMock({ rate: 50, faults: "no-snapshot" });
  await using running = await startService({
    endpoint: mock.url,
    channels: ["books:BTC-USDT"],
    timing: BOOK_TIMING,
  });
  await waitFor("a seeded book", async () => (await cached(running, "books:BTC-USDT")).state === "live");
  await assertSame(running, mock, "books", "BTC-USDT");
});

Deno.test("a book whose snapshot comes late takes the snapshot", async () => {
  await using mock = await startMock({ rate: 50, faults: "late-snapshot=100ms" });
  await using running = await startService({
    endpoint: mock.url,
    channels: ["books:BTC-USDT"],
    timing: { books: { snapshotMs: 5000, silentMs: 5000 } },
  });
  await assertSame(running, mock, "books", "BTC-USDT");
});

Deno.test("gaps on many books at once share their requests", async () => {
  await using mock = await startMock({ rate: 20 });
  const ids = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "DOGE-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"];
  await using running = await startService({
    endpoint: mock.url,
    channels: ids.map((id) => `books:${id}`),
    // However busy the machine is, they are found within a few of these.
    timing: { ...BOOK_TIMING, tickMs: 1000 },
  });
  for (const id of ids) {
    await waitFor(id, async () => (await cached(running, `books:${id}`)).state === "live");
  }
  const before = mock.stats().requests;
  for (const id of ids) mock.command(`gap books:${id}`);
  await waitFor("all gaps", () => running.service.view().stats.gaps >= ids.length);
  for (const id of ids) await assertSame(running, mock, "books", id);
  assert.ok(mock.stats().requests - before <= 6, `${mock.stats().requests - before} requests`);
});

Deno.test("a lost connection marks books stale, and legacy depth keeps its v3 shape with a true checksum", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startService({ endpoint: mock.url, channels: ["spot/depth:BTC-USDT"] });
  const read = () => running.redis.hgetall("okex/test/spot/depth:BTC-USDT");
  await waitFor("the book", async () => (await read()).state === "live");
  const row = await read();
  assert.equal(row.instrument_id, "BTC-USDT");
  assert.match(row.timestamp ?? "", /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(JSON.parse(row.asks ?? "")[0].length, 3, "spot levels are price, size, count");
  assert.match(row.checksum ?? "", /^-?\d+$/);
  mock.command("silent on");
  mock.command("drop");
  await waitFor("stale", async () => (await read()).state === "stale");
  mock.command("silent off");
  await waitFor("live again", async () => (await read()).state === "live", { deadlineMs: 20_000 });
});

Deno.test("a book of a server that is closed, or that is no longer desired, says closed", async () => {
  await using mock = await startMock({ rate: 50 });
  const channels = ["books:BTC-USDT", "books:ETH-USDT", "books5:BTC-USDT"];
  await using running = await startService({ endpoint: mock.url, channels });
  for (const path of channels) {
    await waitFor(path, async () => (await cached(running, path)).state === "live");
  }
  await running.client.unsubscribe("test", "books:ETH-USDT");
  await waitFor("closed", async () => (await cached(running, "books:ETH-USDT")).state === "closed");
  await running.client.closeWs("test");
  await waitFor("closed", async () => (await cached(running, "books:BTC-USDT")).state === "closed");
  await waitFor("closed", async () => (await cached(running, "books5:BTC-USDT")).state === "closed");
});

Deno.test("a book that falls silent on a live connection is subscribed again, and no other", async () => {
  await using exchange = startFakeOkx();
  await using running = await startService({
    endpoint: exchange.url,
    channels: ["books:BTC-USDT", "tickers:BTC-USDT"],
    timing: { books: { snapshotMs: 60_000, silentMs: 400 } },
  });
  const arg = { channel: "books", instId: "BTC-USDT" };
  const snapshot = (seqId: number) => ({
    arg,
    action: "snapshot",
    data: [{ bids: [["1", "1", "0", "1"]], asks: [["2", "1", "0", "1"]], ts: "1", prevSeqId: -1, seqId }],
  });
  const said = () => exchange.at("public").flatMap((each) => each.requests).filter(({ op }) => op !== "ping");
  await waitFor(
    "the subscription",
    () => said().some(({ args }) => args.some(({ channel }) => channel === "books")),
  );
  exchange.current("public")?.send(snapshot(10));
  await waitFor("live", async () => (await cached(running, "books:BTC-USDT")).state === "live");
  await waitFor("syncing", async () => (await cached(running, "books:BTC-USDT")).state === "syncing");
  await waitFor("the new subscription", () => said().filter(({ op }) => op === "unsubscribe").length === 1);
  const [ended] = said().filter(({ op }) => op === "unsubscribe");
  assert.deepEqual(ended?.args, [arg]);
  await waitFor(
    "it to be wanted again",
    () =>
      said().filter(({ op, args }) => op === "subscribe" && args.some(({ channel }) => channel === "books"))
        .length === 2,
  );
  exchange.current("public")?.send(snapshot(20));
  await waitFor(
    "live again",
    async () => (await running.redis.hget("okex/test/books:BTC-USDT", "seqId")) === "20",
  );
});

Deno.test("a book that keeps breaking uses no more requests than the exchange allows, and says that it is not whole", async () => {
  await using mock = await startMock({ rate: 50 });
  await using running = await startService({
    endpoint: mock.url,
    channels: ["books:BTC-USDT"],
    timing: { ...PATIENT, requestsPerHour: 5 },
  });
  const state = async () => (await cached(running, "books:BTC-USDT")).state;
  // Asked of the service: what Redis has may still be of before the last gap.
  const isLive = () => running.service.view().servers[0]?.subscriptions[0]?.state === "live";
  for (let i = 1; i <= 2; i++) {
    await waitFor("live", isLive);
    mock.command("gap books:BTC-USDT");
    await waitFor("the gap", () => running.service.view().stats.gaps === i);
  }
  await waitFor("live", isLive);
  mock.command("gap books:BTC-USDT");
  await waitFor("the third gap", () => running.service.view().stats.gaps === 3);
  await waitFor("syncing", async () => (await state()) === "syncing");
  const { messages } = running.service.view().stats;
  await waitFor("the market to go on", () => running.service.view().stats.messages > messages + 20);
  // One to begin with, and two for each of the two that were mended; there is none left for the third.
  assert.equal(mock.stats().requests, 5);
  assert.equal((await running.sub("books:BTC-USDT"))?.state, "syncing");
});
