/**
 * Commands as nobody should send them, against a service in a process of its own: each is answered or refused, rows go
 * on arriving while they come, and neither memory nor the log grows with them.
 */
import assert from "node:assert/strict";
import { MAX_COMMANDS } from "../../../src/control/rate_limit.ts";
import { startHostileOkx } from "../../support/hostile_okx.ts";
import { openRedis, startSubscriber } from "../../support/service.ts";
import { type ServiceUnderTest, startServiceUnderTest } from "../../support/service_under_test.ts";
import { waitFor } from "../../support/wait.ts";

const CHANNEL = "trade-ws";
const KEY = "okex/test/tickers:BTC-USDT";

type Reply = { readonly event: string; readonly message: unknown; readonly errorCode: number };

async function ask(service: ServiceUnderTest, command: Record<string, unknown>): Promise<Reply> {
  const id = crypto.randomUUID();
  await service.redis.publish(CHANNEL, JSON.stringify({ id, ...command }));
  const text = await waitFor(
    `the reply to ${JSON.stringify(command).slice(0, 100)}`,
    () => service.redis.get(`trade-ws/info/${id}`),
    { deadlineMs: 60_000 },
  );
  return JSON.parse(text) as Reply;
}

function assertMemory(service: ServiceUnderTest, limitMb: number): void {
  const peak = service.peakMb();
  if (peak !== undefined) {
    assert.ok(peak < limitMb, `${Math.round(peak)} MB at the most, allowed are ${limitMb}`);
  }
}

Deno.test("commands of any length and depth are refused, and the next one is carried out", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({ endpoint: okx.url, channels: ["tickers:BTC-USDT"] });
  await using subscriber = await startSubscriber(service.redisUrl, "trade-ws/info*");
  const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const texts = [
    "x".repeat(30_000_000),
    JSON.stringify({ id: 1, op: "open", name: "a", args: { secret: "s".repeat(20_000_000) } }),
    `{"id":"deep","op":"subscribe","name":"test","args":${nest(30_000)}}`,
    `{"id":"deeper","op":"subscribe","name":"test","args":${nest(1_000_000)}}`,
    `{"id":"object","op":"open","name":"a","args":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`,
    JSON.stringify({
      id: "many",
      op: "subscribe",
      name: "test",
      args: Array.from({ length: 100_000 }, (_, i) => `tickers:A${i}`),
    }),
    ...["", "\0", "null", "[]", "1", '"', "{}", '{"op":1}', '{"op":"subscribe","name":"test"}'],
    ...[
      '{"op":"servers","id":{}}',
      '{"op":"servers","id":""}',
      '{"op":"servers","id":"a\\nb"}',
      '{"op":"__proto__"}',
    ],
    ...['{"op":"open","name":"../x"}', '{"op":"open","name":"*"}', '{"op":"open","name":"a\\u0000"}'],
    '{"__proto__":{"op":"quit_server"},"id":"p"}',
  ];
  for (const text of texts) await service.redis.publish(CHANNEL, text);
  await waitFor("a reply to each", () => subscriber.messages.length >= texts.length, { deadlineMs: 300_000 });
  for (const { message } of subscriber.messages) {
    const { event, errorCode } = JSON.parse(message) as Reply;
    assert.equal(event, "error", message.slice(0, 200));
    assert.ok([80010, 80013].includes(errorCode), message.slice(0, 200));
    assert.ok(message.length < 2000, `${message.length} characters`);
  }
  assert.deepEqual((await ask(service, { op: "servers" })).message, ["test"]);
  // The sources stay below 1000 MB; an executable of Deno 2.4.2 takes 1200 for the first of these messages.
  assertMemory(service, Deno.env.get("OKWS_BIN") === undefined ? 1000 : 1400);
});

Deno.test("ten thousand commands a second for four seconds are answered or refused while rows go on arriving", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({ endpoint: okx.url, channels: ["tickers:BTC-USDT"] });
  await waitFor("the exchange", () => okx.socket()?.requests.length);
  await using subscriber = await startSubscriber(service.redisUrl, "trade-ws/info/flood-*");
  await using second = await openRedis(service.redisUrl);
  const ops = [
    { op: "servers" },
    { op: "status" },
    { op: "subscribe", name: "test", args: ["tickers:BTC-USDT"] },
    { op: "unsubscribe", name: "test", args: ["tickers:NOBODY"] },
    { op: "open", name: "nobody", args: { endpoint: "nowhere" } },
    { op: "nonsense" },
  ];
  let row = 0;
  let slowest = 0;
  const arrive = async () => {
    const last = String(++row);
    const start = performance.now();
    await okx.push({ channel: "tickers", instId: "BTC-USDT" }, [{
      instId: "BTC-USDT",
      last,
      ts: "1700000000000",
    }]);
    await waitFor(`row ${last}`, async () => await service.redis.hget(KEY, "last") === last, {
      deadlineMs: 20_000,
    });
    slowest = Math.max(slowest, performance.now() - start);
  };
  await arrive();
  const start = performance.now();
  let sent = 0;
  for (let tick = 0; tick < 40; tick++) {
    const batch = second.redis.pipeline();
    for (let i = 0; i < 1000; i++) {
      batch.publish(CHANNEL, JSON.stringify({ id: `flood-${sent}`, ...ops[sent % ops.length] }));
      sent += 1;
    }
    await batch.exec();
    if (tick % 4 === 0) await arrive();
    const ahead = start + (tick + 1) * 100 - performance.now();
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  await waitFor("an answer to each", () => subscriber.messages.length >= sent, { deadlineMs: 60_000 });
  const seconds = (performance.now() - start) / 1000;
  assert.equal(subscriber.messages.length, sent);
  const codes = new Map<number, number>();
  let carriedOut = 0;
  for (const { channel, message } of subscriber.messages) {
    const { errorCode } = JSON.parse(message) as Reply;
    codes.set(errorCode, (codes.get(errorCode) ?? 0) + 1);
    // Whatever cannot be read is answered so, however many come.
    const { op } = ops[Number(channel.split("-").at(-1)) % ops.length] ?? {};
    if (errorCode !== 80014 && op !== "nonsense") carriedOut += 1;
  }
  // Where the machine is too slow to bring more than are carried out in a second, none need be refused.
  const refused = codes.get(80014) ?? 0;
  assert.ok(carriedOut <= MAX_COMMANDS * (seconds + 1), `${carriedOut} in ${seconds} s`);
  assert.ok((codes.get(80000) ?? 0) > 1000, JSON.stringify([...codes]));
  assert.ok(slowest < 60_000, `${Math.round(slowest)} ms for a row`);
  await waitFor("commands are carried out again", async () => {
    return (await ask(service, { op: "servers" })).errorCode === 80000;
  });
  const logged = service.program.stderr.length;
  // So many commands of a second are logged one by one, and each kind of warning once in ten seconds.
  assert.ok(logged < 50 * (seconds + 2) + 200, `${logged} lines in ${seconds} s`);
  assert.equal(service.lines("Commands are refused").length >= 1, refused > 0);
  assertMemory(service, 1000);
});

Deno.test("servers and subscriptions by command have an end, and others still work", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({ endpoint: okx.url, channels: ["tickers:BTC-USDT"] });
  await using subscriber = await startSubscriber(service.redisUrl, "trade-ws/info/*");
  for (let i = 0; i < 1500; i++) {
    const command = { id: `open-${i}`, op: "open", name: `s${i}`, args: { endpoint: okx.url } };
    await service.redis.publish(CHANNEL, JSON.stringify(command));
  }
  await waitFor("an answer to each", () => subscriber.messages.length >= 1500, { deadlineMs: 60_000 });
  const names = (await ask(service, { op: "servers" })).message as string[];
  assert.equal(names.length, 100);
  const refusals = subscriber.messages.map(({ message }) => JSON.parse(message) as Reply).filter((
    { errorCode },
  ) => errorCode === 80014);
  assert.ok(refusals.length >= 1401, `${refusals.length} refusals`);

  let wanted = 1;
  let refused: Reply | undefined;
  for (let round = 0; round < 40 && refused === undefined; round++) {
    const args = Array.from({ length: 2000 }, (_, i) => `tickers:R${round}-${i}`);
    const reply = await ask(service, { op: "subscribe", name: "test", args });
    if (reply.errorCode === 80000) wanted += args.length;
    else refused = reply;
  }
  assert.equal(refused?.errorCode, 80014, JSON.stringify(refused)?.slice(0, 300));
  assert.ok(wanted <= 20_001, `${wanted} subscriptions`);
  assert.equal(
    (await ask(service, { op: "unsubscribe", name: "test", args: ["tickers:R0-0"] })).errorCode,
    80000,
  );
  assert.equal((await ask(service, { op: "close", name: "s0" })).errorCode, 80000);
  assert.equal(
    (await ask(service, { op: "open", name: "again", args: { endpoint: okx.url } })).errorCode,
    80000,
  );
  assertMemory(service, 1200);
});

Deno.test("waiting for thousands of paths takes no time that others miss", async () => {
  await using okx = startHostileOkx();
  await using service = await startServiceUnderTest({ endpoint: okx.url, channels: ["tickers:BTC-USDT"] });
  const args = Array.from({ length: 4000 }, (_, i) => `tickers:W${i}`);
  const start = performance.now();
  const waiting = ask(service, { op: "subscribe", name: "test", args, wait: true, timeoutMs: 60_000 });
  while (performance.now() - start < 3000) {
    const asked = performance.now();
    await ask(service, { op: "servers" });
    assert.ok(performance.now() - asked < 30_000, "another command waited");
  }
  const reply = await waiting;
  assert.equal((reply.message as unknown[]).length, 4000);
});
