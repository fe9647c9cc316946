/** The service at a glance, in one line: what `systemctl status` shows, and what a watchdog goes by. */
import type { Stats } from "../model/stats.ts";
import type { ServiceStatus } from "../model/status.ts";

/** As much of the status of a service as is needed here. */
export type Glance = Pick<ServiceStatus, "stopping" | "outage"> & {
  readonly stats: Pick<Stats, "writingSince" | "batches" | "retries">;
  readonly servers: readonly { readonly subscriptions: readonly { readonly state: string }[] }[];
};

/** What is shown beside `live`, in this order, and only where there is any of it. */
const OTHERS = ["stale", "syncing", "refused"];

/** Renders the state of a service on one line: `12 subscriptions live, 1 stale, Redis ok`. */
export function renderStatusLine(glance: Glance): string {
  if (glance.stopping) return "stopping";
  const counts = new Map<string, number>();
  for (const { subscriptions } of glance.servers) {
    for (const { state } of subscriptions) {
      const shown = state === "live" || OTHERS.includes(state) ? state : "waiting";
      counts.set(shown, (counts.get(shown) ?? 0) + 1);
    }
  }
  const live = counts.get("live") ?? 0;
  const parts = [
    counts.size === 0 ? "no subscriptions" : `${live} ${live === 1 ? "subscription" : "subscriptions"} live`,
    ...[...OTHERS, "waiting"].flatMap((state) => counts.has(state) ? [`${counts.get(state)} ${state}`] : []),
    glance.outage === "" ? "Redis ok" : `Redis away: ${glance.outage}`,
  ];
  return parts.join(", ");
}

/** Longest time in milliseconds that a batch may be under way without being written or tried again. */
export const STUCK_MS = 60_000;

/**
 * Watches the write loop: returns whether it still moves, asked again and again with the time in milliseconds. A Redis
 * that is away does not stop it, because trying again is moving too.
 */
export function createPulse(stuckMs: number = STUCK_MS): (glance: Glance, now: number) => boolean {
  let seen = -1;
  let movedAt = -Infinity;
  return ({ stats }, now) => {
    const turns = stats.batches + stats.retries;
    if (turns !== seen || stats.writingSince === 0) {
      seen = turns;
      movedAt = now;
    }
    return now - movedAt < stuckMs;
  };
}
