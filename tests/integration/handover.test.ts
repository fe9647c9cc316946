/** Notice 64008: the exchange will end a connection, and another takes its place before it does. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const P = "okex/test";

Deno.test("a connection that was given notice is replaced without a row lost or doubled", async () => {
  await using mock = await startMock({ rate: 100 });
  const trades = ["trades:BTC-USDT", "trades:ETH-USDT"];
  await using run = await startService({
    endpoint: mock.url,
    channels: [...trades, "tickers:BTC-USDT", "spot/trade:BTC-USDT", "books:BTC-USDT"],
    settings: { MAX_ROW: 100_000 },
    timing: { overlapMs: 200 },
  });
  await using subscriber = await startSubscriber(run.redisUrl, `${P}/books`, `${P}/status`);
  const ids = async (path: string) => {
    const entries = await run.redis.xrange(`${P}/${path}`, "-", "+");
    return entries.map(([, fields]) => {
      const at = (name: string) => Number(fields[fields.indexOf(name) + 1]);
      return { last: at("tradeId"), count: at("count") };
    });
  };
  await waitFor("trades", async () => (await ids("trades:ETH-USDT")).length > 20);
  const [before] = run.service.view().servers[0]?.connections ?? [];
  subscriber.messages.length = 0;

  mock.command("notice=20s");
  await waitFor("the replacement", () => run.service.view().stats.handovers === 1);
  const { rows } = run.service.view().stats;
  await waitFor("more rows", () => run.service.view().stats.rows > rows + 200);
  mock.command("pause");

  const [after, ...others] = run.service.view().servers[0]?.connections ?? [];
  assert.equal(others.length, 0);
  assert.notEqual(after?.connId, before?.connId);
  for (const path of trades) {
    const [, instrument = ""] = path.split(":");
    const sent = mock.lastSent("trades", instrument) as { tradeId: string };
    await waitFor(
      "the last trade",
      async () => (await ids(path)).some(({ last }) => last === Number(sent.tradeId)),
    );
    // While both connections deliver, what one of them brings may overtake the other.
    const list = (await ids(path)).toSorted((a, b) => a.last - b.last);
    for (const [i, { last, count }] of list.entries()) {
      if (i > 0) assert.equal(last - count, list[i - 1]?.last, `${path}: no trade is missing or there twice`);
    }
  }
  const legacy = await run.redis.zrange(`${P}/spot/trade`, "-1", "-1");
  assert.equal(legacy.length, 1);
  // Every push of the book follows the one before it, across the change.
  let seqId: number | undefined;
  const pushes = subscriber.on(`${P}/books`).map((text) => JSON.parse(text) as BookPush);
  assert.ok(pushes.length > 50, String(pushes.length));
  for (const { data: [row], action } of pushes) {
    assert.ok(row !== undefined, `${action}: a push of the book has a row`);
    if (seqId !== undefined) assert.equal(row.prevSeqId, seqId, `${action}: the book has no gap`);
    seqId = row.seqId;
  }
  const { seqId: last, asks, bids } = mock.lastSent("books", "BTC-USDT") as Record<string, unknown>;
  const book = await waitFor("the exchange's last book", async () => {
    const row = await run.redis.hgetall(`${P}/books:BTC-USDT`);
    return row.seqId === String(last) ? row : undefined;
  });
  assert.equal(book.state, "live");
  const all = await run.client.get("test", "books:BTC-USDT", { n: 400 }) as Record<string, string>;
  assert.equal(all.seqId, String(last));
  assert.deepEqual([all.asks, all.bids].map((side) => JSON.parse(side ?? "")), [asks, bids]);
  assert.deepEqual(subscriber.on(`${P}/status`).filter((text) => text !== "ON_DATA"), []);
  // Where the old connection is read long after the new one, what it still brings was fetched before: nothing is missing.
  const records = await run.redis.xrange(`${P}/gaps`, "-", "+");
  assert.deepEqual(records.filter(([, fields]) => !fields.includes("filled")), []);
  assert.equal((await run.sub("trades:BTC-USDT"))?.connection, "public#2");
});

type BookPush = {
  readonly action: string;
  readonly data: readonly { readonly seqId: number; readonly prevSeqId: number }[];
};

Deno.test("what the old connection brought before the new one is not taken again after the end of the old one", async () => {
  await using okx = startFakeOkx();
  const trades = { channel: "trades", instId: "BTC-USDT" };
  const events = { channel: "liquidation-orders", instType: "SWAP" };
  const liquidation = (sz: string) => ({ instType: "SWAP", instId: "BTC-USDT-SWAP", details: [{ sz }] });
  const trade = (id: number) => ({
    instId: "BTC-USDT",
    tradeId: String(id),
    px: "1",
    ts: String(Date.now()),
  });
  await using run = await startService({
    endpoint: okx.url,
    channels: ["trades:BTC-USDT", "liquidation-orders:SWAP"],
    timing: { overlapMs: 50 },
  });
  const subscribed = () => okx.at("public").filter((each) => each.asked("subscribe").length > 1);
  await waitFor("the first connection", () => subscribed().length === 1);
  const [old] = subscribed();
  old?.send({ event: "notice", code: "64008", msg: "soon", connId: "a" });
  await waitFor("the second connection", () => subscribed().length === 2);
  const fresh = subscribed()[1];
  for (const connection of [old, fresh]) connection?.push(trades, [trade(1)]);
  // Only the old one has these yet.
  old?.push(trades, [trade(2), trade(3)]);
  old?.push(events, [liquidation("1"), liquidation("1")]);
  await waitFor("the replacement", () => run.service.view().stats.handovers === 1);
  await waitFor("its rows", async () => await run.redis.xlen(`${P}/liquidation-orders:SWAP`) === 2);
  fresh?.push(trades, [trade(2), trade(3), trade(4)]);
  fresh?.push(events, [liquidation("1"), liquidation("1"), liquidation("1"), liquidation("2")]);
  await waitFor("the last row", async () => {
    const [last] = await run.redis.xrevrange(`${P}/liquidation-orders:SWAP`, "+", "-", "COUNT", 1);
    return last?.[1].join(" ").includes('"sz":"2"');
  });
  const entries = await run.redis.xrange(`${P}/trades:BTC-USDT`, "-", "+");
  const ids = entries.map(([, fields]) => fields[fields.indexOf("tradeId") + 1]);
  assert.deepEqual(ids, ["1", "2", "3", "4"]);
  assert.equal(await run.redis.xlen(`${P}/liquidation-orders:SWAP`), 4);
});

Deno.test("a second notice replaces the replacement, and names are used again", async () => {
  await using mock = await startMock({ rate: 100 });
  const channels = ["tickers:BTC-USDT", "trades:BTC-USDT"];
  await using run = await startService({ endpoint: mock.url, channels, timing: { overlapMs: 50 } });
  const live = (path: string) => async () => (await run.sub(path))?.state === "live";
  for (const path of channels) await waitFor(path, live(path));
  for (const [i, name] of ["public#2", "public", "public#2"].entries()) {
    mock.command("notice=20s");
    await waitFor("the replacement", () => run.service.view().stats.handovers === i + 1);
    const [server] = run.service.view().servers;
    assert.deepEqual(server?.connections.map(({ endpoint }) => endpoint), [name]);
    for (const path of channels) await waitFor(path, live(path));
  }
});

Deno.test("where the exchange ends the connection before the replacement flows, that is said", async () => {
  const dials: string[] = [];
  await using okx = startFakeOkx((connection) => {
    dials.push(connection.endpoint);
    return dials.length === 2 ? { handshake: "hang" } : {};
  });
  await using run = await startService({
    endpoint: okx.url,
    channels: ["tickers:BTC-USDT"],
    timing: { dialMs: 3000 },
  });
  await using subscriber = await startSubscriber(run.redisUrl, `${P}/status`);
  const state = async () => (await run.sub("tickers:BTC-USDT"))?.state;
  await waitFor("live", async () => await state() === "live");
  const first = okx.current();
  first?.send({ event: "notice", code: "64008", msg: "The connection will soon be closed", connId: "a" });
  await waitFor("the second dial", () => dials.length === 2);
  assert.equal(await state(), "live");
  first?.drop();
  await waitFor("the state", async () => await state() !== "live");
  await waitFor("the status", () => subscriber.messages.some(({ message }) => message === "DISCONNECTED"));
  await waitFor("live again", async () => await state() === "live", { deadlineMs: 20_000 });
  await waitFor("connected", () => subscriber.messages.at(-1)?.message === "CONNECTED");
});

Deno.test("what is subscribed and unsubscribed during a replacement ends up where it should", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    channels: ["tickers:BTC-USDT", "tickers:ETH-USDT"],
    timing: { overlapMs: 50 },
  });
  const states = () => run.service.view().servers[0]?.subscriptions ?? [];
  await waitFor("live", () => states().length === 2 && states().every(({ state }) => state === "live"));
  okx.plan({ answer: () => [] });
  okx.current()?.send({ event: "notice", code: "64008", msg: "soon", connId: "a" });
  await waitFor(
    "the new connection to be asked",
    () => (okx.at("public")[1]?.asked("subscribe").length ?? 0) > 0,
  );
  await run.client.unsubscribe("test", "tickers:ETH-USDT");
  const added = run.client.subscribe("test", "tickers:XRP-USDT");
  await waitFor(
    "the request",
    () => okx.at("public")[1]?.asked("subscribe").some(({ instId }) => instId === "XRP-USDT"),
  );
  const second = okx.at("public")[1];
  for (const instId of ["BTC-USDT", "XRP-USDT"]) {
    second?.push({ channel: "tickers", instId }, [{ instId, last: "1", ts: "1700000000000" }]);
  }
  await added;
  await waitFor("the replacement", () => run.service.view().stats.handovers === 1);
  assert.deepEqual(states().map(({ path, state, connection }) => [path, state, connection]), [
    ["tickers:BTC-USDT", "live", "public#2"],
    ["tickers:XRP-USDT", "live", "public#2"],
  ]);
  await waitFor("the old one to end", () => okx.at("public")[0]?.open === false);
});
