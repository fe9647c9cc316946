/** A service that stands by: it waits for the end of the one that writes, for as long as that takes. */
import type { BufferOptions } from "../session/standby/standby_buffer.ts";
import { roomLogger } from "../logging/log.ts";
import { LeaseError, StoreError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import { sleep } from "../shared/async/sleep.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { within } from "../shared/async/within.ts";
import type { Settings } from "../config/shapes.ts";
import { isLoggedOut, isUnreached } from "../shared/reach.ts";
import type { ServerStatus, ServiceStatus, StandbyStatus } from "../model/status.ts";
import { VERSION } from "../shared/version.ts";
import { followDesired } from "./followed_state.ts";
import { contender } from "./lease.ts";
import type { Parts } from "./parts.ts";
import type { Resources } from "./resources.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Store } from "../store/store.ts";

/** Between two attempts where Redis does not answer. */
const RETRY_MS = 300;

/** Between two questions whether it does. */
const ASK_MS = 1000;

/** Of series at least. */
const BUFFER_MS = 30_000;

/** How long a service that is to replace another waits until all flows, and how often it looks. */
const WARM_MS = 20_000;
const WARM_LOOK_MS = 100;

const log = roomLogger("service");

/** What a service has that stands by. */
export type StandByOptions = {
  readonly settings: Settings;
  readonly resources: Pick<Resources, "lease" | "reader">;
  readonly parts: Pick<Parts, "desired" | "persisted">;
  /** It is to replace a service that goes on, once all flows here. */
  readonly isTakeover: boolean;
  readonly view: () => ServiceStatus;
  /** Redis has answered, or has not, for this reason. */
  readonly onAsked: (error: StoreError | undefined) => void;
  /** Ends the service where a job breaks. */
  readonly watch: (job: Promise<void>) => Promise<void>;
};

/** Buffers what is desired, unless it is cold, until the lease is ours, or the signal is aborted; returns whether it is ours. */
export async function standBy(
  { settings, resources: { lease, reader }, parts, isTakeover, view, onAsked, watch }: StandByOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { desired, persisted } = parts;
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const asking = watch(askRedis(reader, onAsked, until));
  const known = Promise.withResolvers<void>();
  if (settings.STANDBY !== "true") known.resolve();
  const buffer = bufferOptions(settings);
  const following = settings.STANDBY === "true"
    ? watch(followDesired({ desired, persisted, reader, buffer, onKnown: known.resolve }, until))
    : undefined;
  try {
    if (isTakeover) {
      await withDeadline(within(known.promise, signal).catch(() => {}), WARM_MS, () => {});
      await untilWarm(() => view().servers, signal);
    }
    return await awaitTerm(lease, signal);
  } finally {
    ended.abort();
    await Promise.all([following, asking]);
  }
}

/** Asks whether Redis answers, again and again: who stands by has nothing to write. */
async function askRedis(
  reader: Pick<Store, "time">,
  onAsked: StandByOptions["onAsked"],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await within(reader.time(), signal);
      onAsked(undefined);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StoreError)) throw error;
      onAsked(error);
    }
    await sleep(ASK_MS, signal);
  }
}

/**
 * Resolves when the lease is ours, or the signal is aborted: with whether it is. Rejects with StoreError where Redis does not
 * let anybody have it.
 */
async function awaitTerm(lease: Lease, signal: AbortSignal): Promise<boolean> {
  let isAway = false;
  while (!signal.aborted) {
    try {
      await within(lease.check(), signal);
      return true;
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof LeaseError) throw error;
      if (lease.isRefused) throw new StoreError(message("standby.no_lease"));
      if (!isAway) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn("Cannot ask Redis who writes, trying on", { reason });
      }
      isAway = true;
      await sleep(RETRY_MS, signal);
    }
  }
  return false;
}

/** Returns what a service publishes of itself while it stands by; `since` is when it was started, Unix ms. */
export function describeStandby(
  settings: Settings,
  { since, servers }: { readonly since: number; readonly servers: readonly ServerStatus[] },
): Omit<StandbyStatus, "instance" | "ageMs"> {
  const { host, pid, url } = contender("", settings);
  const mode = settings.STANDBY === "cold" ? "cold" : "warm";
  return { mode, host, pid, url, since, version: VERSION, ready: isWarm(servers) };
}

/** Returns whether the exchange is reached, and all that is subscribed is live, or was refused. */
function isWarm(servers: readonly ServerStatus[]): boolean {
  return servers.every((server) =>
    !isUnreached(server) && !server.connections.some(isLoggedOut) &&
    server.subscriptions.every(({ state }) => state === "live" || state === "refused")
  );
}

/** Resolves when all that is subscribed is live, or when it has taken too long. */
async function untilWarm(servers: () => readonly ServerStatus[], signal: AbortSignal): Promise<void> {
  const until = performance.now() + WARM_MS;
  while (!isWarm(servers()) && performance.now() < until && !signal.aborted) {
    await sleep(WARM_LOOK_MS, signal);
  }
}

/** How much a service buffers of each server while it stands by. */
function bufferOptions({ LEASE_MS, QUEUE_MB }: Settings): BufferOptions {
  return { keepMs: Math.max(BUFFER_MS, 4 * LEASE_MS), maxBytes: QUEUE_MB * 1024 * 1024 };
}
