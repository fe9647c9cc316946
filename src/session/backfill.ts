/**
 * Remembers, across the connections of one session, where each series stopped, and fills what is missing: after an
 * outage, and where the ids of trades skip some. Every hole leaves a record, filled or not. Nothing waits for it: live
 * rows go on as they come.
 */
import { backoff } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Arg, DataFrame } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";
import { roomLogger } from "../log.ts";
import { fill, type Filled, type FillOptions, isPassing, type Mark, tradeIdOf } from "./fill.ts";

/** What became of a hole: Unix milliseconds by this machine's clock. */
export type Hole = {
  readonly from: number;
  readonly to: number;
  readonly outcome: "filled" | "partly" | "not";
  readonly rows: number;
};

/** A filled hole: the rows that were missing, oldest first, and the record. */
export type HoleFilled = {
  readonly key: string;
  readonly arg: Arg;
  readonly rows: readonly unknown[];
  readonly hole: Hole;
};

/** Where a series stood when it was last written, by an earlier process. */
export type LastSeen = { readonly at: number; readonly mark: Mark | undefined };

/** Something that a series has missed. */
type Gap = {
  readonly from: number;
  readonly mark: Mark | undefined;
  /** The first trade that was received after it; infinite while none was. */
  untilId: number;
  /** Ids that were skipped on a living connection, which need never have been there. */
  readonly skip: boolean;
};

type Series = {
  /** Where it is now, and when that was received. */
  mark: Mark | undefined;
  markAt: number;
  /** What it has missed, oldest first. */
  readonly gaps: Gap[];
  filling: boolean;
  /** The first trade that was received here; infinite while none was. */
  firstId: number;
  /** Skips in a row at which the exchange had nothing: where ids are not consecutive, they say nothing. */
  emptySkips: number;
};

/** Ids grow. One that is lower than the last is a repetition, unless it is lower by this: then ids have begun anew. */
const BEGUN_ANEW = 1_000_000;

/** Skips noted at once of one series; beyond that the oldest are recorded without being fetched. */
const MAX_GAPS = 50;

/** After so many skips in a row without anything missing, the ids of a series are taken to be not consecutive. */
const MAX_EMPTY_SKIPS = 3;

/** A fetch that failed for a reason that passes is repeated this often. */
const ATTEMPTS = 5;
const RETRY = { baseMs: 1000, capMs: 30_000 };

/** The exchange's REST may know a trade a little later than its socket, and the first trade bounds what is fetched. */
const SETTLE_MS = 300;

const log = roomLogger("session");

/** See the module comment. `key` names the upstream subscription. */
export class Backfill {
  readonly #series = new Map<string, Series>();
  /** Series with a skip that nobody has begun to fill. */
  readonly #skipped = new Set<string>();

  /** Notes where a series is, and leaves out trades that were received before. */
  onRows(key: string, topic: Topic, frame: DataFrame, now: number): DataFrame {
    if (topic.storage === "candle") {
      this.#onCandles(this.#of(key), frame);
      return frame;
    }
    return hasTradeIds(topic) ? this.#onTrades(key, frame, now) : frame;
  }

  /** These series were live and no longer are: nothing was heard of them since `at`. */
  onLost(topics: Iterable<Topic>, at: number): void {
    for (const topic of topics) {
      if (isSeries(topic)) this.#lose(this.#of(topic.upstream), at);
    }
  }

  /** A series goes on where an earlier process stopped. */
  recall(topic: Topic, { at, mark }: LastSeen): void {
    if (!isSeries(topic) || this.#series.has(topic.upstream)) return;
    const series = this.#of(topic.upstream);
    series.mark = mark;
    this.#lose(series, at);
  }

  /** Since when a series misses something, in Unix milliseconds; infinite: it misses nothing. */
  missingSince(key: string): number {
    return this.#series.get(key)?.gaps[0]?.from ?? Infinity;
  }

  /** The last trade of a series of one instrument; 0: none. */
  lastTrade(key: string): number {
    const mark = this.#series.get(key)?.mark;
    return mark?.kind === "trade" ? mark.last : 0;
  }

  /**
   * Knows from now on what another one knew, and is to fill what that one did not. Answers the series that have
   * something to be filled.
   */
  adopt(other: Backfill): string[] {
    for (const [key, { mark, markAt, gaps }] of other.#series) {
      const own = this.#series.get(key);
      if (own === undefined) {
        this.#series.set(key, { ...newSeries(), mark, markAt, gaps: [...gaps] });
        continue;
      }
      // What is missing there ends with what was received here first.
      own.gaps.unshift(...gaps.map((gap) => ({ ...gap, untilId: Math.min(gap.untilId, own.firstId) })));
      // What that one passed on last may still be on its way here.
      if (own.mark === undefined || isAhead(mark, own.mark)) {
        own.mark = mark;
        own.markAt = markAt;
      }
    }
    return [...this.#series].filter(([, { gaps }]) => gaps.length > 0).map(([key]) => key);
  }

  /** No longer wanted. */
  forget(key: string): void {
    this.#series.delete(key);
    this.#skipped.delete(key);
  }

  /** Series that have skipped ids since the last call; each is to be filled by {@link onLive}. */
  takeSkipped(): readonly string[] {
    if (this.#skipped.size === 0) return NONE;
    const keys = [...this.#skipped];
    this.#skipped.clear();
    return keys;
  }

  /**
   * A series is live (again): fetches what it missed, one hole after the other. Each is told by `deliver`; one during
   * which the signal is aborted stays and goes on from where it began.
   */
  async onLive(topic: Topic, options: FillOptions, deliver: (filled: HoleFilled) => void): Promise<void> {
    const series = this.#series.get(topic.upstream);
    if (series === undefined || series.filling) return;
    series.filling = true;
    try {
      for (let gap = series.gaps[0]; gap !== undefined; gap = series.gaps[0]) {
        const filled = await this.#fill(topic, series, gap, options);
        if (options.signal.aborted) return;
        series.gaps.shift();
        if (filled !== undefined) deliver(filled);
      }
    } finally {
      series.filling = false;
    }
  }

  async #fill(topic: Topic, series: Series, gap: Gap, options: FillOptions): Promise<HoleFilled | undefined> {
    const end = (outcome: Hole["outcome"], rows: readonly unknown[]): HoleFilled => {
      const to = Math.max(gap.from, Date.now());
      return {
        key: topic.upstream,
        arg: topic.arg,
        rows,
        hole: { from: gap.from, to, outcome, rows: rows.length },
      };
    };
    if (gap.mark === undefined || !isFillable(topic)) return end("not", []);
    if (gap.mark.kind === "trade") await sleep(SETTLE_MS, options.signal);
    const filled = await this.#fetch(topic, gap.mark, options);
    if (filled === undefined) return end("not", []);
    // What was pushed while this was fetched is there already, and what this brings must not be taken again.
    const missing = gap.mark.kind === "trade"
      ? filled.rows.filter((row) => (tradeIdOf(row) ?? 0) < gap.untilId)
      : filled.rows;
    const last = tradeIdOf(missing.at(-1));
    if (last !== undefined && last > (series.mark?.last ?? 0)) series.mark = { kind: "trade", last };
    if (gap.skip) {
      series.emptySkips = missing.length === 0 && filled.complete ? series.emptySkips + 1 : 0;
      // The ids that were skipped have never been there.
      if (missing.length === 0 && filled.complete) return undefined;
    }
    return end(filled.complete ? "filled" : "partly", missing);
  }

  /** Undefined when it cannot be had, or the signal was aborted. */
  async #fetch(topic: Topic, mark: Mark, options: FillOptions): Promise<Filled | undefined> {
    for (let attempt = 0; !options.signal.aborted; attempt++) {
      try {
        return await fill(topic.arg, mark, Date.now(), options);
      } catch (error) {
        if (options.signal.aborted) return undefined;
        if (attempt + 1 >= ATTEMPTS || !isPassing(error)) {
          log.warn("A hole could not be filled", { path: topic.path, reason: String(error) });
          return undefined;
        }
        await sleep(backoff(attempt, Math.random, RETRY), options.signal);
      }
    }
    return undefined;
  }

  #lose(series: Series, at: number): void {
    const last = series.gaps.at(-1);
    const isOpen = last !== undefined && !last.skip && last.untilId === Infinity && last.mark === series.mark;
    // Lost again before anything came: the hole goes on.
    if (!isOpen) this.#note(series, { from: at, mark: series.mark, untilId: Infinity, skip: false });
  }

  #note(series: Series, gap: Gap): void {
    series.gaps.push(gap);
    // The one that is being filled stays; the next two become one, which reaches over both.
    if (series.gaps.length <= MAX_GAPS) return;
    const [one, other] = series.gaps.splice(1, 2) as [Gap, Gap];
    series.gaps.splice(1, 0, { ...one, untilId: other.untilId, skip: one.skip && other.skip });
  }

  #onCandles(series: Series, frame: DataFrame): void {
    for (const row of frame.rows) {
      if (!Array.isArray(row)) continue;
      // A bar that is still forming will have to be fetched too, when it was the first one seen.
      const last = row.at(-1) === "1" ? Number(row[0]) : Number(row[0]) - 1;
      if (row.at(-1) === "1" ? last > (series.mark?.last ?? 0) : series.mark === undefined) {
        series.mark = { kind: "candle", last };
      }
    }
  }

  #onTrades(key: string, frame: DataFrame, now: number): DataFrame {
    const series = this.#of(key);
    const fresh = frame.rows.filter((row) => this.#onTrade(key, series, row, now));
    return fresh.length === frame.rows.length ? frame : { ...frame, rows: fresh, text: "" };
  }

  /** Notes a trade; answers false for one that is there already. */
  #onTrade(key: string, series: Series, row: unknown, now: number): boolean {
    const last = tradeIdOf(row);
    if (last === undefined) return true;
    const held = series.mark?.last ?? 0;
    if (last <= held && held - last < BEGUN_ANEW) return false;
    const first = last - fillsOf(row) + 1;
    const open = series.gaps.at(-1);
    if (open !== undefined && open.untilId === Infinity) open.untilId = first;
    else if (
      series.mark !== undefined && first > series.mark.last + 1 && series.emptySkips < MAX_EMPTY_SKIPS
    ) {
      this.#note(series, { from: series.markAt, mark: series.mark, untilId: first, skip: true });
      this.#skipped.add(key);
    }
    series.mark = { kind: "trade", last };
    series.markAt = now;
    if (series.firstId === Infinity) series.firstId = first;
    return true;
  }

  #of(key: string): Series {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = newSeries();
      this.#series.set(key, series);
    }
    return series;
  }
}

const NONE: readonly string[] = [];

function newSeries(): Series {
  return { mark: undefined, markAt: 0, gaps: [], filling: false, firstId: Infinity, emptySkips: 0 };
}

/**
 * Whether an outage leaves a hole: series and events do, and orders, of which a new connection tells nothing; latest
 * rows, books and snapshots are whole again with the next push.
 */
export function isSeries(topic: Topic): boolean {
  return topic.silentStart || topic.storage === "candle" || topic.storage === "trades" ||
    topic.storage === "events";
}

/** Whether the exchange offers what was missed; the REST of v3 is gone, as its host is. */
function isFillable(topic: Topic): boolean {
  return topic.endpoint !== "v3" && (topic.storage === "candle" || hasTradeIds(topic));
}

/** Whether rows are trades of one instrument, whose ids grow by one with each. */
function hasTradeIds({ arg, endpoint }: Topic): boolean {
  return endpoint !== "v3" && (arg.channel === "trades" || arg.channel === "trades-all");
}

/** Whether a mark is further than another one in the same count of trades. */
function isAhead(mark: Mark | undefined, than: Mark): boolean {
  if (mark?.kind !== "trade" || than.kind !== "trade") return false;
  return mark.last > than.last && mark.last - than.last < BEGUN_ANEW;
}

/** How many trades a row stands for: `trades` sums up those of one taker order (OKX v5, "Trades channel"). */
function fillsOf(row: unknown): number {
  const count = Number((row as { readonly count?: unknown }).count);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}
