/**
 * Connections of services by the names that Redis lists: each says whose prefix and which process it is of, so that a new
 * holder of the lease can end those of the one before.
 */
import { createHash } from "node:crypto";
import { type Shard, shardTag } from "../../../shared/shard.ts";

/** What a name is made of. */
export type ClientName = {
  readonly keyPrefix: string;
  readonly db: number;
  readonly instance: string;
  readonly shard?: Shard | undefined;
};

/**
 * Returns the name of a connection: of the prefix only what any list of clients can hold, and enough of a hash that no other
 * one has the same.
 */
export function clientName({ keyPrefix, db, instance, shard }: ClientName): string {
  const hash = createHash("sha256").update(JSON.stringify([keyPrefix, db])).digest("hex").slice(0, 12);
  const of = shard === undefined ? "" : `/${shardTag(shard)}`;
  return `okws:${keyPrefix.replace(/[^A-Za-z0-9._-]/g, "").slice(0, 20)}-${hash}${of}:${instance}`;
}

/**
 * Ids of the connections in a reply to CLIENT LIST that are of another process with the same prefix; of shards those of the same
 * shard, and of every other number.
 */
export function othersOf(list: string, name: string): string[] {
  const own = partsOf(name);
  return list.split("\n").flatMap((line) => {
    const id = /(?:^| )id=(\d+)/.exec(line)?.[1];
    const name = /(?:^| )name=(\S*)/.exec(line)?.[1] ?? "";
    const other = partsOf(name);
    if (id === undefined || own === undefined || other === undefined || other.group !== own.group) return [];
    const isSibling = other.count === own.count && other.index !== own.index;
    return isSibling || other.instance === own.instance ? [] : [id];
  });
}

/** Of a process that begins at the same moment as ours a connection is younger. */
const OLD_SECONDS = 2;

/** Returns whether one of those has been connected for a while: where the lease is unknown, it may have lost that with Redis. */
export function hasLongBeenUsed(list: string, name: string): boolean {
  const old = list.split("\n").filter((line) => Number(/ age=(\d+)/.exec(line)?.[1] ?? 0) >= OLD_SECONDS);
  return othersOf(old.join("\n"), name).length > 0;
}

function partsOf(name: string) {
  const [, group, index, count, instance] = NAME.exec(name) ?? [];
  return group === undefined ? undefined : { group, index, count, instance };
}

const NAME = /^(okws:[A-Za-z0-9._-]*-[0-9a-f]{12})(?:\/(\d+)-(\d+))?:(.*)$/;
