/**
 * Messages of v3 decoded, deflated and plain, from recordings and by hand. The file is long because every kind of
 * message is one short test.
 */
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { CODECS } from "../../../../src/okx/codec.ts";
import type { Arg, DataFrame, Frame } from "../../../../src/okx/frame.ts";
import {
  chunkV3Args,
  decodeV3,
  encodeV3Login,
  encodeV3Request,
  inflateFrame,
  MAX_INFLATED,
  MAX_V3_REQUEST,
} from "../../../../src/okx/v3/wire.ts";
import { captureNames, readCapture, readFixture } from "../../../support/captures.ts";
import { anyText } from "../../../support/any_text.ts";

type Recorded = { readonly frameBase64: string; readonly text: string };

const TICKER = { last: "1.5", instrument_id: "ETH-USDT", timestamp: "2021-04-17T16:49:46.174Z" };

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(deflateRawSync(text));
}

/** What a binary frame with this value decodes to. */
async function decode(value: unknown): Promise<readonly Frame[]> {
  return await decodeV3(bytesOf(typeof value === "string" ? value : JSON.stringify(value)).buffer);
}

async function decodeData(value: unknown): Promise<readonly DataFrame[]> {
  const frames = await decode(value);
  for (const { kind } of frames) assert.equal(kind, "data");
  return frames as readonly DataFrame[];
}

async function reasonOf(bytes: Uint8Array<ArrayBuffer>, maxBytes?: number): Promise<string> {
  const result = await inflateFrame(bytes, maxBytes);
  assert.ok("reason" in result, "it could be inflated");
  return result.reason;
}

async function assertInflates(line: string): Promise<void> {
  const { frameBase64, text } = JSON.parse(line) as Recorded;
  const bytes = Uint8Array.from(atob(frameBase64), (char) => char.charCodeAt(0));
  assert.deepEqual(await inflateFrame(bytes), { text });
  const frames = await decodeV3(bytes.buffer);
  assert.deepEqual(frames, decodeV3(text));
  const { event, table, data } = JSON.parse(text);
  assert.equal(frames.length, 1);
  const [frame] = frames as [Frame];
  assert.equal(frame.kind, event === undefined ? "data" : "ack");
  if (frame.kind !== "data") return;
  assert.deepEqual(frame.arg, { channel: table, instId: data[0].instrument_id });
  assert.deepEqual(frame.rows, data);
  assert.equal(frame.text, text);
}

Deno.test("decodeV3() reads original raw-deflate frames to their recorded text", async (t) => {
  for (const [i, line] of readFixture("v3/raw_deflate_frames.jsonl").entries()) {
    await t.step(`frame ${i + 1}`, () => assertInflates(line));
  }
});

for (const name of captureNames(/^v3\..*raw-deflate-frames\.jsonl$/)) {
  Deno.test(`decodeV3() reads every frame of ${name} to its text`, async () => {
    for (const line of readCapture(name)) await assertInflates(line);
  });
}

for (const name of captureNames(/^(doc\.)?v3\.(?!.*(raw-deflate|requests|depth-row))/)) {
  Deno.test(`decodeV3() names every message of ${name}`, async () => {
    for (const line of readCapture(name)) {
      const frames = await decode(line);
      assert.ok(frames.length > 0, line);
      for (const frame of frames) {
        assert.notEqual(frame.kind, "unknown", line);
        if (frame.kind === "data") assert.notEqual(frame.arg.instId, "", line);
      }
    }
  });
}

Deno.test("decodeV3() answers a binary frame with a promise and a text at once", async () => {
  assert.ok(decodeV3(bytesOf("pong").buffer) instanceof Promise);
  assert.deepEqual(decodeV3("pong"), [{ kind: "pong" }]);
  assert.deepEqual(await decode("pong"), [{ kind: "pong" }]);
});

Deno.test("decodeV3() returns an ack with the arg that its channel names", async (t) => {
  const cases: readonly (readonly [string, Arg])[] = [
    ["spot/ticker:ETH-USDT", { channel: "spot/ticker", instId: "ETH-USDT" }],
    ["futures/account:BTC-USDT", { channel: "futures/account", instId: "BTC-USDT" }],
    ["futures/instruments", { channel: "futures/instruments" }],
  ];
  for (const op of ["subscribe", "unsubscribe"] as const) {
    for (const [channel, arg] of cases) {
      await t.step(`${op} ${channel}`, async () => {
        const event = { event: op, channel };
        assert.deepEqual(await decode(event), [{ kind: "ack", op, arg, id: undefined, event }]);
      });
    }
  }
});

Deno.test("decodeV3() returns an error with its code as text and its message", async () => {
  const message = "Channel spot/trade:BTC-USD-SWAP doesn't exist";
  const event = { event: "error", message, errorCode: 30040 };
  assert.deepEqual(await decode(event), [{ kind: "error", code: "30040", message, id: undefined, event }]);
});

Deno.test("decodeV3() returns a login for a success, as a value or as a text, and an error otherwise", async () => {
  for (const success of [true, "true"]) {
    const event = { event: "login", success };
    assert.deepEqual(await decode(event), [{ kind: "login", event }]);
  }
  const event = { event: "login", success: false };
  assert.deepEqual(await decode(event), [{
    kind: "error",
    code: "30027",
    message: "",
    id: undefined,
    event,
  }]);
});

Deno.test("decodeV3() returns a notice for every other event", async () => {
  const event = { event: "something", message: "new", errorCode: 1 };
  assert.deepEqual(await decode(event), [{ kind: "notice", code: "1", message: "new", event }]);
});

Deno.test("decodeV3() says of what it cannot read why", async (t) => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ["no JSON", "{", /not a JSON object/],
    ["a list", [1], /not a JSON object/],
    ["an empty frame", "", /not a JSON object/],
    ["an ack without a channel", { event: "subscribe" }, /without channel/],
    ["a table without data", { table: "spot/ticker" }, /neither event nor push/],
    ["a v5 push", { arg: { channel: "tickers" }, data: [] }, /neither event nor push/],
  ];
  for (const [what, value, reason] of cases) {
    await t.step(what, async () => {
      const [frame, ...others] = await decode(value);
      assert.equal(others.length, 0);
      assert.ok(frame?.kind === "unknown");
      assert.match(frame.reason, reason);
    });
  }
});

Deno.test("decodeV3() keeps the text of a push of one instrument", async () => {
  const text = JSON.stringify({ table: "spot/ticker", data: [TICKER, TICKER] }, null, 1);
  const [frame, ...others] = await decodeData(text);
  assert.deepEqual(others, []);
  assert.deepEqual(frame, {
    kind: "data",
    arg: { channel: "spot/ticker", instId: "ETH-USDT" },
    rows: [TICKER, TICKER],
    action: undefined,
    text,
    // With white space in it, rows are not cut out of it.
    rowsAt: -1,
  });
});

Deno.test("decodeV3() splits a push by instrument, in the order of the push, with its action", async () => {
  const level = (instrument_id: string, checksum: number) => ({
    instrument_id,
    bids: [],
    asks: [],
    checksum,
  });
  const data = [level("A-B", 1), level("C-D", 2), level("A-B", 3)];
  const frames = await decodeData({ table: "spot/depth", action: "update", data });
  assert.deepEqual(frames.map(({ arg, action }) => [arg.instId, action]), [["A-B", "update"], [
    "C-D",
    "update",
  ]]);
  assert.deepEqual(frames.map(({ rows }) => rows), [[data[0], data[2]], [data[1]]]);
  assert.deepEqual(frames.map(({ text }) => JSON.parse(text)), [
    { table: "spot/depth", action: "update", data: [data[0], data[2]] },
    { table: "spot/depth", action: "update", data: [data[1]] },
  ]);
});

Deno.test("decodeV3() finds what a subscription names in the rows of each channel", async (t) => {
  const instrument_id = "BTC-USD-210604-30000-P";
  const cases: readonly (readonly [string, unknown, string])[] = [
    ["spot/ticker", TICKER, "ETH-USDT"],
    ["spot/candle60s", { candle: [], instrument_id: "BTC-USDT" }, "BTC-USDT"],
    ["spot/account", { currency: "ETH", balance: "1" }, "ETH"],
    ["spot/margin_account", { "currency:BTC": {}, instrument_id: "BTC-USDT" }, "BTC-USDT"],
    ["swap/position", { holding: [], instrument_id: "BTC-USD-SWAP" }, "BTC-USD-SWAP"],
    ["option/summary", { instrument_id, underlying: "BTC-USD" }, "BTC-USD"],
    ["option/account", { underlying: "BTC-USD", currency: "BTC" }, "BTC-USD"],
    ["option/position", { instrument_id }, "BTC-USD"],
    ["option/order", { instrument_id, order_id: "1" }, "BTC-USD"],
    ["option/ticker", { instrument_id }, instrument_id],
    ["futures/account", { "BTC-USDT": { equity: "1" } }, "BTC-USDT"],
    ["futures/instruments", { instrument_id: "BTC-USD-210625" }, ""],
    ["system/status", { title: "Upgrade" }, ""],
    ["unknown/table", { instrument_id: "X" }, "X"],
    ["spot/ticker", { last: "1" }, ""],
  ];
  for (const [table, row, instId] of cases) {
    await t.step(`${table} ${instId}`, async () => {
      const [frame] = await decodeData({ table, data: [row] });
      assert.deepEqual(frame?.arg, { channel: table, instId });
      assert.deepEqual(frame.rows, [row]);
    });
  }
});

Deno.test("decodeV3() splits a futures account by its members", async () => {
  const data = [{ BTC: { equity: "1" }, "ETH-USDT": { equity: "2" } }];
  const frames = await decodeData({ table: "futures/account", data });
  assert.deepEqual(frames.map(({ arg, rows }) => [arg.instId, rows]), [
    ["BTC", [{ BTC: { equity: "1" } }]],
    ["ETH-USDT", [{ "ETH-USDT": { equity: "2" } }]],
  ]);
});

Deno.test("decodeV3() takes the list of futures that stands inside a list", async () => {
  const rows = [{ instrument_id: "BTC-USD-210625" }, { instrument_id: "BTC-USDT-210625" }];
  for (const data of [rows, [rows]]) {
    const frames = await decodeData({ table: "futures/instruments", data });
    assert.deepEqual(frames.map((frame) => frame.rows), [rows]);
    assert.equal(frames[0]?.text, JSON.stringify({ table: "futures/instruments", data }));
  }
});

Deno.test("decodeV3() makes no frame of a push without rows", async () => {
  assert.deepEqual(await decode({ table: "spot/trade", data: [] }), []);
  assert.deepEqual(await decode({ table: "spot/trade", data: [null, 1, "x"] }), []);
});

Deno.test("decodeV3() keeps the text of numbers that are no texts, and the checksum a number", async () => {
  const row = '{"instrument_id":"A-B","price":0.10,"trade_id":12345678901234567890,"n":-1e3,"checksum":-5}';
  const [frame] = await decodeData(`{"table":"spot/trade","data":[${row}]}`);
  assert.deepEqual(frame?.rows, [{
    instrument_id: "A-B",
    price: "0.10",
    trade_id: "12345678901234567890",
    n: "-1e3",
    checksum: -5,
  }]);
  const [candle] = await decodeData(
    '{"table":"spot/candle60s","data":[{"candle":["t",0.10, 2.0],"instrument_id":"A-B"}]}',
  );
  assert.deepEqual(candle?.rows, [{ candle: ["t", "0.10", "2.0"], instrument_id: "A-B" }]);
});

Deno.test("inflateFrame() stops at a frame that blows up, long before it is whole", async () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(256 * 1024 * 1024)));
  assert.ok(bomb.length < 300_000);
  const before = Deno.memoryUsage().external;
  assert.match(await reasonOf(bomb), new RegExp(`more than ${MAX_INFLATED} bytes`));
  assert.ok(Deno.memoryUsage().external - before < 64 * 1024 * 1024);
  const [frame] = await decodeV3(bomb.buffer);
  assert.equal(frame?.kind, "unknown");
});

Deno.test("inflateFrame() takes a text of exactly the size that is allowed", async () => {
  const text = "x".repeat(1000);
  assert.deepEqual(await inflateFrame(bytesOf(text), 1000), { text });
  assert.match(await reasonOf(bytesOf(text), 999), /more than 999 bytes/);
});

Deno.test("inflateFrame() inflates what is longer than a piece", async () => {
  // Hardly compressible, so that the frame has many pieces.
  const text = Array.from({ length: 40_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 0).toString(36)).join(
    "é",
  );
  assert.ok(bytesOf(text).length > 100_000);
  assert.deepEqual(await inflateFrame(bytesOf(text)), { text });
});

Deno.test("inflateFrame() says of broken bytes that they are", async (t) => {
  const good = bytesOf(JSON.stringify({ table: "spot/ticker", data: [TICKER] }));
  const cases: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
    ["no deflate", new Uint8Array([0xff, 0xff, 0xff, 0xff])],
    ["something after the end", new Uint8Array([...good, 1, 2, 3])],
    ["no UTF-8", new Uint8Array(deflateRawSync(new Uint8Array([0x22, 0xc3, 0x28, 0x22])))],
  ];
  for (const [what, bytes] of cases) {
    await t.step(what, async () => {
      await reasonOf(bytes);
      const [frame] = await decodeV3(bytes.buffer);
      assert.equal(frame?.kind, "unknown");
    });
  }
  await t.step("a part of a frame", async () => {
    const [frame] = await decodeV3(good.slice(0, good.length >> 1).buffer);
    assert.equal(frame?.kind, "unknown");
  });
});

Deno.test("decodeV3() never throws or rejects, whatever the bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    const frames = await decodeV3(new Uint8Array(bytes).buffer);
    for (const { kind } of frames) assert.ok(kind === "unknown" || kind === "data");
  }));
  await fc.assert(fc.asyncProperty(fc.json(), async (text) => {
    await decode(text);
  }));
});

Deno.test("encodeV3Request() writes args as paths", () => {
  const args = [{ channel: "spot/ticker", instId: "ETH-USDT" }, { channel: "futures/instruments" }];
  assert.equal(
    encodeV3Request("subscribe", args),
    '{"op":"subscribe","args":["spot/ticker:ETH-USDT","futures/instruments"]}',
  );
});

Deno.test("encodeV3Login() writes a list of four texts", () => {
  const signed = { apiKey: "k", passphrase: "p", timestamp: "1", sign: "s" };
  assert.equal(encodeV3Login(signed), '{"op":"login","args":["k","p","1","s"]}');
});

Deno.test("chunkV3Args() keeps every request below 4096 bytes and loses nothing", () => {
  const arg = fc.record({
    channel: fc.constantFrom("spot/ticker", "futures/candle604800s", "option/depth_l2_tbt"),
    instId: anyText({ maxLength: 180 }),
  });
  fc.assert(fc.property(fc.array(arg, { maxLength: 300 }), (args) => {
    const chunks = chunkV3Args(args);
    assert.deepEqual(chunks.flat(), args);
    for (const op of ["subscribe", "unsubscribe"] as const) {
      for (const chunk of chunks) {
        assert.ok(new TextEncoder().encode(encodeV3Request(op, chunk)).length < MAX_V3_REQUEST);
      }
    }
  }));
});

Deno.test("chunkV3Args() fills its requests", () => {
  const args = Array.from({ length: 500 }, (_, i) => ({ channel: "spot/ticker", instId: `C${i}-USDT` }));
  const sizes = chunkV3Args(args).map((chunk) => encodeV3Request("unsubscribe", chunk).length);
  assert.ok(sizes.slice(0, -1).every((size) => size > MAX_V3_REQUEST - 40), String(sizes));
});

Deno.test("the v5 codec decodes at once and takes no binary frame", () => {
  const { v5 } = CODECS;
  assert.deepEqual(v5.decode("pong"), [{ kind: "pong" }]);
  assert.deepEqual(v5.decode(new ArrayBuffer(1)), [{ kind: "unknown", reason: "binary" }]);
});

Deno.test("both codecs ping with the text ping", () => {
  assert.deepEqual(Object.values(CODECS).map(({ name, ping }) => [name, ping]), [["v5", "ping"], [
    "v3",
    "ping",
  ]]);
});
