/** Looks at a service again and again, one command each time, whatever happens to the service or to Redis. */
import { sleep } from "../../shared/async/sleep.ts";
import type { Client, ConnectOptions } from "../../client/client.ts";
import { CommandError, NoServiceError, type StoreError } from "../../shared/errors.ts";
import { keepConnected } from "../shared/live_client.ts";
import type { TopSample } from "./sample.ts";
import type { Text } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

/** Settings of {@link pollService}. */
export type PollOptions = {
  readonly connection: ConnectOptions;
  readonly intervalMs: number;
  readonly onSample: (sample: TopSample) => void;
  /** Called with the reason why there is no sample; without it the first failure ends the polling. */
  readonly onFault?: (text: Text, now: number) => void;
};

/** Runs until the signal is aborted. Rejects when the very first look fails, or any without an `onFault`. */
export async function pollService(options: PollOptions, signal: AbortSignal): Promise<void> {
  const { connection, onFault } = options;
  let sampled = false;
  const onSample = (sample: TopSample) => {
    sampled = true;
    options.onSample(sample);
  };
  const onOutage = (error: StoreError) => {
    if (!sampled || onFault === undefined) throw error;
    onFault(keyed("top.redis_away", { reason: error.text ?? error.message }), Date.now());
  };
  const work = (client: Client) => pollConnected(client, { ...options, onSample }, () => sampled, signal);
  await keepConnected(connection, work, { signal, onOutage });
}

async function pollConnected(
  client: Client,
  { intervalMs, onSample, onFault }: PollOptions,
  hasSample: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const start = performance.now();
    try {
      const view = await client.view();
      const moment = { at: Date.now(), steadyMs: performance.now() };
      // A user who may not ask for it, or a Redis of another kind, costs this figure and nothing else.
      const memory = await client.redisInfo("memory").catch(() => ({}));
      onSample({ ...moment, view, memory });
    } catch (error) {
      if (signal.aborted) return;
      const isOfService = error instanceof NoServiceError || error instanceof CommandError;
      if (!isOfService || !hasSample() || onFault === undefined) throw error;
      onFault(error.text ?? error.message, Date.now());
    }
    await sleep(intervalMs - (performance.now() - start), signal);
  }
}
