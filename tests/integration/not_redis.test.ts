/** What is said where REDIS_URL names something that is no Redis, or no TLS. */
import assert from "node:assert/strict";
import { openInspector } from "../../src/store/redis/inspect.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";

/** Listens, and treats each connection so. */
function listen(treat: (connection: Deno.Conn) => void) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const done = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      treat(connection);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done.catch(() => {});
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It was closed at once.
        }
      }
    },
  };
}

Deno.test("a server that closes the connection may be no Redis", async () => {
  await using server = listen((connection) => connection.close());
  await assert.rejects(
    openInspector(`redis://127.0.0.1:${server.port}`, 5000),
    /connection lost \(is that a Redis\?|ECONNRESET/,
  );
});

Deno.test("a server that does not answer TLS may not speak it", async () => {
  await using server = listen(() => {});
  await assert.rejects(
    openInspector(`rediss://127.0.0.1:${server.port}`, 100),
    /no answer within 100 ms \(is that port TLS\?/,
  );
});

redisTest("a plain Redis that is named as a sentinel is said to be none", async () => {
  await using server = await startRedis();
  await assert.rejects(
    openInspector(`redis+sentinel://127.0.0.1:${server.port}/master`, 5000),
    /cannot be asked: ERR unknown command .*\(this is no sentinel: write redis:\/\//,
  );
});
