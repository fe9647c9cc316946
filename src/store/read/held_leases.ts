/** The keys by which it is known who writes: a clear of what is kept leaves them. */
import { MAX_SHARDS, type Shard, shardsOf } from "../../shared/shard.ts";
import { epochKey, leaderKey, shardsKey } from "../layout/keys.ts";
import { isWrongType } from "../../shared/redis_errors.ts";
import type { Store } from "../store.ts";

/** Returns those of every lease that is held, of shards, too. Rejects with StoreError. */
export async function readHeldLeases(
  store: Pick<Store, "row" | "type" | "clustered">,
  keyPrefix: string,
): Promise<string[]> {
  const numbersKey = shardsKey(keyPrefix, store.clustered);
  const numbers = await store.row(numbersKey).catch((error) => {
    if (!isWrongType(error)) throw error;
    return {};
  });
  const counts = Object.keys(numbers).map(Number).filter((count) => count >= 1 && count <= MAX_SHARDS);
  const keys: string[] = [];
  const all: (Shard | undefined)[] = [undefined, ...counts.flatMap(shardsOf)];
  for (const shard of all) {
    if (await store.type(leaderKey(keyPrefix, shard)) === "none") continue;
    keys.push(leaderKey(keyPrefix, shard), epochKey(keyPrefix, shard), numbersKey);
  }
  return keys;
}
