/** What a link to a cluster leaves behind, against nodes whose answers the test decides. */
import assert from "node:assert/strict";
import { parseRedisUrl } from "../../src/shared/redis_url.ts";
import { type ClusterOptions, ClusterTransport } from "../../src/store/redis/cluster/transport.ts";
import { clientOptions } from "../../src/store/redis/connect.ts";
import { freePort } from "../support/free_port.ts";
import { waitFor } from "../support/wait.ts";

/**
 * A node that names `masters` as serving all slots between them, and answers everything else with OK. Nothing is answered while it is
 * `silent`.
 */
function startNode(masters: () => readonly number[], isSilent = () => false) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const open = new Set<Deno.TcpConn>();
  const serve = async (connection: Deno.TcpConn) => {
    open.add(connection);
    const buffer = new Uint8Array(4096);
    try {
      for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
        const text = new TextDecoder().decode(buffer.subarray(0, n));
        for (const [command] of text.matchAll(/\*\d+\r\n(?:\$\d+\r\n[^\r]*\r\n)+/g)) {
          if (isSilent()) continue;
          const reply = command.includes("SLOTS") ? slotsReply(masters()) : "+OK\r\n";
          await connection.write(new TextEncoder().encode(reply));
        }
      }
    } catch {
      // The test ended it.
    }
    if (open.delete(connection)) connection.close();
  };
  const accepting = (async () => {
    for await (const connection of listener) void serve(connection);
  })();
  return {
    port: listener.addr.port,
    connections: () => open.size,
    async [Symbol.asyncDispose]() {
      try {
        listener.close();
      } catch {
        // Ended before.
      }
      await accepting;
      for (const connection of open) {
        open.delete(connection);
        connection.close();
      }
    },
  };
}

/** A link to a cluster of which the URL names these nodes. */
async function openLink(ports: readonly number[], options: Partial<ClusterOptions> = {}) {
  const target = parseRedisUrl(`redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join()}`);
  assert.ok(target.kind === "redis" && target.mode === "cluster");
  const client = await clientOptions(target, { persistent: true, connectTimeoutMs: 5000 });
  return new ClusterTransport({ seeds: target.nodes, client, connectTimeoutMs: 5000, ...options });
}

/** A batch that sets one key in each half of the slots, or in one of them. */
function setting(link: ClusterTransport, ...keys: readonly string[]) {
  const batch = link.batch();
  for (const key of keys) batch.add(["SET", key, "1"]);
  return link.send(batch);
}

/** Keys of the lower and of the upper half of all slots. */
const [LOW, HIGH] = ["bar", "foo"];

function slotsReply(ports: readonly number[]): string {
  const each = Math.ceil(16384 / ports.length);
  const ranges = ports.map((port, i) => {
    const to = Math.min(16383, (i + 1) * each - 1);
    return `*3\r\n:${i * each}\r\n:${to}\r\n*2\r\n$9\r\n127.0.0.1\r\n:${port}\r\n`;
  });
  return `*${ports.length}\r\n${ranges.join("")}`;
}

Deno.test("the end of a link waits for the nodes that were left just before", async () => {
  const masters: number[] = [];
  await using staying = startNode(() => masters);
  await using dying = startNode(() => masters);
  masters.push(staying.port, dying.port);
  const link = await openLink([staying.port]);
  await link.connect();
  await waitFor("a connection to both", () => dying.connections() === 1 && staying.connections() === 1);
  await dying[Symbol.asyncDispose]();
  masters.pop();
  link.renew();
  await waitFor("the map without the dead node", async () => {
    return (await link.nodes()).length === 1;
  }, { everyMs: 1 });
  // What is left open here, the test runner finds.
  await link[Symbol.asyncDispose]();
  assert.ok(await link.sendToNode(`127.0.0.1:${staying.port}`, ["PING"]) instanceof Error);
});

Deno.test("a node that serves nobody is not believed, wherever it stands in the URL", async () => {
  const masters: number[] = [];
  await using removed = startNode(() => []);
  await using member = startNode(() => masters);
  masters.push(member.port);
  for (const ports of [[removed.port, member.port], [member.port, removed.port]]) {
    await using link = await openLink(ports);
    await link.connect();
    assert.deepEqual(await link.nodes(), [`127.0.0.1:${member.port}`]);
    assert.deepEqual(await setting(link, LOW, HIGH), ["OK", "OK"]);
  }
  await using lost = await openLink([removed.port]);
  await assert.rejects(lost.connect(), /no node of the cluster knows who serves a slot/);
});

Deno.test("a member that is taken out takes no slot along, and the nodes that are left go on being known", async () => {
  const masters: number[] = [];
  let isOut = false;
  await using first = startNode(() => isOut ? [] : masters);
  await using other = startNode(() => masters);
  masters.push(first.port, other.port);
  let changes = 0;
  await using link = await openLink([first.port], { onChange: () => changes += 1 });
  await link.connect();
  isOut = true;
  masters.shift();
  link.renew();
  await waitFor("the map without it", async () => (await link.nodes()).length === 1);
  assert.deepEqual(await setting(link, LOW, HIGH), ["OK", "OK"]);
  assert.ok(changes >= 2);
});

Deno.test("a batch for one node does not wait for another that is silent", async () => {
  const masters: number[] = [];
  let isSilent = false;
  await using healthy = startNode(() => masters);
  await using silent = startNode(() => masters, () => isSilent);
  masters.push(healthy.port, silent.port);
  await using link = await openLink([healthy.port, silent.port]);
  await link.connect();
  assert.deepEqual(await setting(link, LOW, HIGH), ["OK", "OK"]);
  isSilent = true;
  let isAnswered = false;
  const waiting = setting(link, HIGH).then(() => isAnswered = true);
  for (let i = 0; i < 20; i++) assert.deepEqual(await setting(link, LOW), ["OK"]);
  assert.equal(isAnswered, false);
  // What names no key is asked of a node that answers.
  const batch = link.batch();
  batch.add(["PUBLISH", HIGH, "1"]);
  assert.deepEqual(await link.send(batch), ["OK"]);
  assert.equal((await link.sendToAll(["PING"])).filter((reply) => reply === "OK").length, 1);
  await silent[Symbol.asyncDispose]();
  await waiting;
});

Deno.test("slots that come to another node are reported, and what was under way goes there", async () => {
  const masters: number[] = [];
  let isSilent = false;
  await using staying = startNode(() => masters);
  await using failed = startNode(() => masters, () => isSilent);
  await using next = startNode(() => masters);
  masters.push(staying.port, failed.port);
  const lost: string[] = [];
  await using link = await openLink([staying.port, failed.port], {
    onLost: (affected) => lost.push(...[LOW, HIGH].filter(affected)),
  });
  await link.connect();
  assert.deepEqual(await setting(link, LOW, HIGH), ["OK", "OK"]);
  isSilent = true;
  const waiting = setting(link, HIGH);
  masters[1] = next.port;
  // Its silence is what makes the others be asked.
  const [reply] = await waiting;
  assert.ok(reply instanceof Error);
  assert.ok(lost.includes(HIGH) && !lost.includes(LOW), lost.join());
  assert.deepEqual(await setting(link, LOW, HIGH), ["OK", "OK"]);
});
