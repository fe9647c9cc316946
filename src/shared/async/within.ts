/** A wait that ends with its work or with a signal, whichever comes first. */

/**
 * Settles as `work` does, or rejects when the signal is aborted first, with its reason or with what `errorOf` returns; the work
 * itself goes on.
 */
export async function within<T>(
  work: Promise<T>,
  signal: AbortSignal,
  errorOf: () => unknown = () => signal.reason,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const abort = () => late.reject(errorOf());
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  // Whichever comes second is nobody's business any more.
  work.catch(() => {});
  late.promise.catch(() => {});
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
