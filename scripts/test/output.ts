/** Reads what `deno test` prints (its default reporter, without colours) line by line. */
import { needsOf } from "../../tests/support/needs.ts";

/** What became of a run so far. */
export type Tally = {
  passed: number;
  failed: number;
  /** The names of tests and of steps that were skipped, by what they need; the empty text: nothing that is known. */
  readonly skipped: Map<string, string[]>;
  /** What Deno says of failures at its end: names, places, messages, stack traces. */
  readonly errors: string[];
  /** The name of each test that failed, with its place. */
  readonly failing: string[];
  /** Whether the closing line came; without it the run broke off. */
  complete: boolean;
};

/** Takes the lines of one run. */
export type OutputReader = { take(line: string): void; readonly tally: Tally };

/** A line of a test, or of a step of one: file, names, outcome and time. */
const RESULT = /^(?:\S+ => ?)?(.*?) \.\.\. (ok|FAILED|ignored) \(.*\)$/;

/** As in `FAILED | 1 passed (1 step) | 3 failed (1 step) | 1 ignored (1 step) (109ms)`. */
const SUMMARY = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/;

/** Starts with nothing counted. */
export function createOutputReader(): OutputReader {
  const tally: Tally = {
    passed: 0,
    failed: 0,
    skipped: new Map(),
    errors: [],
    failing: [],
    complete: false,
  };
  let into: string[] | undefined;
  const skip = (name: string) => {
    const needs = needsOf(name);
    for (const need of needs.length > 0 ? needs : [""]) {
      const names = tally.skipped.get(need);
      if (names === undefined) tally.skipped.set(need, [name]);
      else names.push(name);
    }
  };
  return {
    tally,
    take(line) {
      const summary = SUMMARY.exec(line);
      if (summary !== null) {
        tally.passed = Number(summary[1]);
        tally.failed = Number(summary[2]);
        tally.complete = true;
      } else if (line === " ERRORS ") into = tally.errors;
      else if (line === " FAILURES ") into = tally.failing;
      else if (into !== undefined) {
        if (into === tally.errors || line !== "") into.push(line);
      } else {
        const [, name = "", outcome] = RESULT.exec(line) ?? [];
        if (outcome === "ignored") skip(name);
        // The summary says how many there were; until then this is progress.
        else if (outcome === "ok" && !name.includes(" ... ")) tally.passed += 1;
        else if (outcome === "FAILED" && !name.includes(" ... ")) tally.failed += 1;
      }
    },
  };
}
