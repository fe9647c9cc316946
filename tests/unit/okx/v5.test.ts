/** Messages of v5 decoded, and what is said of those that cannot be. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Arg, Frame } from "../../../src/okx/frame.ts";
import { chunkArgs, decodeV5, encodeLogin, encodeRequest, MAX_REQUEST_BYTES } from "../../../src/okx/v5.ts";

const ARG: Arg = { channel: "tickers", instId: "BTC-USDT" };

function decode<K extends Frame["kind"]>(value: unknown, kind: K): Extract<Frame, { kind: K }> {
  const frame = decodeV5(typeof value === "string" ? value : JSON.stringify(value));
  assert.equal(frame.kind, kind);
  return frame as Extract<Frame, { kind: K }>;
}

function bytesOf(args: readonly Arg[]): number {
  return new TextEncoder().encode(JSON.stringify(args)).length;
}

Deno.test("decodeV5() returns a pong for the bare text only", () => {
  decode("pong", "pong");
  decode('"pong"', "unknown");
  decode("ping", "unknown");
});

Deno.test("decodeV5() returns an ack for a subscribe event", () => {
  const event = { id: "a17", event: "subscribe", arg: ARG, connId: "a4d3ae55" };
  assert.deepEqual(decode(event, "ack"), { kind: "ack", op: "subscribe", arg: ARG, id: "a17", event });
});

Deno.test("decodeV5() returns an ack for an unsubscribe event, also for one without an id", () => {
  const event = { event: "unsubscribe", arg: ARG, connId: "d0b44253" };
  const frame = decode(event, "ack");
  assert.equal(frame.op, "unsubscribe");
  assert.equal(frame.id, undefined);
  assert.equal(frame.event.connId, "d0b44253");
});

Deno.test("decodeV5() returns an error with its code as text, its message and the id of its request", () => {
  const message = "Wrong URL or channel:index-tickers, instId:NEAR-USDT-SWAP doesn't exist.";
  const event = { id: "a17", event: "error", code: "60018", msg: message, connId: "94d38802" };
  assert.deepEqual(decode(event, "error"), { kind: "error", code: "60018", message, id: "a17", event });
  assert.equal(decode({ event: "error", msg: "x", code: 60018 }, "error").code, "60018");
});

Deno.test("decodeV5() returns a login for the exchange's answer to one", () => {
  const event = { event: "login", code: "0", msg: "", connId: "a4d3ae55" };
  assert.deepEqual(decode(event, "login"), { kind: "login", event });
});

Deno.test("decodeV5() returns a notice for every other event", async (t) => {
  const events = [
    { event: "notice", code: "64008", msg: "The connection will soon be closed for a service upgrade." },
    { event: "channel-conn-count", channel: "orders", connCount: "2", connId: "abcd1234" },
    { event: "channel-conn-count-error", channel: "orders", connCount: "30", connId: "a4d3ae55" },
    { event: "something-new" },
  ];
  for (const event of events) {
    await t.step(event.event, () => {
      const { code = "", msg = "" } = event as { code?: string; msg?: string };
      assert.deepEqual(decode(event, "notice"), { kind: "notice", code, message: msg, event });
    });
  }
});

Deno.test("decodeV5() returns data with its rows, its action and its whole text", () => {
  const text = '{"arg":{"channel":"books","instId":"A-B"},"action":"update","data":[{"ts":"1"},{"ts":"2"}]}';
  assert.deepEqual(decode(text, "data"), {
    kind: "data",
    arg: { channel: "books", instId: "A-B" },
    rows: [{ ts: "1" }, { ts: "2" }],
    action: "update",
    text,
    rowsAt: text.indexOf('"data"'),
  });
});

Deno.test("decodeV5() returns data without action, with extra members, and with no rows at all", () => {
  assert.equal(decode({ arg: ARG, data: [] }, "data").action, undefined);
  const account = { arg: { channel: "account", uid: "1" }, eventType: "snapshot", curPage: 1, data: [{}] };
  assert.deepEqual(decode(account, "data").arg, { channel: "account", uid: "1" });
});

Deno.test("decodeV5() keeps sequence numbers of spread books above 2^53 exact", () => {
  const text = '{"arg":{"channel":"sprd-books-l2-tbt","sprdId":"A_B"},"action":"update","data":[' +
    '{"asks":[],"bids":[],"checksum":-5,"prevSeqId":1724294007352168320,"seqId":1724294007352168321,"ts":"1"}]}';
  const row = decode(text, "data").rows[0] as Record<string, unknown>;
  assert.equal(String(row.prevSeqId), "1724294007352168320");
  assert.equal(String(row.seqId), "1724294007352168321");
  assert.equal(row.checksum, -5);
});

Deno.test("decodeV5() gives sequence numbers of ordinary books as they were sent", () => {
  const text = '{"arg":{"channel":"books5","instId":"A-B"},"data":[{"seqId":301234567890,"prevSeqId":-1}]}';
  const row = decode(text, "data").rows[0] as Record<string, unknown>;
  assert.deepEqual([String(row.seqId), String(row.prevSeqId)], ["301234567890", "-1"]);
});

Deno.test("decodeV5() names what it cannot read and never throws", async (t) => {
  const malformed = [
    "",
    "{",
    "null",
    "[]",
    "7",
    '"text"',
    "{}",
    '{"event":7}',
    '{"event":"subscribe"}',
    '{"event":"subscribe","arg":{}}',
    '{"event":"unsubscribe","arg":"tickers"}',
    '{"arg":{"channel":"tickers"}}',
    '{"arg":{"channel":"tickers"},"data":{}}',
    '{"arg":{"channel":7},"data":[]}',
    '{"arg":[],"data":[]}',
    '{"arg":null,"data":[]}',
    '{"data":[]}',
    '{"id":"1","op":"order","code":"0","msg":"","data":[]}',
    '{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"1"',
  ];
  for (const text of malformed) {
    await t.step(text === "" ? "nothing" : text, () => {
      assert.ok(decode(text, "unknown").reason.length > 0);
    });
  }
});

Deno.test("decodeV5() never throws, whatever text or JSON comes", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    assert.equal(typeof decodeV5(text).kind, "string");
  }));
});

Deno.test("encodeRequest() writes id, op and args", () => {
  assert.deepEqual(JSON.parse(encodeRequest("subscribe", [ARG], "k1")), {
    id: "k1",
    op: "subscribe",
    args: [ARG],
  });
});

Deno.test("encodeLogin() writes one object in a list of args", () => {
  const args = { apiKey: "k", passphrase: "p", timestamp: "1", sign: "s" };
  assert.deepEqual(JSON.parse(encodeLogin(args)), { op: "login", args: [args] });
});

Deno.test("chunkArgs() gives no chunk for no args and one for few", () => {
  assert.deepEqual(chunkArgs([]), []);
  assert.deepEqual(chunkArgs([ARG, ARG]), [[ARG, ARG]]);
});

Deno.test("chunkArgs() counts bytes, not characters", () => {
  const args = Array.from({ length: 40 }, (_, i): Arg => ({ channel: "x", name: `${i}${"é".repeat(20)}` }));
  for (const chunk of chunkArgs(args, 400)) assert.ok(bytesOf(chunk) <= 402, String(bytesOf(chunk)));
});

Deno.test("chunkArgs() keeps ten thousand subscriptions below the exchange's 64 KB a request", () => {
  const args = Array.from({ length: 10_000 }, (_, i): Arg => ({ channel: "tickers", instId: `C${i}-USDT` }));
  const chunks = chunkArgs(args);
  assert.ok(MAX_REQUEST_BYTES <= 65_536);
  for (const chunk of chunks) {
    assert.ok(new TextEncoder().encode(encodeRequest("unsubscribe", chunk, "k123456")).length <= 65_536);
  }
  assert.deepEqual(chunks.flat(), args);
});

Deno.test("chunkArgs() keeps every arg in order and no chunk empty, even where one arg alone is too large", () => {
  const arg = fc.record({ channel: fc.string({ maxLength: 30 }), instId: fc.string({ maxLength: 60 }) });
  fc.assert(fc.property(fc.array(arg), fc.integer({ min: 1, max: 300 }), (args, maxBytes) => {
    const chunks = chunkArgs(args, maxBytes);
    assert.deepEqual(chunks.flat(), args);
    for (const chunk of chunks) assert.ok(chunk.length === 1 || bytesOf(chunk) <= maxBytes + 2);
    assert.ok(chunks.every((chunk) => chunk.length > 0));
  }));
});
