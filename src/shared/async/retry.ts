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
export async function* attempts({ signal, untilWoken, ...bounds }: AttemptOptions): AsyncGenerator<Attempt> {
  for (let failures = 0; !signal.aborted; failures++) {
    yield { number: failures, succeeded: () => void (failures = 0) };
    const until = untilWoken === undefined ? signal : AbortSignal.any([signal, untilWoken()]);
    await sleep(backoff(failures, Math.random, bounds), until);
  }
}

/** Resolves with what the first attempt that succeeds resolves with; with undefined when the signal is aborted before. */
export async function retry<T>(
  work: (attempt: Attempt) => Promise<T>,
  { onFailure, isTemporary = () => true, ...options }: RetryOptions,
): Promise<T | undefined> {
  for await (const attempt of attempts(options)) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isTemporary(error)) throw error;
      if (options.signal.aborted) break;
      onFailure?.(error, attempt.number);
    }
  }
  return undefined;
}
