/** What is known of the whole service, as the pages, `status` and the metrics show it. */
import type { PathStatus, ServerStatus, ServiceStatus } from "../model/status.ts";
import { missingShards } from "../shared/missing_shards.ts";
import type { Stats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import { message } from "../shared/messages/message.ts";
import { formatShard } from "../shared/shard.ts";
import { VERSION } from "../shared/version.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Parts } from "./parts.ts";
import type { Projectors } from "./projectors.ts";
import type { RedisHealth } from "./redis_health.ts";
import type { Resources } from "./resources.ts";

/** What the view of a service is made of. */
export type ServiceViewOptions = {
  readonly parts: Pick<Parts, "servers" | "projectors" | "comparison">;
  readonly resources: Pick<Resources, "lease" | "instances" | "shard" | "shardWatch">;
  readonly recorder: Recorder | undefined;
  readonly stats: Stats;
  readonly health: RedisHealth;
  readonly starting: boolean;
  readonly stopping: boolean;
};

/** Returns the status of the service: what its parts say of themselves, put together. */
export function viewService(
  { parts, resources, recorder, stats, health, starting, stopping }: ServiceViewOptions,
): ServiceStatus {
  const { servers, projectors, comparison } = parts;
  const { frames = 0, missing = 0 } = recorder?.counts ?? {};
  stats.recorded = frames;
  stats.unrecorded = missing;
  return {
    version: VERSION,
    ...(resources.shard === undefined ? {} : {
      shard: formatShard(resources.shard),
      shards: resources.shardWatch?.list() ?? [],
    }),
    lease: resources.lease.status(),
    standbys: resources.instances.list(),
    ...{ starting, stopping, outage: health.outage, stats },
    faults: [
      ...leaseFaults(resources.lease),
      ...shardFaults(resources),
      ...health.doubts,
      ...projectors.faults(),
      ...comparison.faults(),
    ],
    servers: viewServers(servers, projectors),
  };
}

/** A holder whose lease has run out does not vouch for anything: another service may hold it by now, and write. */
export function leaseFaults(
  { holder, isOverdue, ageMs }: Pick<Lease, "holder" | "isOverdue" | "ageMs">,
): string[] {
  if (holder === undefined || !isOverdue) return [];
  return [message("ready.lease_overdue", { age: Math.round(ageMs / 1000) }).english];
}

/** The first shard looks after the whole: it is not ready without the others. */
function shardFaults({ shard, shardWatch }: Pick<Resources, "shard" | "shardWatch">): string[] {
  if (shard?.index !== 1) return [];
  const missing = [...missingShards(shardWatch?.list() ?? [], formatShard(shard))];
  return missing.map((shard) => message("shard.missing", { shard }).english);
}

/** Returns what the connections know, less what Redis does not keep of it. */
function viewServers(servers: ServerRegistry, projectors: Projectors): ServerStatus[] {
  return servers.names().map((name) => {
    const server = servers.view(name);
    return { ...server, subscriptions: server.subscriptions.map((path) => asKept(projectors, name, path)) };
  });
}

/** Rows that are left out make no path any younger; one whose rows Redis does not keep is as good as one that brings none. */
function asKept(projectors: Projectors, server: string, state: PathStatus): PathStatus {
  const receivedAt = projectors.receivedAt(server, state.path) ?? state.receivedAt;
  const path = receivedAt < state.receivedAt ? { ...state, receivedAt } : state;
  const fault = projectors.faultOf(server, path.path);
  if (fault === undefined || path.state !== "live") return path;
  return { ...path, state: "stale", error: fault };
}
