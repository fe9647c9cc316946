/** Finds a short prefix of a script that still fails, in a bounded number of runs. */
import type { Result } from "./episode.ts";
import type { Step } from "./script.ts";

const RUNS = 5;
const TIME_MS = 240_000;

export type Shrunk = { steps: readonly Step[]; result: Result; runs: number; again: number };

/** Halves the distance between what passed and what failed. Time plays a part, so a prefix that passes proves nothing. */
export async function shrink(
  script: readonly Step[],
  play: (steps: readonly Step[]) => Promise<Result>,
  log: (text: string) => void,
): Promise<Shrunk> {
  const end = Date.now() + TIME_MS;
  let passes = -1, fails = script.length;
  let runs = 0, again = 0;
  let result: Result | undefined;
  for (let length = script.length; runs < RUNS && Date.now() < end && passes + 1 < fails;) {
    length = Math.floor((passes + fails) / 2);
    log(`shrinking: ${length} of ${script.length} actions`);
    const tried = await play(script.slice(0, length));
    runs++;
    if (tried.violations.length > 0) {
      again++;
      fails = Math.min(length, tried.actions);
      result = tried;
    } else passes = length;
  }
  // The whole once more, where no prefix of it has failed.
  if (!result && Date.now() < end) {
    result = await play(script);
    runs++;
    if (result.violations.length > 0) again++;
  }
  const compared = { rows: 0, books: 0, sets: 0, events: 0 };
  const none = { violations: [], actions: 0, log: [], compared };
  return { steps: script.slice(0, fails), result: result ?? none, runs, again };
}
