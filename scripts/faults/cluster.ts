/** A real cluster in the place of the one server, and what its nodes are to the server that is watched. */
import { Cluster as ClusterClient, type Redis } from "ioredis";
import calculateSlot from "cluster-key-slot";
import { type Cluster, redisCli, startCluster } from "../../tests/support/redis_modes.ts";
import type { RedisServer } from "../../tests/support/redis_server.ts";
import { waitFor } from "../../tests/support/wait.ts";
import type { RedisChild } from "./redis.ts";

/** A cluster by its parts. */
export type FaultCluster = AsyncDisposable & {
  readonly redis: RedisChild;
  readonly url: string;
  /** The node that has the keys of the watched server now, and another master. */
  owner(): Promise<RedisServer>;
  other(): Promise<RedisServer>;
  /** Swaps the owner with its replica, in order. */
  swap(): Promise<void>;
};

/** Starts three masters, with a replica each where asked for; `prefix` is that of the watched server. */
export async function startFaultCluster(prefix: string, replicas: number): Promise<FaultCluster> {
  const cluster: Cluster = await startCluster({ replicas, args: ["--cluster-require-full-coverage", "no"] });
  const slot = calculateSlot(prefix);
  const client = new ClusterClient(cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })), {
    clusterRetryStrategy: () => 100,
    retryDelayOnFailover: 100,
    slotsRefreshInterval: 500,
    slotsRefreshTimeout: 1000,
    redisOptions: { maxRetriesPerRequest: null, commandTimeout: 30_000 },
  });
  client.on("error", () => {});
  const owner = async () => await cluster.ownerOf(slot);
  const end = async () => {
    client.disconnect();
    await cluster[Symbol.asyncDispose]();
  };
  const redis: RedisChild = {
    port: cluster.nodes[0]?.port ?? 0,
    // The few commands that are sent are the same.
    client: client as unknown as Redis,
    kill: async () => await (await owner()).kill(),
    start: () => Promise.reject(new Error("a node that was killed stays away")),
    signal: () => {
      throw new Error("which node is meant is for the case to say");
    },
    [Symbol.asyncDispose]: end,
  };
  return {
    redis,
    url: cluster.url,
    owner,
    async other() {
      const own = await owner();
      const found = await Promise.all([0, 8000, 16_000].map((each) => cluster.ownerOf(each)));
      return found.find((node) => node !== own) as RedisServer;
    },
    async swap() {
      const before = await owner();
      const replica = Number(
        /slave0:ip=[^,]*,port=(\d+)/.exec(await redisCli(before.port, "info", "replication"))?.[1],
      );
      await redisCli(replica, "cluster", "failover");
      await waitFor("the other way round", async () => (await owner()) !== before, { everyMs: 50 });
    },
    [Symbol.asyncDispose]: end,
  };
}
