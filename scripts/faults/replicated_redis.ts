/** A master, a replica and three sentinels; the harness' own connection moves when the replica is the master. */
import { Redis } from "ioredis";
import { redisCli, type Sentinels, startSentinels } from "../../tests/support/redis_modes.ts";
import type { RedisServer } from "../../tests/support/redis_server.ts";
import { waitFor } from "../../tests/support/wait.ts";
import type { RedisChild } from "./redis.ts";

/** What a fault may do to it; `redis` is whatever server is the master. */
export type ReplicatedRedis = AsyncDisposable & {
  readonly redis: RedisChild;
  readonly url: string;
  readonly sentinels: Sentinels;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** Waits until the replica is the master by its own word; the harness' connection leads there from then on. */
  promoted(): Promise<void>;
};

/** Starts all five and waits until they know each other. */
export async function startReplicatedRedis(): Promise<ReplicatedRedis> {
  await using stack = new AsyncDisposableStack();
  const sentinels = stack.use(await startSentinels());
  const { name, ports, data: [master, replica] } = sentinels;
  if (master === undefined || replica === undefined) throw new Error("There is no replica");
  const client = new Redis({
    port: master.port,
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
    commandTimeout: 30_000,
  });
  client.on("error", () => {});
  stack.defer(() => client.disconnect());
  const owned = stack.move();
  const redis: RedisChild = {
    port: master.port,
    client,
    kill: () => master.kill(),
    start: () => Promise.reject(new Error("The sentinels have another master")),
    signal: (signal) => signal === "SIGSTOP" ? master.pause() : master.resume(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  return {
    redis,
    sentinels,
    master,
    replica,
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${name}`,
    async promoted() {
      await waitFor("the replica to be the master", async () => {
        return (await redisCli(replica.port, "info", "replication")).includes("role:master") || undefined;
      }, { deadlineMs: 60_000, everyMs: 50 });
      client.options.port = replica.port;
      client.disconnect(true);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
