/**
 * Where each series stood when it was last written, read from Redis: a service that starts fetches what was missed since,
 * and records what cannot be had.
 */
import type { Topic } from "../okx/topic.ts";
import type { Keys } from "./keys.ts";
import { type CachedRow, readCached, readSubscriptions } from "./read.ts";
import type { Store } from "./store.ts";
import type { SubRecord } from "./sub_record.ts";

/** When a series was last known to be whole, and the last final candle (opening time in ms) or trade that is there. */
export type LastSeen = {
  readonly at: number;
  readonly mark: { readonly kind: "candle" | "trade"; readonly last: number } | undefined;
};

/** Rows looked at for the newest of a series; legacy trades of all instruments share one index. */
const MOST = 100;

/** Topics read at once. */
const PORTION = 500;

/** What is known of these topics, by upstream subscription. Rejects with StoreError. */
export async function readLastSeen(
  store: Store,
  keys: Keys,
  topics: readonly Topic[],
): Promise<Map<string, LastSeen>> {
  const seen = new Map<string, LastSeen>();
  const records = await readSubscriptions(store, keys);
  for (let at = 0; at < topics.length; at += PORTION) {
    const portion = topics.slice(at, at + PORTION);
    const found = await Promise.all(
      portion.map((topic) => readOne(store, keys, topic, records.get(topic.path))),
    );
    for (const [i, each] of found.entries()) {
      const { upstream } = portion[i] as Topic;
      // Of several paths of one subscription the one that says where it stood is taken.
      if (each !== undefined && seen.get(upstream)?.mark === undefined) seen.set(upstream, each);
    }
  }
  return seen;
}

async function readOne(
  store: Store,
  keys: Keys,
  topic: Topic,
  record: SubRecord | undefined,
): Promise<LastSeen | undefined> {
  if (record === undefined || !(record.receivedAt > 0)) return undefined;
  // An orderly end says when it was; otherwise only what came is known to be there.
  const at = record.state === "stale" ? Math.max(record.since, record.receivedAt) : record.receivedAt;
  return { at, mark: await readMark(store, keys, topic) };
}

async function readMark(store: Store, keys: Keys, topic: Topic): Promise<LastSeen["mark"]> {
  if (topic.storage !== "candle" && topic.storage !== "events" && topic.storage !== "trades") {
    return undefined;
  }
  const cached = await readCached(store, keys, topic.path, { n: 1, most: MOST });
  const row = Array.isArray(cached) ? cached.at(-1) : cached;
  if (row === undefined) return undefined;
  return topic.storage === "candle" ? candleMark(row) : tradeMark(row);
}

/** A bar that is not known to be final is fetched too. */
function candleMark({ ts, timestamp, confirm }: CachedRow): LastSeen["mark"] {
  const openedAt = ts === undefined ? Date.parse(timestamp ?? "") : Number(ts);
  if (!Number.isFinite(openedAt) || openedAt <= 0) return undefined;
  return { kind: "candle", last: confirm === "1" ? openedAt : openedAt - 1 };
}

function tradeMark({ tradeId, trade_id: legacyId }: CachedRow): LastSeen["mark"] {
  const last = Number(tradeId ?? legacyId);
  return Number.isSafeInteger(last) && last > 0 ? { kind: "trade", last } : undefined;
}
