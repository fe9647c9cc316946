/**
 * When the events that wait for Redis were received, so that the way from receipt to answer can be measured without a
 * clock call for each message: events of the same millisecond share one mark.
 */

/** Remembers when the writes that wait were received. `mark` numbers are counts of queued writes since the start. */
export type LatencyTracker = {
  /** An event was received at `at` (Unix ms); with its writes, `queued` writes were queued so far. */
  note(at: number, queued: number): void;
  /** The marks of all events whose writes are among the first `sent` ever queued. */
  take(sent: number): Marks;
};

/** Times of `performance.now()`, and how many events each stands for. */
export type Marks = { readonly times: readonly number[]; readonly counts: readonly number[] };

/** While Redis is away, marks grow coarser than this share of the longest wait, so that they stay few. */
const COARSENESS = 1 / 1000;

/** Creates a tracker that has noted nothing yet. */
export function createLatencyTracker(now: () => number = () => performance.now()): LatencyTracker {
  let times: number[] = [];
  let counts: number[] = [];
  let ends: number[] = [];
  let lastAt = NaN;
  return {
    note(at, queued) {
      const last = times.length - 1;
      if (at !== lastAt || last < 0) {
        lastAt = at;
        const time = now();
        const first = times[0];
        if (first === undefined || time - (times[last] as number) > (time - first) * COARSENESS) {
          times.push(time);
          counts.push(1);
          ends.push(queued);
          return;
        }
      }
      counts[last] = (counts[last] as number) + 1;
      ends[last] = queued;
    },
    take(sent) {
      let n = ends.length;
      while (n > 0 && (ends[n - 1] as number) > sent) n--;
      const marks = { times: times.slice(0, n), counts: counts.slice(0, n) };
      times = times.slice(n);
      counts = counts.slice(n);
      ends = ends.slice(n);
      return marks;
    },
  };
}
