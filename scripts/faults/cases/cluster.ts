/** Faults of a Redis Cluster. */
import type { FaultCluster } from "../cluster.ts";
import type { Environment } from "../environment.ts";
import type { FaultCase } from "../case.ts";

export const CLUSTER_CASES: readonly FaultCase[] = [
  {
    name: "cluster-swap",
    title: "a master of a cluster is swapped with its replica (CLUSTER FAILOVER)",
    environment: { cluster: { replicas: 1 } },
    announced: [],
    async strike({ environment, lifted }) {
      await clusterOf(environment).swap();
      lifted();
    },
  },
  {
    name: "cluster-kill",
    title: "a master of a cluster kill -9, its replica takes over",
    environment: { cluster: { replicas: 1 } },
    announced: [/^readyz (?!ok)/, /^log .*Redis/],
    fromStrike: true,
    async strike({ environment }) {
      await environment.redis.kill();
    },
  },
  {
    name: "cluster-silent",
    title: "another node of a cluster stopped (SIGSTOP) for 12 s, without a replica",
    environment: { cluster: { replicas: 0 } },
    announced: [],
    async strike({ environment, flows, pause, lifted }) {
      const node = await clusterOf(environment).other();
      node.pause();
      try {
        await flows(5000);
        await pause(12_000);
        await flows(5000);
      } finally {
        node.resume();
      }
      lifted();
    },
  },
];

function clusterOf({ cluster }: Environment): FaultCluster {
  return cluster as FaultCluster;
}
