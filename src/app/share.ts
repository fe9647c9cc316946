/** This process's share of the work, where several services have it together. */
import type { Owns } from "../session/shard_placement.ts";
import type { Shard } from "../shared/shard.ts";

/** This process among the shards, and what of all that is desired the others have. */
export type Share = {
  readonly shard: Shard;
  readonly owns: Owns;
  /** Paths that are desired of every server, whosever they are. */
  readonly all: () => ReadonlyMap<string, ReadonlySet<string>>;
};

/** Returns whether this process says what is desired of all: the others follow. */
export function writesDesired(share: Pick<Share, "shard"> | undefined): boolean {
  return share === undefined || share.shard.index === 1;
}
