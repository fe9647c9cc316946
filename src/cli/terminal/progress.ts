/** Progress of long work, on one line of stderr that is written over; nothing where stderr is no terminal. */
import type { Io } from "./io.ts";

/** Work that is over sooner than this says nothing, and more often than this nothing is written. */
const EVERY_MS = 250;

/** Runs `work`, which reports how far it is; the line is gone when the work is over. */
export async function withProgress<T>(
  io: Pick<Io, "progress">,
  work: (report: (text: string) => void) => Promise<T>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const { progress } = io;
  if (progress === undefined) return await work(() => {});
  let last = now();
  let shown = false;
  try {
    return await work((text) => {
      if (now() - last < EVERY_MS) return;
      last = now();
      shown = true;
      progress(text);
    });
  } finally {
    if (shown) progress("");
  }
}
