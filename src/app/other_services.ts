/** Channels that services share, or must not share. Who writes under a KEY_PREFIX is decided by the lease. */
import { ConfigError, issueOf } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import { isNotPermitted } from "../shared/redis_errors.ts";
import type { Store } from "../store/store.ts";
import { message } from "../shared/messages/message.ts";

const log = roomLogger("service");

/** Services with other prefixes on one channel would all carry out every command. A Redis that is away is no reason to wait here. */
export async function warnOfAnother(store: Pick<Store, "listeners">, channel: string): Promise<void> {
  const listeners = await store.listeners(channel).catch(() => 0);
  if (listeners === 0) return;
  log.warn("Something else takes commands on this channel, each of them is carried out by both", {
    channel,
    remedy: "give this one a LISTEN_CHANNEL of its own",
  });
}

/**
 * Returns a ConfigError with the setting where the account may not listen, so that no command would reach the service; else the
 * error.
 */
export function explainListening(error: unknown, channel: string): unknown {
  if (!isNotPermitted(error)) return error;
  const fault = message("redis.may_not_listen", { channel });
  return new ConfigError("Redis", [issueOf(fault, "settings.LISTEN_CHANNEL")]);
}

/** Returns a channel that nobody but one connection of this process listens to; undefined where it would be a pattern. */
export function ownChannel(keyPrefix: string): string | undefined {
  const channel = `${keyPrefix}/alive/${crypto.randomUUID()}`;
  return channel.includes("*") ? undefined : channel;
}
