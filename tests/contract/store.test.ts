/** The store on every server that it can meet: the embedded one, redis-server by TCP, socket and TLS, a cluster. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { startEmbedded } from "../../src/embedded/server.ts";
import { StoreError } from "../../src/shared/errors.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import { freePort } from "../support/free_port.ts";
import { waitFor } from "../support/wait.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { makeCertificates } from "../support/certificates.ts";
import { redisCli, startCluster, tlsArgs, tlsTest } from "../support/redis_modes.ts";
import { type Declare, type StoreServer, testStore } from "./store.ts";
import { openTagged } from "./tagged_store.ts";

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
      // A child that was being started when the port was closed may have it for some milliseconds more.
      current = await waitFor(`port ${port} again`, () => start(port));
    },
    [Symbol.asyncDispose]: async () => await current[Symbol.asyncDispose](),
  };
}

testStore("embedded store", () => serverOf((port) => Promise.resolve(startEmbedded({ port: port ?? 0 }))));

testStore(
  "redis-server",
  () => serverOf((port) => startRedis(port === undefined ? {} : { port })),
  { declare: redisTest },
);

testStore("redis-server over a unix socket", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "okws-socket-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const file = `${folder}/redis.sock`;
  const server = stack.use(await startRedis({ args: ["--unixsocket", file] }));
  return ownerOf(stack.move(), server.port, `unix:${file}`);
}, { declare: redisTest, restartable: false });

testStore("redis-server over TLS", async () => {
  await using stack = new AsyncDisposableStack();
  const files = stack.use(await makeCertificates());
  const port = freePort();
  stack.use(await startRedis({ args: tlsArgs(files, port) }));
  return ownerOf(stack.move(), port, `rediss://127.0.0.1:${port}?ca=${files.ca}`);
}, { declare: tlsTest, restartable: false });

redisTest("a cluster holds the same contract", async (t) => {
  await using cluster = await startCluster();
  const [first] = cluster.nodes;
  const steps: Parameters<Declare>[] = [];
  // A cluster takes seconds to start: the tests are steps of one, and each begins with an empty one.
  testStore("a cluster", async () => {
    for (const { port } of cluster.nodes) await redisCli(port, "flushall");
    return ownerOf({ [Symbol.asyncDispose]: () => Promise.resolve() }, first?.port ?? 0, cluster.url);
  }, { declare: (...step) => void steps.push(step), restartable: false, openStore: openTagged });
  for (const [name, fn] of steps) await t.step(name, fn);
});

function ownerOf(owned: AsyncDisposable, port: number, url: string): StoreServer {
  const never = () => Promise.reject(new Error("this server is not restarted"));
  return {
    port,
    url,
    stop: never,
    restart: never,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

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
