/**
 * Whether a subscription that the exchange has accepted is alive: where a channel promises rows at least every so often,
 * one that stays silent for longer is subscribed again, and is stale until a row comes. An acknowledgement proves nothing.
 */
import { doubled } from "../../shared/async/backoff.ts";
import { isAccepted, type Upstream } from "./upstream.ts";

/** Patience with a silent subscription doubles this often at most. */
const MAX_DOUBLINGS = 6;

/** `silent`: to be subscribed again; `stuck`: that was done before, and no row has come since. */
export type Liveness = "alive" | "silent" | "stuck";

/**
 * Looks whether an upstream subscription has had rows since the last look, and counts a renewal where it is silent for
 * longer than `factor` times what its channel promises (twice as long after each renewal). Order books have a check of
 * their own, by sequence numbers.
 */
export function checkLiveness(upstream: Upstream, now: number, factor: number): Liveness {
  const { silence, counts: { rows } } = upstream;
  if (silence.everyMs === undefined || upstream.traits.book || !isAccepted(upstream)) return "alive";
  if (rows !== silence.rowsSeen) {
    silence.rowsSeen = rows;
    silence.rowSeenAt = now;
    silence.renewals = 0;
  }
  silence.rowSeenAt ??= now;
  const patienceMs = doubled(silence.everyMs * factor, Math.min(silence.renewals, MAX_DOUBLINGS));
  if (now - silence.rowSeenAt < patienceMs) return "alive";
  silence.renewals += 1;
  return silence.renewals > 1 ? "stuck" : "silent";
}

/** Returns whether a subscription was renewed for its silence, and no row has come since. */
export function awaitsRow({ silence, counts }: Upstream): boolean {
  return silence.renewals > 0 && counts.rows === silence.rowsSeen;
}

/** Goes on counting rows and renewals where the subscription of another connection stopped. */
export function continueCounts(own: Upstream, other: Upstream): void {
  own.counts.rows = other.counts.rows;
  own.counts.receivedAt = other.counts.receivedAt;
  own.silence.rowsSeen = other.silence.rowsSeen;
  own.silence.renewals = other.silence.renewals;
}
