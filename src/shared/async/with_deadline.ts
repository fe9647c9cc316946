/** A wait that is given up when its time is over. */

/**
 * Settles as `work` does, or after `ms` milliseconds as `onLate` returns or throws; the work itself goes on, and what
 * becomes of it then is nobody's business.
 */
export async function withDeadline<T, Late>(
  work: Promise<T>,
  ms: number,
  onLate: () => Late,
): Promise<T | Late> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  try {
    return await Promise.race([work, late.promise.then(onLate)]);
  } finally {
    clearTimeout(timer);
  }
}
