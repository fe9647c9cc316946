/** One of several services that share the work under a KEY_PREFIX, as SHARD names it: `2/3`. */

/** A shard: which one it is, from 1, and how many there are. */
export type Shard = { readonly index: number; readonly count: number };

/** Shards of one KEY_PREFIX: each keeps what it knows of gaps in streams that all of them share. */
export const MAX_SHARDS = 16;

/** `2/3`, or `auto/3` for the number at the end of the host name. */
export const SHARD_PATTERN = /^(auto|[1-9]\d?)\/([1-9]\d?)$/;

/**
 * Reads SHARD; undefined for what is none, or where the host name has no number. That number counts from 0, as those of the
 * pods of a StatefulSet; those beyond the last shard begin with the first one again, and stand by for it.
 */
export function parseShard(text: string, hostname: string): Shard | undefined {
  const [, which = "", of] = SHARD_PATTERN.exec(text) ?? [];
  const count = Number(of);
  const ordinal = /(?:^|-)(\d{1,9})$/.exec(hostname.split(".")[0] ?? "")?.[1];
  const index = which !== "auto" ? Number(which) : ordinal === undefined ? NaN : Number(ordinal) % count + 1;
  return index >= 1 && index <= count && count <= MAX_SHARDS ? { index, count } : undefined;
}

/** Formats a shard for people: `2/3`. */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** Formats a shard for keys: `2-3`. */
export function shardTag({ index, count }: Shard): string {
  return `${index}-${count}`;
}

/** Returns all shards of a number. */
export function shardsOf(count: number): Shard[] {
  return Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
}
