/** What is known of the whole service, as the pages, `status` and the metrics show it. */
import type { ServiceStatus } from "../model/status.ts";
import type { Stats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import { VERSION } from "../shared/version.ts";
import type { Parts } from "./parts.ts";
import type { RedisHealth } from "./redis_health.ts";
import type { Resources } from "./resources.ts";
import { viewServers } from "./server_views.ts";

/** What it is made of. */
export type ServiceViewOptions = {
  readonly parts: Pick<Parts, "servers" | "projectors" | "comparison">;
  readonly resources: Pick<Resources, "lease" | "instances">;
  readonly recorder: Recorder | undefined;
  readonly stats: Stats;
  readonly health: RedisHealth;
  readonly starting: boolean;
  readonly stopping: boolean;
};

/** Puts it together. */
export function viewService(
  { parts, resources, recorder, stats, health, starting, stopping }: ServiceViewOptions,
): ServiceStatus {
  const { servers, projectors, comparison } = parts;
  const { frames = 0, missing = 0 } = recorder?.counts ?? {};
  stats.recorded = frames;
  stats.unrecorded = missing;
  return {
    version: VERSION,
    lease: resources.lease?.status() ?? null,
    standbys: resources.instances?.list() ?? [],
    ...{ starting, stopping, outage: health.outage, stats },
    faults: [...health.doubts, ...projectors.faults(), ...comparison.faults()],
    servers: viewServers(servers, projectors),
  };
}
