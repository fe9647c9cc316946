/** Work that is done again and again until a signal ends it. */
import { sleep } from "./sleep.ts";

/** Does the work every `everyMs` milliseconds; the first time after as long. Resolves when the signal is aborted. */
export async function repeat(work: () => void, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, signal);
    if (!signal.aborted) work();
  }
}

/** Returns a function that begins the work unless it is still under way; `onFailure` is called with what it rejects with. */
export function oneAtATime(work: () => Promise<void>, onFailure: (error: unknown) => void): () => void {
  let isUnderWay = false;
  return () => {
    if (isUnderWay) return;
    isUnderWay = true;
    work().catch(onFailure).finally(() => isUnderWay = false);
  };
}
