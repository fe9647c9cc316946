/** Clients of the embedded store that mean no good: each loses its own connection at most, and memory stays bounded. */
import assert from "node:assert/strict";
import { type EmbeddedServer, startEmbedded } from "../../../src/embedded/server.ts";
import { connectTcp, type TcpClient } from "../../support/tcp_client.ts";
import { waitFor } from "../../support/wait.ts";

const MB = 1024 * 1024;

/** A client in order is served within a moment. */
async function serves(server: EmbeddedServer): Promise<void> {
  await using client = await connectTcp(server);
  await client.send("SET alive yes\r\nGET alive\r\n");
  await waitFor("an answer", () => client.answered.text.endsWith("$3\r\nyes\r\n"), { deadlineMs: 15_000 });
}

async function isCutOff(client: TcpClient, words: RegExp): Promise<void> {
  await waitFor(`${words} and the end`, () => client.answered.isOver, { deadlineMs: 20_000 });
  assert.match(client.answered.text, words);
}

Deno.test("lines, lengths and counts beyond the limits end the connection that sends them", async (t) => {
  await using server = startEmbedded();
  const cases: [string, string | Uint8Array, RegExp][] = [
    ["an endless line", new Uint8Array(200_000).fill(65), /too big inline request/],
    ["an endless count", `*${"1".repeat(100_000)}`, /too big mbulk count string|invalid multibulk length/],
    ["a count beyond all bounds", "*2147483647\r\n", /invalid multibulk length/],
    ["a length beyond all bounds", "*2\r\n$3\r\nGET\r\n$9999999999\r\n", /invalid bulk length/],
    ["a negative length", "*2\r\n$3\r\nGET\r\n$-5\r\n", /invalid bulk length/],
    ["no length at all", "*2\r\nGET\r\n", /expected '\$'/],
    [
      "many lengths that are too much together",
      `*100\r\n$3\r\nDEL\r\n${`$${MB}\r\n${"k".repeat(MB)}\r\n`.repeat(70)}`,
      /invalid bulk length/,
    ],
    ["quotes without an end", 'GET "abc\r\n', /unbalanced quotes/],
  ];
  for (const [name, data, words] of cases) {
    await t.step(name, async () => {
      await using client = await connectTcp(server);
      await client.send(data);
      await isCutOff(client, words);
      await serves(server);
    });
  }
});

Deno.test("fifteen hundred connections: so many are served, the others are reported, and those that go make room", async () => {
  const reported: { refused: number }[] = [];
  await using server = startEmbedded({ maxClients: 500, onRefused: (counts) => void reported.push(counts) });
  const clients: TcpClient[] = [];
  try {
    for (let i = 0; i < 1500; i++) clients.push(await connectTcp(server));
    await waitFor("the refusals", () => clients.filter(({ answered }) => answered.isOver).length >= 1000);
    assert.equal(server.stats().clients, 500);
    const refused = clients.filter(({ answered }) => answered.isOver);
    assert.ok(refused.every(({ answered }) => answered.text === "-ERR max number of clients reached\r\n"));
    await waitFor("a word of it", () => reported.reduce((sum, { refused }) => sum + refused, 0) === 1000);
    assert.ok(reported.length < 10, `${reported.length} times`);
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
  await serves(server);
});

Deno.test("a client that reads nothing is cut off, and the memory it took comes back", async () => {
  await using server = startEmbedded({ maxOutputBytes: 8 * MB });
  await using writer = await connectTcp(server);
  await writer.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${MB}\r\n${"v".repeat(MB)}\r\n`);
  await using deaf = await connectTcp(server, { deaf: true });
  await using listener = await connectTcp(server, { deaf: true });
  await listener.send("SUBSCRIBE news\r\n");
  // Requests whose answers nobody fetches: the store stops reading them long before it is full.
  const asking = deaf.send("GET k\r\n".repeat(100_000));
  await waitFor("both", () => server.stats().clients === 3);
  for (let i = 0; i < 30; i++) {
    await writer.send(`*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$${MB}\r\n${"n".repeat(MB)}\r\n`);
  }
  await waitFor("the end of the listener", () => server.stats().clients === 2);
  await serves(server);
  deaf.socket.close();
  await asking;
  await waitFor("the end of the other", () => server.stats().clients === 1);
});

Deno.test("what all clients have waiting together is bounded: those with the most go", async () => {
  const reported: { cutOff: number }[] = [];
  await using server = startEmbedded({
    maxBufferedBytes: 32 * MB,
    onRefused: (counts) => void reported.push(counts),
  });
  const clients = await Promise.all(Array.from({ length: 12 }, () => connectTcp(server)));
  try {
    // Ten of them begin a value of 20 MB each and send 16 MB of it.
    const start = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${20 * MB}\r\n`;
    const work = clients.slice(0, 10).map((client) => client.send(start + "v".repeat(16 * MB)));
    await Promise.all(work);
    await waitFor("most of them gone", () => server.stats().clients <= 4);
    await serves(server);
    assert.ok(clients.slice(10).every(({ answered }) => !answered.isOver), "the quiet ones stay");
    await waitFor("a word of it", () => reported.some(({ cutOff }) => cutOff > 0));
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
});

Deno.test("transactions, watched keys and subscriptions without end are refused at a limit", async (t) => {
  await using server = startEmbedded({ maxRequestBytes: 8 * MB });
  await t.step("a transaction that is never carried out", async () => {
    await using client = await connectTcp(server);
    await client.send("MULTI\r\n");
    const queued = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n${"v".repeat(100_000)}\r\n`;
    for (let i = 0; i < 200; i++) await client.send(queued);
    await waitFor("the refusal", () => client.answered.text.includes("-ERR MULTI queue is full"));
    await client.send("EXEC\r\n");
    await waitFor("the end of it", () => client.answered.text.includes("-EXECABORT"));
    await client.send("PING\r\n");
    await waitFor("an answer", () => client.answered.text.endsWith("+PONG\r\n"));
  });
  await t.step("two hundred thousand channels", async () => {
    await using client = await connectTcp(server);
    for (let i = 0; i < 200; i++) {
      await client.send(Array.from({ length: 1000 }, (_, j) => `SUBSCRIBE channel-${i}-${j}\r\n`).join(""));
    }
    await waitFor("the refusal", () => client.answered.text.includes("-ERR too many subscriptions"), {
      deadlineMs: 30_000,
    });
    await client.send("RESET\r\nSUBSCRIBE again\r\n");
    await waitFor("room again", () => client.answered.text.includes("again\r\n:1\r\n"), {
      deadlineMs: 30_000,
    });
  });
  await t.step("two thousand patterns", async () => {
    await using client = await connectTcp(server);
    await client.send(Array.from({ length: 2000 }, (_, i) => `PSUBSCRIBE p${i}*\r\n`).join(""));
    await waitFor("the refusal", () => client.answered.text.includes("-ERR too many subscriptions"));
  });
  await t.step("three hundred thousand watched keys", async () => {
    await using client = await connectTcp(server);
    for (let i = 0; i < 300; i++) {
      const keys = Array.from({ length: 1000 }, (_, j) => `key-${i}-${j}`);
      await client.send(
        `*1001\r\n$5\r\nWATCH\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join("")}`,
      );
    }
    await waitFor("the refusal", () => client.answered.text.includes("-ERR too many keys are watched"), {
      deadlineMs: 30_000,
    });
    await client.send("UNWATCH\r\nWATCH k\r\n");
    await waitFor("room again", () => client.answered.text.endsWith("+OK\r\n+OK\r\n"));
  });
  await serves(server);
});

Deno.test("more data than there is memory for is refused as Redis refuses it, and room lets data in again", async () => {
  const before = Deno.memoryUsage().heapUsed;
  const reported: { full: number }[] = [];
  await using server = startEmbedded({
    maxMemoryBytes: before + 120 * MB,
    onRefused: (counts) => void reported.push(counts),
  });
  await using client = await connectTcp(server);
  let refused = false;
  for (let i = 0; i < 1000 && !refused; i++) {
    const name = `k${i}`;
    await client.send(`*3\r\n$3\r\nSET\r\n$${name.length}\r\n${name}\r\n$${MB}\r\n${"v".repeat(MB)}\r\n`);
    refused = client.answered.text.includes("-OOM command not allowed");
  }
  assert.ok(refused, "nothing was refused");
  assert.ok(server.stats().keys < 900, `${server.stats().keys} keys`);
  await client.send("GET none\r\nFLUSHALL\r\n");
  await waitFor("an answer", () => client.answered.text.endsWith("$-1\r\n+OK\r\n"));
  await waitFor("room again", async () => {
    const kept = Array.from({ length: 200_000 }, (_, i) => ({ i }));
    await client.send("SET small x\r\n");
    return kept.length > 0 && client.answered.text.endsWith("+OK\r\n");
  }, { deadlineMs: 60_000, everyMs: 100 });
  await waitFor("a word of it", () => reported.some(({ full }) => full > 0));
});
