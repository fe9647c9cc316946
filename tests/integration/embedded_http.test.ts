/** What a web page can have a browser send to a port of this machine, against the embedded store and a real Redis alike. */
import assert from "node:assert/strict";
import { startEmbedded } from "../../src/embedded/server.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";

/** Sends all at once and returns everything that was answered until the other side closed. */
async function sendAll(port: number, text: string): Promise<string> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const answered: number[] = [];
  try {
    await socket.write(bytes);
    const piece = new Uint8Array(4096);
    for (let size = await socket.read(piece); size !== null; size = await socket.read(piece)) {
      answered.push(...piece.subarray(0, size));
    }
  } catch {
    // Reset, because it was closed with bytes unread.
  } finally {
    socket.close();
  }
  return String.fromCharCode(...answered);
}

const COMMAND = '{\\"op\\":\\"quit_server\\"}';

/** Requests, each with commands behind it that must not be carried out; `redis`: Redis closes at it as well. */
const REQUESTS: { name: string; redis: boolean; head: string }[] = [
  { name: "POST of a page", redis: true, head: "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" },
  { name: "GET of a page", redis: true, head: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" },
  { name: "POST as a request with lengths", redis: true, head: "*1\r\n$4\r\nPOST\r\n" },
  { name: "Host: as a request with lengths", redis: true, head: "*2\r\n$5\r\nHoST:\r\n$1\r\nx\r\n" },
  { name: "any method", redis: false, head: "PURGE /x HTTP/1.1\r\n" },
  { name: "HTTP/2", redis: false, head: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  { name: "TLS", redis: false, head: "\x16\x03\x01\x00\x80\x01\r\n" },
];

async function testForeign(port: number, requests: typeof REQUESTS, keys: () => Promise<string>) {
  for (const { name, head } of requests) {
    const answer = await sendAll(port, `${head}SET planted 1\r\nPUBLISH trade-ws "${COMMAND}"\r\n`);
    assert.doesNotMatch(answer, /\+OK|:\d/, name);
    assert.equal(await keys(), "*0\r\n", name);
  }
}

async function keysOf(port: number): Promise<string> {
  const answer = await sendAll(port, "KEYS *\r\nQUIT\r\n");
  return answer.replace(/\+OK\r\n$/, "");
}

Deno.test("the embedded store ends a connection that speaks HTTP or TLS, and carries nothing of it out", async () => {
  const counts: number[] = [];
  await using server = startEmbedded({ onRefused: ({ foreign }) => counts.push(foreign) });
  await testForeign(server.port, REQUESTS, () => keysOf(server.port));
  assert.equal(await sendAll(server.port, "SET before 1\r\nPOST / HTTP/1.1\r\nSET after 1\r\n"), "");
  assert.equal(await keysOf(server.port), "*1\r\n$6\r\nbefore\r\n");
  await waitFor(
    "the count of them",
    () => counts.reduce((sum, each) => sum + each, 0) === REQUESTS.length + 1,
  );
});

redisTest("a real Redis ends the connection at the same lines", async () => {
  await using server = await startRedis();
  await testForeign(server.port, REQUESTS.filter(({ redis }) => redis), () => keysOf(server.port));
});
