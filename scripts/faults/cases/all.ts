/** The whole matrix, in the order in which it is listed. */
import type { FaultCase } from "../case.ts";
import { ANSWER_CASES } from "./answers.ts";
import { EXCHANGE_CASES } from "./exchange.ts";
import { FAILOVER_CASES } from "./failover.ts";
import { LEASE_CASES } from "./lease.ts";
import { NAME_CASES } from "./names.ts";
import { CLUSTER_CASES } from "./cluster.ts";
import { REDIS_CASES } from "./redis.ts";
import { SERVICE_CASES } from "./service.ts";
import { SHARD_CASES } from "./shards.ts";
import { STANDBY_CASES } from "./standby.ts";

export const CASES: readonly FaultCase[] = [
  ...EXCHANGE_CASES,
  ...ANSWER_CASES,
  ...NAME_CASES,
  ...REDIS_CASES,
  ...FAILOVER_CASES,
  ...CLUSTER_CASES,
  ...SERVICE_CASES,
  ...LEASE_CASES,
  ...STANDBY_CASES,
  ...SHARD_CASES,
];
