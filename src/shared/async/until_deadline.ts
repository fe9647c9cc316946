/** A wait that is given up when its time is over. */

/**
 * Waits for the work, but no longer than `ms` milliseconds; its signal says that nobody waits any more, and what it
 * rejects with after that is nobody's business. Rejects as the work does before.
 */
export async function untilDeadline(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const late = new AbortController();
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    late.abort();
    over.resolve();
  }, ms);
  try {
    await Promise.race([work(late.signal), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
