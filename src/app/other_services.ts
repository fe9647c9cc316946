/** What services on one Redis know of each other: who takes commands on a channel, and whether a process still runs. */
import { ConfigError, issueOf, StoreError } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import { isNotPermitted } from "../store/redis/redis_errors.ts";
import type { Store } from "../store/store.ts";
import { message } from "../shared/messages/message.ts";

const log = roomLogger("service");

/** Two services on one channel would both carry out every command. A Redis that is away is no reason to wait here. */
export async function warnOfAnother(store: Pick<Store, "listeners">, channel: string): Promise<void> {
  const listeners = await store.listeners(channel).catch(() => 0);
  if (listeners === 0) return;
  log.warn("Something else takes commands here already; two services would both carry out each one", {
    channel,
    remedy: "stop it with: okws client quit, or give this one another LISTEN_CHANNEL and KEY_PREFIX",
  });
}

/** Names the setting where the account may not listen: no command would ever reach the service. */
export function explainListening(error: unknown, channel: string): unknown {
  if (!isNotPermitted(error)) return error;
  const fault = message("redis.may_not_listen", { channel });
  return new ConfigError("Redis", [issueOf(fault, "settings.LISTEN_CHANNEL")]);
}

/** The channel that a process of this name listens to as long as it runs. */
export function aliveChannel(keyPrefix: string, instance: string): string {
  return `${keyPrefix}/alive/${instance}`;
}

/** A channel that nobody but one connection of this process listens to; undefined where it would be a pattern. */
export function ownChannel(keyPrefix: string): string | undefined {
  const channel = aliveChannel(keyPrefix, crypto.randomUUID());
  return channel.includes("*") ? undefined : channel;
}

/** Shows other processes that this one runs, by a channel that it listens to. An account that may not do that does without. */
export async function listenAsAlive(
  store: Pick<Store, "listen">,
  channel: string,
  signal: AbortSignal,
): Promise<void> {
  // What holds a star would be listened to as a pattern.
  if (channel.includes("*")) return;
  try {
    await store.listen([channel], signal);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug("Other processes cannot see that this one runs", { channel, reason: error.message });
  }
}
