/** Work that is tried again, longer and longer apart, until it succeeds. */
import { backoff, type BackoffOptions } from "./backoff.ts";
import { sleep } from "./sleep.ts";

/** Settings of {@link retry}, with the bounds of the pauses. */
export type RetryOptions = BackoffOptions & {
  /** Ends everything: no further attempt, and no result. */
  readonly signal: AbortSignal;
  /** Called with what an attempt (0 is the first) rejected with; what it throws ends the attempts. */
  readonly onFailure: (error: unknown, attempt: number) => void;
};

/** What the first attempt that succeeds resolves with; undefined when the signal is aborted before. */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T | undefined> {
  const { signal, onFailure } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) break;
      onFailure(error, attempt);
      await sleep(backoff(attempt, Math.random, options), signal);
    }
  }
  return undefined;
}
