/** How long to wait before the next attempt: doubling, capped, jittered; pure. */

/** Bounds of {@link backoff} in milliseconds. */
export type BackoffOptions = { readonly baseMs?: number; readonly capMs?: number };

/** More doublings than any pause here is capped after; beyond them a number would become infinite. */
const MAX_DOUBLINGS = 30;

/** Returns `baseMs`, doubled `times` times (0 and less: not at all), but `capMs` at most. */
export function doubled(baseMs: number, times: number, capMs = Infinity): number {
  return Math.min(capMs, baseMs * 2 ** Math.min(Math.max(times, 0), MAX_DOUBLINGS));
}

/**
 * Returns the milliseconds to wait before attempt `attempt` (0 = the first repetition). `random` gives numbers in [0, 1).
 * Half of the delay is fixed and half is random, so that many clients cut off at once do not return at once.
 */
export function backoff(attempt: number, random: () => number, options: BackoffOptions = {}): number {
  const { baseMs = 250, capMs = 30_000 } = options;
  const full = doubled(baseMs, attempt, capMs);
  return Math.round(full / 2 + random() * full / 2);
}
