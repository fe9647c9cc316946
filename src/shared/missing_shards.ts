/** Which shards are not there. */

/** Returns shards that nobody is; none where the lease of `own` is not seen either, since leases say nothing then. */
export function missingShards(
  found: readonly { readonly shard: string; readonly holder: unknown }[],
  own: string,
): Set<string> {
  const missing = new Set(found.filter(({ holder }) => holder === null).map(({ shard }) => shard));
  return missing.has(own) ? new Set() : missing;
}
