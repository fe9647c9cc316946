/** Work that is tried again, longer and longer apart, until it succeeds. */
import { backoff, type BackoffOptions } from "./backoff.ts";
import { sleep } from "./sleep.ts";

/** One of several attempts. */
export type Attempt = {
  /** How many have failed in a row before this one. */
  readonly number: number;
  /** What fails from now on fails for the first time: the pauses begin again with the shortest. */
  succeeded(): void;
};

/** Settings of {@link attempts}, with the bounds of the pauses. */
export type AttemptOptions = BackoffOptions & {
  /** Ends everything: no further attempt. */
  readonly signal: AbortSignal;
  /** Called before each pause; the next attempt is made as soon as the signal that it returns is aborted. */
  readonly untilWoken?: () => AbortSignal;
};

/** Settings of {@link retry}. */
export type RetryOptions = AttemptOptions & {
  /** Called with what an attempt (0 is the first) rejected with; what it throws ends the attempts. */
  readonly onFailure?: (error: unknown, attempt: number) => void;
  /** Whether another attempt may end otherwise. An error that is none of these is thrown, also after the end of the signal. */
  readonly isTemporary?: (error: unknown) => boolean;
};

/** Gives attempts until its consumer stops or the signal is aborted, with a pause before each but the first. */
export async function* attempts(options: AttemptOptions): AsyncGenerator<Attempt> {
  for (let failures = 0; !options.signal.aborted; failures++) {
    yield { number: failures, succeeded: () => void (failures = 0) };
    await pause(failures, options);
  }
}

/**
 * Resolves with what the first attempt that succeeds resolves with; with undefined when the signal is aborted before. Work
 * that succeeds at once costs one promise: every batch of writes passes here.
 */
export async function retry<T>(
  work: (attempt: Attempt) => Promise<T>,
  { onFailure, isTemporary = () => true, ...options }: RetryOptions,
): Promise<T | undefined> {
  for (let failures = 0; !options.signal.aborted; failures++) {
    const number = failures;
    try {
      return await work({ number, succeeded: () => void (failures = 0) });
    } catch (error) {
      if (!isTemporary(error)) throw error;
      if (options.signal.aborted) break;
      onFailure?.(error, number);
    }
    await pause(failures, options);
  }
  return undefined;
}

/** Waits after so many failures before this one. */
async function pause(failures: number, { signal, untilWoken, ...bounds }: AttemptOptions): Promise<void> {
  const until = untilWoken === undefined ? signal : AbortSignal.any([signal, untilWoken()]);
  await sleep(backoff(failures, Math.random, bounds), until);
}
