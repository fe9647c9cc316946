/** Looks at a service again and again, one command each time, whatever happens to the service or to Redis. */
import { backoff } from "../../shared/async/backoff.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { type Client, connect, type ConnectOptions } from "../../client/client.ts";
import { CommandError, NoServiceError, StoreError } from "../../shared/errors.ts";
import type { Sample } from "./sample.ts";

/** Settings of {@link lookAgain}. */
export type LookOptions = {
  readonly connection: ConnectOptions;
  readonly intervalMs: number;
  readonly onSample: (sample: Sample) => void;
  /** Hears why there is no sample; without it the first failure ends the looking. */
  readonly onFault?: (text: string, now: number) => void;
};

/** Runs until the signal is aborted. Rejects when the very first look fails, or any without an `onFault`. */
export async function lookAgain(options: LookOptions, signal: AbortSignal): Promise<void> {
  const { connection, onFault } = options;
  let looked = false;
  const onSample = (sample: Sample) => {
    looked = true;
    options.onSample(sample);
  };
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await using client = await connect(connection);
      attempt = 0;
      const close = () => void client[Symbol.asyncDispose]();
      signal.addEventListener("abort", close);
      try {
        await lookConnected(client, { ...options, onSample }, () => looked, signal);
      } finally {
        signal.removeEventListener("abort", close);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StoreError) || !looked || onFault === undefined) throw error;
      onFault(`Redis is away, reconnecting: ${error.message}`, Date.now());
      await sleep(backoff(attempt, Math.random, { baseMs: 200, capMs: 3000 }), signal);
    }
  }
}

async function lookConnected(
  client: Client,
  { intervalMs, onSample, onFault }: LookOptions,
  hasLooked: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const start = Date.now();
    try {
      const view = await client.view();
      const at = Date.now();
      // A user who may not ask for it, or a Redis of another kind, costs this figure and nothing else.
      const memory = await client.redisInfo("memory").catch(() => ({}));
      onSample({ at, view, memory });
    } catch (error) {
      if (signal.aborted) return;
      const isService = error instanceof NoServiceError || error instanceof CommandError;
      if (!isService || !hasLooked() || onFault === undefined) throw error;
      onFault(error.message, Date.now());
    }
    await sleep(intervalMs - (Date.now() - start), signal);
  }
}
