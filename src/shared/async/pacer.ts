/** "At most n per window" as a budget that is asked, not a timer that acts. */

/** A sliding window over the last `count` grants. */
export type Pacer = {
  /** Reserves the next grant and returns how many milliseconds from `now` it may be used. */
  take(now: number): number;
};

/** Creates a pacer of at most `count` grants within any `windowMs`; grants beyond that are booked for later, in order. */
export function createPacer(count: number, windowMs: number): Pacer {
  const granted: number[] = [];
  return {
    take(now) {
      const oldest = granted.length < count ? -Infinity : granted.shift() as number;
      const last = granted.at(-1) ?? -Infinity;
      const at = Math.max(now, last, oldest + windowMs);
      granted.push(at);
      return at - now;
    },
  };
}
