/**
 * What shards have left that are not there: the first shard says of each of their paths that nobody keeps it up, and removes what
 * nobody desires any more. A shard that comes back begins with its own records, as after any start.
 */
import { missingShards } from "../shared/missing_shards.ts";
import { message } from "../shared/messages/message.ts";
import { sleep } from "../shared/async/sleep.ts";
import { StoreError } from "../shared/errors.ts";
import { formatShard } from "../shared/shard.ts";
import { shardOf } from "../session/shard_placement.ts";
import { createKeys, type Keys } from "../store/layout/keys.ts";
import { readSubRecord, type SubRecord } from "../store/layout/subscription_record.ts";
import { inheritedRecord, isBookPath } from "../store/read/leftovers.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import type { Share } from "./share.ts";
import type { ShardWatch } from "./shard_watch.ts";

/** What {@link keepMissing} reads and writes. */
export type MissingShardsOptions = {
  readonly store: Pick<Store, "rows" | "field" | "apply" | "clustered">;
  readonly keyPrefix: string;
  readonly share: Share;
  readonly watch: Pick<ShardWatch, "look">;
  /** Redis' time now. */
  readonly redisNow: () => number;
  readonly everyMs?: number;
};

const EVERY_MS = 1000;

/** Looks in a row without a holder: one that is started again is there meanwhile. */
const LOOKS = 3;

/** Settles what missing shards have left, again and again until the signal is aborted. */
export async function keepMissing(options: MissingShardsOptions, signal: AbortSignal): Promise<void> {
  const { share, watch, everyMs = EVERY_MS } = options;
  const looks = new Map<string, number>();
  // One that was closed may have records of those that were away then.
  const servers = new Set<string>();
  while (!signal.aborted) {
    for (const name of share.all().keys()) servers.add(name);
    try {
      const now = missingShards(await watch.look(), formatShard(share.shard));
      for (const shard of looks.keys()) if (!now.has(shard)) looks.delete(shard);
      for (const shard of now) looks.set(shard, (looks.get(shard) ?? 0) + 1);
      const missing = new Set([...looks].filter(([, count]) => count >= LOOKS).map(([shard]) => shard));
      for (const name of missing.size > 0 && !signal.aborted ? servers : []) {
        await settleMissing(options, name, missing);
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    await sleep(everyMs, signal);
  }
}

/** Settles one server at once; returns those of the missing shards that have paths of it. Rejects with StoreError. */
export async function settleMissing(
  { store, keyPrefix, share, redisNow }: Omit<MissingShardsOptions, "watch">,
  server: string,
  missing: ReadonlySet<string>,
): Promise<Set<string>> {
  const keys = createKeys(keyPrefix, server, store.clustered);
  const [fields = {}] = await store.rows([keys.subs]);
  const found = new Set<string>();
  const writes: Write[] = [];
  for (const [path, text] of Object.entries(fields)) {
    const shard = formatShard({ index: shardOf(server, path, share.shard.count), count: share.shard.count });
    if (!missing.has(shard)) continue;
    found.add(shard);
    const isDesired = share.all().get(server)?.has(path) === true;
    const record = isDesired ? withoutShard(readSubRecord(text), shard, redisNow()) : undefined;
    if (isDesired && record === undefined) continue;
    writes.push(
      record === undefined
        ? { kind: "unfield", key: keys.subs, field: path }
        : { kind: "field", key: keys.subs, field: path, value: JSON.stringify(record) },
      ...await bookWrites(store, keys, path, isDesired ? "stale" : "closed"),
    );
  }
  if (writes.length > 0) await store.apply(writes);
  return found;
}

/**
 * Returns the record of a path that nobody keeps up; undefined: the one that is there does not pass for kept
 * up.
 */
function withoutShard(record: SubRecord | undefined, shard: string, now: number): SubRecord | undefined {
  if (record === undefined || ["stale", "refused", "wanted"].includes(record.state)) return undefined;
  const { state, since, receivedAt } = inheritedRecord(record, now);
  const reason = message("reason.shard_gone", { shard }).english;
  return {
    ...{ ...record, state, since, receivedAt },
    error: state === "stale" ? { code: "shard", message: reason } : null,
  };
}

/** A hash of another kind has no such field, or says by it what became of an order. */
async function bookWrites(
  store: Pick<Store, "field">,
  keys: Keys,
  path: string,
  next: "stale" | "closed",
): Promise<Write[]> {
  const key = keys.path(path);
  const state = isBookPath(path) ? await store.field(key, "state") : undefined;
  return state === undefined || state === next || state === "closed"
    ? []
    : [{ kind: "field", key, field: "state", value: next }];
}
