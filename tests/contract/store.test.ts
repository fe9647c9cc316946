import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { startEmbedded } from "../../src/embedded/server.ts";
import { StoreError } from "../../src/errors.ts";
import { openStore } from "../../src/store/redis.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type StoreServer, testStore } from "./store.ts";

/** One server after the other at the same port. */
async function serverOf(
  start: (port: number | undefined) => Promise<AsyncDisposable & { readonly port: number }>,
): Promise<StoreServer> {
  let current = await start(undefined);
  const { port } = current;
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => await current[Symbol.asyncDispose](),
    restart: async () => {
      current = await start(port);
    },
    [Symbol.asyncDispose]: async () => await current[Symbol.asyncDispose](),
  };
}

testStore("embedded store", () => serverOf((port) => Promise.resolve(startEmbedded({ port: port ?? 0 }))));

testStore(
  "redis-server",
  () => serverOf((port) => startRedis(port === undefined ? {} : { port })),
  redisTest,
);

redisTest("redis-server: a whole row that found no memory is written whole when there is some", async () => {
  await using server = await startRedis();
  await using store = await openStore(server.url);
  const admin = new Redis(server.url);
  try {
    await store.apply([{ kind: "row", key: "h", row: { a: "1", old: "x" }, whole: true }]);
    await admin.config("SET", "maxmemory", "1");
    const writes = [{ kind: "row", key: "h", row: { a: "2" }, whole: true } as const];
    await assert.rejects(store.apply(writes), StoreError);
    await admin.config("SET", "maxmemory", "0");
    assert.equal((await store.apply(writes)).rejected, 0);
    assert.deepEqual(await store.row("h"), { a: "2" });
  } finally {
    admin.disconnect();
  }
});
