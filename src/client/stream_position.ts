/**
 * How far a follower of a stream is. Entries have ids, so none comes twice; Redis counts what was ever added, which shows
 * how many were trimmed before they were read.
 */
import type { StreamInfo } from "../store/store.ts";
import { compareStreamIds } from "../store/write/stream_id.ts";

/** No entry has a lower id. */
const BEGINNING = "0-0";

/** What there is of a stream that is not there. */
const NO_STREAM: StreamInfo = { length: 0, added: 0, first: undefined, last: BEGINNING };

/** How many entries are gone, null: that is not known; and how many were ever added up to those. */
export type Count = { readonly missed: number | null; readonly added: number | undefined };

/**
 * Counts the entries that are gone behind `last`. `added`: how many up to that one, as far as known; `unread`: how many of
 * those behind it were read, all of them if `isWhole`.
 */
export function countMissed(
  info: StreamInfo,
  { last, added: known, unread, isWhole }: {
    readonly last: string;
    readonly added: number | undefined;
    readonly unread: number;
    readonly isWhole: boolean;
  },
): Count {
  const isGone = info.first !== undefined && last !== BEGINNING && compareStreamIds(info.first, last) > 0;
  // Before Redis 7 nothing is counted.
  if (info.added === undefined) return { missed: isGone ? null : 0, added: undefined };
  const settled = isWhole ? info.added - unread : undefined;
  // Trims take the oldest first: as long as what was read last, or an older one, is there, nothing behind it is gone.
  if (info.first !== undefined && last !== BEGINNING && !isGone) {
    return { missed: 0, added: settled ?? known };
  }
  const added = known ?? (last === BEGINNING ? info.added - info.length : undefined);
  if (added === undefined) return { missed: isGone ? null : 0, added: settled };
  // It is another stream.
  if (info.added < added) return { missed: null, added: settled };
  const missed = isWhole ? info.added - added - unread : isGone ? info.added - info.length - added : 0;
  if (missed < 0 && isGone) return { missed: null, added: settled };
  return { missed: Math.max(0, missed), added: added + Math.max(0, missed) };
}

/** The position of one follower. */
export class StreamPosition {
  /** The id of the entry that was read last; undefined: it begins with whatever is added from now on. */
  last: string | undefined;
  #added: number | undefined;
  #first: string | undefined;
  #historyAt = 0;

  constructor(last: string | undefined) {
    this.last = last;
  }

  /** Begins behind everything that is there. */
  begin(info: StreamInfo = NO_STREAM, historyAt = 0): void {
    this.last = info.last;
    this.#added = info.added;
    this.#first = info.first;
    this.#historyAt = historyAt;
  }

  /**
   * Takes what was read behind {@link last}, and returns how many are gone; null: that is not known. `historyAt`: when older
   * rows were put before the others, by which the stream is written once more and what was ever added counts from there.
   */
  take(
    info: StreamInfo = NO_STREAM,
    { ids, isWhole, historyAt = 0 }: {
      readonly ids: readonly string[];
      readonly isWhole: boolean;
      readonly historyAt?: number | undefined;
    },
  ): number | null {
    if (historyAt !== this.#historyAt) this.#added = undefined;
    this.#historyAt = historyAt;
    if (info.first !== undefined) {
      if (this.#first !== undefined && compareStreamIds(this.#first, info.first) > 0) this.#added = undefined;
      this.#first = info.first;
    }
    const { last = BEGINNING } = this;
    const counted = countMissed(info, { last, added: this.#added, unread: ids.length, isWhole });
    this.#added = counted.added === undefined ? undefined : counted.added + ids.length;
    this.last = ids.at(-1) ?? last;
    return counted.missed;
  }
}
