/** What a link to a cluster leaves behind, against nodes whose answers the test decides. */
import assert from "node:assert/strict";
import { parseRedisUrl } from "../../src/shared/redis_url.ts";
import { ClusterTransport } from "../../src/store/redis/cluster/transport.ts";
import { clientOptions } from "../../src/store/redis/connect.ts";
import { freePort } from "../support/free_port.ts";
import { waitFor } from "../support/wait.ts";

/** A node that names `masters` as serving all slots between them, and answers everything else with OK. */
function startNode(masters: () => readonly number[]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const open = new Set<Deno.TcpConn>();
  const serve = async (connection: Deno.TcpConn) => {
    open.add(connection);
    const buffer = new Uint8Array(4096);
    try {
      for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
        const text = new TextDecoder().decode(buffer.subarray(0, n));
        for (const [command] of text.matchAll(/\*\d+\r\n(?:\$\d+\r\n[^\r]*\r\n)+/g)) {
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
  const target = parseRedisUrl(`redis+cluster://127.0.0.1:${staying.port}`);
  assert.ok(target.kind === "redis" && target.mode === "cluster");
  const client = await clientOptions(target, { persistent: true, connectTimeoutMs: 5000 });
  const link = new ClusterTransport({ seeds: target.nodes, client, connectTimeoutMs: 5000 });
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
