/** Runs several long jobs under one signal: the first failure ends them all. */

/** A job that goes on until its signal is aborted. */
export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Starts every task and waits for all of them. When one fails the others are aborted; the first failure is thrown
 * after the last task has ended. Aborting `signal` is not a failure.
 */
export async function runAll(tasks: readonly Task[], signal: AbortSignal): Promise<void> {
  const inner = new AbortController();
  const both = AbortSignal.any([signal, inner.signal]);
  const failures: unknown[] = [];
  await Promise.all(tasks.map(async (task) => {
    try {
      await task(both);
    } catch (error) {
      if (both.aborted && error === both.reason) return;
      failures.push(error);
      inner.abort(error);
    }
  }));
  if (failures.length > 0) throw failures[0];
}
