/** Something to be done when a signal is aborted, for as long as something else lasts. */

/** Calls `action` once the signal is aborted, or at once where it is, unless `until` has settled. */
export function onAbort(signal: AbortSignal | undefined, action: () => void, until: Promise<unknown>): void {
  signal?.addEventListener("abort", action);
  until.finally(() => signal?.removeEventListener("abort", action)).catch(() => {});
  if (signal?.aborted) action();
}
