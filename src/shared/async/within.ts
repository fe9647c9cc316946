/** Waits that end with their work or with a signal, whichever comes first. */

/**
 * Settles as `work` does, or rejects when the signal is aborted first, with its reason or with what `errorOf` returns; the work
 * itself goes on.
 */
export function within<T>(
  work: Promise<T>,
  signal: AbortSignal,
  errorOf: () => unknown = () => signal.reason,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(errorOf());
    const end = () => signal.removeEventListener("abort", abort);
    work.then((value) => {
      end();
      resolve(value);
    }, (error: unknown) => {
      end();
      reject(error);
    });
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener("abort", abort, { once: true });
  });
}

/** Waits for work as {@link within} does, on a signal and with an error of its own. */
export type BoundedWait = <T>(work: Promise<T>) => Promise<T>;

/**
 * Returns a wait for many pieces of work, one after the other or at once, on a signal that ends them all: one listener serves
 * them, as adding and removing one for each batch of writes would cost more than the wait.
 */
export function createBoundedWait(signal: AbortSignal, errorOf: () => unknown): BoundedWait {
  const waiting = new Set<(error: unknown) => void>();
  signal.addEventListener("abort", () => {
    for (const reject of waiting) reject(errorOf());
    waiting.clear();
  }, { once: true });
  return <T>(work: Promise<T>) =>
    signal.aborted ? within(work, signal, errorOf) : new Promise<T>((resolve, reject) => {
      waiting.add(reject);
      work.then((value) => {
        waiting.delete(reject);
        resolve(value);
      }, (error: unknown) => {
        waiting.delete(reject);
        reject(error);
      });
    });
}
