/**
 * Reads an order book: from the lists of its hash, or, where more levels are asked for, from the hashes of all levels. Both
 * sides of these are of one moment where they name the same number and the same state.
 */
import { bookChannel } from "../../okx/book_channels.ts";
import { decodeLevels } from "../layout/book_levels.ts";
import type { Keys } from "../layout/keys.ts";
import type { Topic } from "../../okx/topic.ts";
import type { CachedRow, Store } from "../store.ts";

/** A book that changes between two reads is read again, so often at most. */
const ATTEMPTS = 20;

/** Returns the levels of a book, `n` of each side at most; all that its hash has where nothing is said. */
export async function readBook(
  store: Pick<Store, "row" | "rows">,
  keys: Keys,
  { topic, row, n }: { readonly topic: Topic; readonly row: CachedRow; readonly n: number | undefined },
): Promise<CachedRow> {
  if (n === undefined) return row;
  const isNative = topic.storage === "book" && !topic.isLegacy;
  const isEnough = Math.max(levelsOf(row.bids).length, levelsOf(row.asks).length) >= n;
  const full = isNative && !isEnough ? await readFull(store, keys, topic) : undefined;
  return cut(full === undefined ? row : { ...row, ...full }, n);
}

/** Returns all levels of a book; undefined where they are not kept, or its sides are never of one moment. */
async function readFull(
  store: Pick<Store, "rows">,
  keys: Keys,
  { path, arg }: Topic,
): Promise<CachedRow | undefined> {
  const { levels } = bookChannel(arg.channel);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [bids = {}, asks = {}] = await store.rows([keys.bids(path), keys.asks(path)]);
    const { seqId, ts = "", state } = bids;
    if (seqId === undefined || state === undefined) return undefined;
    if (asks.seqId !== seqId || asks.ts !== ts || asks.state !== state) continue;
    return {
      bids: JSON.stringify(decodeLevels(levels, "bids", bids)),
      asks: JSON.stringify(decodeLevels(levels, "asks", asks)),
      ts,
      seqId,
      state,
    };
  }
  return undefined;
}

function cut(row: CachedRow, n: number): CachedRow {
  const cut: CachedRow = { ...row };
  for (const side of ["bids", "asks"]) {
    const levels = levelsOf(row[side]);
    if (levels.length > n) cut[side] = JSON.stringify(levels.slice(0, n));
  }
  return cut;
}

function levelsOf(text: string | undefined): unknown[] {
  if (text === undefined) return [];
  try {
    const levels = JSON.parse(text);
    return Array.isArray(levels) ? levels : [];
  } catch {
    return [];
  }
}
