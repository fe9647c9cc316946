/** Which shard this process is, by its settings and the name of its host. */
import type { Settings } from "../config/shapes.ts";
import { ConfigError, issueOf } from "../shared/errors.ts";
import { hostname } from "../shared/hostname.ts";
import { message } from "../shared/messages/message.ts";
import { parseShard, type Shard } from "../shared/shard.ts";

/**
 * Returns the shard of this process; undefined: it has all of the work. Throws ConfigError where the host name has no number
 * and is to say it.
 */
export function ownShard({ SHARD }: Settings): Shard | undefined {
  const host = hostname();
  const shard = parseShard(SHARD, host);
  if (shard === undefined) {
    const text = message("shard.no_number", { host, count: SHARD.split("/")[1] ?? "" });
    throw new ConfigError("SHARD", [issueOf(text, "settings.SHARD")]);
  }
  return shard.count === 1 ? undefined : shard;
}
