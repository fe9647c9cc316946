/**
 * Log lines on their way out. Whatever becomes of the reader (gone, stuck, its disk full), logging neither stops nor
 * holds up nor fills the memory of the service: lines that cannot be kept are dropped, and their number is logged once
 * lines can be written again.
 */

import { withDeadline } from "../shared/async/with_deadline.ts";

/** Writes some of the bytes and returns how many, as `Deno.stderr` does. */
export type LogOutput = { write(bytes: Uint8Array): Promise<number> };

/** Lines on their way to a reader that may be slow or gone. */
export type LogQueue = {
  /** A line with its line break. */
  add(line: string): void;
  /** Waits until everything is written or lost, at most so long. */
  flush(patienceMs: number): Promise<void>;
};

/** Settings of {@link createLogQueue}. */
export type LogQueueOptions = {
  /** The line that says how many were lost. */
  readonly lostLine: (count: number) => string;
  /** Characters that may wait. */
  readonly maxWaiting?: number;
};

/** A minute or so of a talkative service. */
const MAX_WAITING = 1024 * 1024;

/** Characters that are handed on at once. */
const MAX_CHUNK = 64 * 1024;

/** Creates a queue that writes as soon as there is something to write. */
export function createLogQueue(out: LogOutput, options: LogQueueOptions): LogQueue {
  const { lostLine, maxWaiting = MAX_WAITING } = options;
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let waiting = 0;
  let lost = 0;
  let working: Promise<void> | undefined;

  /** Some of the oldest lines, and the loss before them. */
  const take = (): string[] => {
    let size = 0;
    const count = lines.findIndex((line) => (size += line.length) > MAX_CHUNK);
    const taken = lines.splice(0, count < 0 ? lines.length : Math.max(1, count));
    waiting -= taken.reduce((sum, line) => sum + line.length, 0);
    return taken;
  };
  const work = async (): Promise<void> => {
    while (lines.length > 0) {
      const reported = lost;
      const taken = take();
      const bytes = encoder.encode([...reported > 0 ? [lostLine(reported)] : [], ...taken].join(""));
      try {
        for (let at = 0; at < bytes.length;) at += await out.write(bytes.subarray(at));
        lost -= reported;
      } catch {
        // There is nobody left to report it to; what comes next is tried again.
        lost += taken.length;
      }
    }
    working = undefined;
  };
  return {
    add(line) {
      if (waiting + line.length > maxWaiting) {
        lost += 1;
        return;
      }
      lines.push(line);
      waiting += line.length;
      working ??= work();
    },
    async flush(patienceMs) {
      if (working === undefined) return;
      await withDeadline(working, patienceMs, () => {});
    },
  };
}
