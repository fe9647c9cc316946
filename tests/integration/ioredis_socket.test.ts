/** What is taken over of ioredis, which its documentation does not promise: the installed version still gives it. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import type { Redis } from "ioredis";
import manifest from "../../deno.json" with { type: "json" };
import { IoredisError, Pipeline, readySocketOf } from "../../src/store/redis/pipeline.ts";
import { clientOptions, connectClient, createClient } from "../../src/store/redis/connect.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { parseRedisUrl } from "../../src/shared/redis_url.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";

redisTest("a connection of the installed ioredis is taken over, and ioredis reads it no more", async () => {
  await using server = await startRedis();
  const target = parseRedisUrl(`${server.url}/3`);
  assert.ok(target.kind === "redis");
  const redis = createClient(await clientOptions(target, { persistent: false, connectTimeoutMs: 5000 }));
  await using pipeline = new Pipeline(redis);
  await connectClient(redis, 5000);
  assert.equal(pipeline.fault, undefined);
  const socket = readySocketOf(redis);
  assert.ok(!(socket instanceof IoredisError), String(socket));
  assert.equal(socket.listenerCount("data"), 1);
  assert.equal(await pipeline.sendToNode("", ["PING"]), "PONG");
});

redisTest(
  "a store is not opened with an ioredis that gives something else, however patient it is",
  async () => {
    await using server = await startRedis();
    // As if ioredis read its socket in another way.
    using _ = countNoDataListeners();
    await assert.rejects(openStore(server.url, { persistent: true }), {
      name: "StoreError",
      message: /^Cannot reach Redis at .*: ioredis \d+\.\d+\.\d+ cannot be used: it does not read its socket/,
    });
  },
);

function countNoDataListeners(): Disposable {
  const { listenerCount } = EventEmitter.prototype;
  Socket.prototype.listenerCount = function (name, ...rest) {
    return name === "data" ? 0 : listenerCount.call(this, name, ...rest);
  };
  return { [Symbol.dispose]: () => void delete (Socket.prototype as Partial<Socket>).listenerCount };
}

Deno.test("an ioredis that gives something else is named with its version, before anything is sent", async (t) => {
  const socket = Object.assign(new EventEmitter(), { write: () => assert.fail("something was sent") });
  const read = Object.assign(new EventEmitter(), { write: socket.write }).on("data", () => {});
  const others = {
    "its socket is not in Redis.stream": { commandQueue: [] },
    "it does not read its socket in a listener": { stream: socket, commandQueue: [] },
    "it waits for replies when it is ready": { stream: read, commandQueue: [{}] },
  };
  for (const [fault, members] of Object.entries(others)) {
    await t.step(fault, async () => {
      const redis = Object.assign(new EventEmitter(), { status: "ready", options: {}, ...members });
      const pipeline = new Pipeline(redis as unknown as Redis);
      const version = manifest.imports.ioredis.split("@").at(-1);
      assert.equal(pipeline.fault?.message, `ioredis ${version} cannot be used: ${fault}`);
      assert.equal(
        await pipeline.sendToNode("", ["PING"]).then(String),
        `WireError: ${pipeline.fault?.message}`,
      );
    });
  }
});
