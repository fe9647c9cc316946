/** The WebSocket server that the benchmark pushes from. */
import assert from "node:assert/strict";
import {
  acceptUpgrade,
  ClientFrames,
  encodeFrame,
  OPCODE,
} from "../../../scripts/bench/exchange/websocket.ts";

Deno.test("acceptUpgrade() answers as RFC 6455 has it in its example, and nothing else", () => {
  const request = "GET /chat HTTP/1.1\r\nHost: x\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  assert.match(acceptUpgrade(request) ?? "", /^HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/);
  assert.equal(acceptUpgrade("GET / HTTP/1.1\r\n\r\n"), undefined);
});

Deno.test("frames of a client are read however they are cut, in every length", () => {
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    const text = "x".repeat(length);
    const bytes = Uint8Array.from([...masked(text), ...masked("ping")]);
    for (const step of [1000, 7919, bytes.length]) {
      const frames = new ClientFrames();
      const read: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        for (const frame of frames.take(bytes.subarray(at, at + step))) read.push(frame.text);
      }
      assert.deepEqual(read, [text, "ping"]);
    }
  }
});

Deno.test("a message that no client needs is refused before it is kept", () => {
  const head = Uint8Array.from([0x81, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  assert.throws(() => new ClientFrames().take(head), RangeError);
});

/** What a client sends: the frame of a server, masked. */
function masked(text: string): number[] {
  const frame = encodeFrame(text, OPCODE.text);
  const mask = [1, 2, 3, 4];
  const payload = [...new TextEncoder().encode(text)].map((byte, i) => byte ^ (mask[i % 4] as number));
  const head = [...frame.subarray(0, frame.length - payload.length)];
  head[1] = (head[1] as number) | 0x80;
  return [...head, ...mask, ...payload];
}
