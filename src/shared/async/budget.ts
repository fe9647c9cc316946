/** "At most n in any window" for things that can wait: how many may be done now, and a note of each that was. */

/** How much of a window's allowance is left. Times are milliseconds of one monotonic clock. */
export type Budget = {
  /** Returns how many more may be spent at `now`. */
  room(now: number): number;
  spend(count: number, now: number): void;
};

/** Creates a budget of at most `count` within any `windowMs`. */
export function createBudget(count: number, windowMs: number): Budget {
  const spent: number[] = [];
  return {
    room(now) {
      while (spent[0] !== undefined && spent[0] <= now - windowMs) spent.shift();
      return count - spent.length;
    },
    spend(times, now) {
      for (let i = 0; i < times; i++) spent.push(now);
    },
  };
}
