/** What a person reads of a run: while it is under way, and at its end. */
import { remedyOf } from "../../tests/support/needs.ts";
import type { Tally } from "./output.ts";

/** A line of progress at least this often where there is no terminal that shows it in place. */
const PROGRESS_MS = 15_000;

/** Shows how far a group is. */
export type Progress = { show(tally: Tally): void; end(): void };

/** Overwrites one line on a terminal, and writes one from time to time elsewhere. */
export function createProgress(group: string, write: (text: string) => void, terminal: boolean): Progress {
  const start = performance.now();
  let shownAt = start;
  let shown = 0;
  return {
    show({ passed, failed }) {
      const now = performance.now();
      if (now - shownAt < (terminal ? 100 : PROGRESS_MS)) return;
      shownAt = now;
      const text = `${group}: ${passed} passed, ${failed} failed, ${Math.round((now - start) / 1000)} s`;
      write(terminal ? `\r${text.padEnd(shown)}` : `${text}\n`);
      shown = text.length;
    },
    end() {
      if (terminal && shown > 0) write(`\r${" ".repeat(shown)}\r`);
    },
  };
}

/** One line about everything that was skipped, with what would provide it; empty when nothing was. */
export function renderSkipped(tallies: readonly Tally[]): string {
  const skipped = mergeSkipped(tallies);
  const parts = [...skipped].map(([need, names]) =>
    need === ""
      ? `${names.length} for no reason that is known`
      : `${names.length} for want of ${need} (${remedyOf(need)})`
  );
  return parts.length === 0 ? "" : `Skipped: ${parts.join("; ")}`;
}

/** Everything that was skipped, by what it needs. */
export function mergeSkipped(tallies: readonly Tally[]): Map<string, string[]> {
  const merged = new Map<string, string[]>();
  for (const { skipped } of tallies) {
    for (const [need, names] of skipped) merged.set(need, [...merged.get(need) ?? [], ...names]);
  }
  return merged;
}

/** The closing line. A test that lacks several things is skipped once. */
export function renderCount(tallies: readonly Tally[]): string {
  const sum = (count: (tally: Tally) => number) => tallies.reduce((total, tally) => total + count(tally), 0);
  const skipped = new Set([...mergeSkipped(tallies).values()].flat()).size;
  return `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed, ${skipped} skipped`;
}
