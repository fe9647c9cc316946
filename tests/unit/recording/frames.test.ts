/** From entries to pushes: each once, in recorded time. */
import { CODECS } from "../../../src/okx/codec.ts";
import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import type { RecordedEntry } from "../../../src/recording/format.ts";
import { readFrames, type Recorded } from "../../../src/recording/frames.ts";

const OF = { server: "test", connection: "public", url: "", protocol: "v5" } as const;

function begin(run: string, mono: number): RecordedEntry {
  return { at: 1000 + mono, mono, kind: "begin", run, open: [] };
}

function opened(conn: number, mono: number, server = "test"): RecordedEntry {
  return { at: 1000 + mono, mono, kind: "open", conn, of: { ...OF, server } };
}

function trade(conn: number, mono: number, id: number): RecordedEntry {
  const text = `{"arg":{"channel":"trades","instId":"X"},"data":[{"tradeId":"${id}"}]}`;
  return { at: 1000 + mono, mono, kind: "frame", conn, isSent: false, text };
}

async function read(entries: readonly RecordedEntry[], server?: string): Promise<Recorded[]> {
  async function* all() {
    for (const entry of entries) yield await Promise.resolve(entry);
  }
  return await Array.fromAsync(readFrames(all(), server));
}

function ids(frames: readonly Recorded[]): unknown[] {
  return frames.flatMap((frame) =>
    frame.kind === "push" ? frame.frame.rows.map((row) => (row as { tradeId: unknown }).tradeId) : []
  );
}

Deno.test("what two connections bring at a time counts once, until the first has ended", async () => {
  const frames = await read([
    begin("a", 0),
    ...[opened(1, 0), opened(2, 0), trade(1, 1, 1), trade(2, 1, 1), trade(1, 2, 2), trade(2, 2, 2)],
    { at: 1003, mono: 3, kind: "close", conn: 1, reason: "" },
    trade(2, 4, 3),
  ]);
  assert.deepEqual(ids(frames), ["1", "2", "3"]);
});

Deno.test("a subscription that was given up goes on by another connection", async () => {
  const text = '{"op":"unsubscribe","args":[{"channel":"trades","instId":"X"}]}';
  const frames = await read([
    begin("a", 0),
    ...[opened(1, 0), opened(2, 0), trade(1, 1, 1), trade(2, 1, 1)],
    { at: 1002, mono: 2, kind: "frame", conn: 1, isSent: true, text },
    trade(2, 3, 2),
  ]);
  assert.deepEqual(ids(frames), ["1", "2"]);
});

Deno.test("two servers are distinguished, and one of them can be chosen", async () => {
  const entries = [begin("a", 0), opened(1, 0, "one"), opened(2, 0, "two"), trade(1, 1, 1), trade(2, 1, 1)];
  assert.equal((await read(entries)).length, 2);
  assert.deepEqual((await read(entries, "two")).map((frame) => frame.kind === "push" && frame.server), [
    "two",
  ]);
});

Deno.test("recorded time follows the clock that does not jump, and passes over what lies between two runs", async () => {
  const frames = await read([
    begin("a", 5000),
    opened(1, 5000),
    trade(1, 5000, 1),
    { ...trade(1, 5100, 2), at: 99 },
    begin("b", 3),
    opened(1, 3),
    { ...trade(1, 4, 3), at: 9_000_000 },
    { ...trade(1, 54, 4), at: 9_000_050 },
  ]);
  assert.deepEqual(frames.map(({ time }) => time), [0, 100, 1100, 1150]);
});

Deno.test("the push of an account is of the subscription without whose it is", async () => {
  const text = '{"arg":{"channel":"orders","instType":"SWAP","uid":"7"},"data":[{"ordId":"1"}]}';
  const [frame] = await read([begin("a", 0), opened(1, 0), {
    ...{ at: 1, mono: 1, kind: "frame", conn: 1, isSent: false, text } as const,
  }]);
  assert.ok(frame?.kind === "push");
  assert.equal(CODECS.v5.formatPath(frame.arg), "orders:SWAP");
});

Deno.test("a message of v3 is taken as it was, and in parts where it is of several instruments", async () => {
  const of = { ...OF, protocol: "v3" } as const;
  const raw = (rows: readonly unknown[]): RecordedEntry => {
    const packed = deflateRawSync(JSON.stringify({ table: "spot/ticker", data: rows }));
    return { at: 1, mono: 1, kind: "frame", conn: 1, isSent: false, base64: packed.toString("base64") };
  };
  const one = { instrument_id: "A-B", last: "1" };
  const other = { instrument_id: "C-D", last: "2" };
  const frames = await read([
    begin("a", 0),
    { at: 1, mono: 0, kind: "open", conn: 1, of },
    raw([one]),
    raw([one, other]),
  ]);
  assert.deepEqual(frames.map((frame) => frame.kind === "push" && CODECS.v3.formatPath(frame.arg)), [
    ...["spot/ticker:A-B", "spot/ticker:A-B", "spot/ticker:C-D"],
  ]);
  assert.ok(frames[0]?.kind === "push" && typeof frames[0].raw !== "string");
  assert.equal(
    frames[2]?.kind === "push" && frames[2].raw,
    '{"table":"spot/ticker","data":[{"instrument_id":"C-D","last":"2"}]}',
  );
});
