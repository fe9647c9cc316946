/** One WebSocket to the exchange: messages in order and as fast as they are taken, by either way of dialling. */
import assert from "node:assert/strict";
import { acceptUpgrade, ClientFrames, encodeFrame, OPCODE } from "../../scripts/bench/exchange/websocket.ts";
import { openSocket, type SocketHandlers } from "../../src/session/connection/socket.ts";
import { freePort } from "../support/free_port.ts";
import { waitFor } from "../support/wait.ts";

const OPTIONS = { dialMs: 60_000, signal: new AbortController().signal };

/** An exchange that sends the bytes that a test names, on one connection; `received` is what it was sent. */
function startExchange() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const received: string[] = [];
  const accepted = Promise.withResolvers<Deno.TcpConn>();
  const serve = async () => {
    const connection = await listener.accept();
    const piece = new Uint8Array(16 * 1024);
    const size = await connection.read(piece) ?? 0;
    const answer = acceptUpgrade(new TextDecoder().decode(piece.subarray(0, size))) as string;
    await connection.write(new TextEncoder().encode(answer));
    accepted.resolve(connection);
    const frames = new ClientFrames();
    try {
      for (let size = await connection.read(piece); size !== null; size = await connection.read(piece)) {
        for (const { opcode, text } of frames.take(piece.subarray(0, size))) {
          received.push(opcode === OPCODE.close ? "closed" : text);
        }
      }
    } catch {
      // Closed by the test.
    }
  };
  const serving = serve();
  return {
    url: `ws://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/ws`,
    received,
    async send(...frames: readonly Uint8Array[]) {
      const connection = await accepted.promise;
      for (const frame of frames) {
        for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
      }
    },
    async end() {
      (await accepted.promise).close();
      await serving;
    },
    async [Symbol.asyncDispose]() {
      try {
        (await accepted.promise).close();
      } catch {
        // Ended before.
      }
      listener.close();
      await serving;
    },
  };
}

function createHandlers() {
  const messages: string[] = [];
  const closed: string[] = [];
  const handlers: SocketHandlers = {
    onMessage: (data) => void messages.push(String(data)),
    onClose: (reason) => closed.push(reason),
  };
  return { messages, closed, handlers };
}

for (const ipv4Only of [false, true]) {
  const name = ipv4Only ? "a socket over IPv4 alone" : "a socket";

  Deno.test(`${name} takes no message while the one before it has to be waited for`, async () => {
    await using exchange = startExchange();
    const { messages, handlers } = createHandlers();
    const room = Promise.withResolvers<void>();
    const socket = await openSocket(exchange.url, {
      ...handlers,
      onMessage(data) {
        handlers.onMessage(data);
        return data === "2" ? room.promise : undefined;
      },
    }, { ...OPTIONS, ipv4Only });
    await exchange.send(...["1", "2", "3", "4"].map((text) => encodeFrame(text)));
    await waitFor("the second", () => messages.length === 2);
    assert.ok(socket.send("ping"));
    // What is sent after the others came shows that nothing of them was taken meanwhile.
    await waitFor("the request", () => exchange.received.length === 1);
    assert.deepEqual(messages, ["1", "2"]);
    room.resolve();
    await waitFor("the others", () => messages.length === 4);
    assert.deepEqual(messages, ["1", "2", "3", "4"]);
    await socket.close();
  });

  Deno.test(`${name} says why it was closed, and nothing after its own end`, async () => {
    await using exchange = startExchange();
    const { messages, closed, handlers } = createHandlers();
    const socket = await openSocket(exchange.url, handlers, { ...OPTIONS, ipv4Only });
    await exchange.send(encodeFrame("1"), encodeFrame("", OPCODE.close));
    await waitFor("the close", () => closed.length === 1);
    assert.deepEqual([messages, closed], [["1"], ["closed with code 1005"]]);
    assert.equal(socket.send("late"), false);
    await socket.close();
    await socket.close();
    assert.equal(closed.length, 1);
  });

  Deno.test(`${name} that breaks says so`, async () => {
    await using exchange = startExchange();
    const { closed, handlers } = createHandlers();
    await openSocket(exchange.url, handlers, { ...OPTIONS, ipv4Only });
    await exchange.end();
    await waitFor("the end", () => closed.length === 1);
    assert.match(closed[0] ?? "", /EOF/);
  });
}

Deno.test("a socket goes on after pongs of the protocol that nobody asked for, with the next request at the latest", async () => {
  await using exchange = startExchange();
  const { messages, handlers } = createHandlers();
  const socket = await openSocket(exchange.url, handlers, OPTIONS);
  await exchange.send(encodeFrame("1"), encodeFrame("", OPCODE.pong), encodeFrame("", OPCODE.pong));
  await waitFor("the first", () => messages.length === 1);
  await exchange.send(encodeFrame("2"));
  // Each asks for one more message.
  socket.send("ping");
  socket.send("ping");
  await waitFor("the second", () => messages.length === 2);
  await socket.close();
});

Deno.test("a dial that is refused or given up names the reason", async () => {
  const { handlers } = createHandlers();
  const url = `ws://127.0.0.1:${freePort()}/ws`;
  for (const ipv4Only of [false, true]) {
    await assert.rejects(openSocket(url, handlers, { ...OPTIONS, ipv4Only }), /tcp connect error/i);
    const signal = AbortSignal.abort();
    await assert.rejects(openSocket(url, handlers, { ...OPTIONS, signal, ipv4Only }), /^Error: stopped$/);
  }
});

Deno.test("a runtime without --unstable-net, as a program that embeds okws may have, reads all the same", async () => {
  await using exchange = startExchange();
  const socket = new URL("../../src/session/connection/socket.ts", import.meta.url);
  const program = `
    const { openSocket } = await import(${JSON.stringify(socket)});
    console.log("WebSocketStream" in globalThis);
    const over = Promise.withResolvers();
    const handlers = { onMessage: (data) => console.log(data), onClose: over.resolve };
    await openSocket(${
    JSON.stringify(exchange.url)
  }, handlers, { dialMs: 60_000, signal: new AbortController().signal });
    console.log(await over.promise);`;
  const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".js" });
  await Deno.writeTextFile(file, program);
  const args = ["run", "-A", "--no-check", "--no-config", file];
  const child = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } }).output();
  await exchange.send(encodeFrame("1"), encodeFrame("2"), encodeFrame("", OPCODE.close));
  const { stdout, stderr } = await child;
  await Deno.remove(file);
  assert.deepEqual(
    new TextDecoder().decode(stdout).trim().split("\n"),
    ["false", "1", "2", "closed with code 1005"],
    new TextDecoder().decode(stderr),
  );
});
