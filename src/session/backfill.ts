/**
 * Remembers, across the connections of one session, where each series stopped, and fills the hole when it is live
 * again. Every hole leaves a record, filled or not. Nothing waits for it: live rows go on as they come.
 */
import type { Arg, DataFrame } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";
import { roomLogger } from "../log.ts";
import { fill, type FillOptions, type Mark, tradeIdOf } from "./fill.ts";

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

type Series = {
  /** Where it is now. */
  mark: Mark | undefined;
  /** What it has missed since it was lost; undefined while nothing is missing. */
  gap: { readonly from: number; readonly mark: Mark | undefined; underWay: boolean } | undefined;
  /** Trades up to this id are held already, checked until `dedupeUntil`; the first one that came since. */
  seenId: number;
  firstId: number;
  dedupeUntil: number;
};

/** For this long after a reconnect the exchange may repeat its latest trades. Later, lower ids are taken as they come. */
const DEDUPE_MS = 10_000;

const log = roomLogger("session");

/** See the module comment. `key` names the upstream subscription. */
export class Backfill {
  readonly #series = new Map<string, Series>();

  /** Notes where a series is, and leaves out trades that were received before the connection was lost. */
  onRows(key: string, topic: Topic, frame: DataFrame, now: number): DataFrame {
    if (!isSeries(topic)) return frame;
    const series = this.#of(key);
    if (topic.storage !== "candle") return this.#onTrades(series, frame, now);
    for (const row of frame.rows) {
      if (!Array.isArray(row)) continue;
      // A bar that is still forming will have to be fetched too, when it was the first one seen.
      const last = row.at(-1) === "1" ? Number(row[0]) : Number(row[0]) - 1;
      if (row.at(-1) === "1" ? last > (series.mark?.last ?? 0) : series.mark === undefined) {
        series.mark = { kind: "candle", last };
      }
    }
    return frame;
  }

  /** These series were live and no longer are. */
  onLost(topics: Iterable<Topic>, now: number): void {
    for (const topic of topics) {
      if (!isSeries(topic)) continue;
      const series = this.#of(topic.upstream);
      series.gap ??= { from: now, mark: series.mark, underWay: false };
      series.gap.underWay = false;
      series.seenId = series.gap.mark?.kind === "trade" ? series.gap.mark.last : 0;
      series.firstId = Infinity;
      series.dedupeUntil = Infinity;
    }
  }

  /** No longer wanted. */
  forget(key: string): void {
    this.#series.delete(key);
  }

  /** A series is live again: fetches what it missed. Undefined when it missed nothing, or the signal was aborted. */
  async onLive(topic: Topic, now: number, options: FillOptions): Promise<HoleFilled | undefined> {
    const series = this.#series.get(topic.upstream);
    const gap = series?.gap;
    if (series === undefined || gap === undefined || gap.underWay) return undefined;
    gap.underWay = true;
    series.dedupeUntil = now + DEDUPE_MS;
    const end = (outcome: Hole["outcome"], rows: readonly unknown[]): HoleFilled => {
      series.gap = undefined;
      return {
        key: topic.upstream,
        arg: topic.arg,
        rows,
        hole: { from: gap.from, to: now, outcome, rows: rows.length },
      };
    };
    if (gap.mark === undefined || !isFillable(topic)) return end("not", []);
    try {
      const { rows, complete } = await fill(topic.arg, gap.mark, now, options);
      // What was pushed while this was fetched is there already, and what this brings must not be taken again.
      const missing = gap.mark.kind === "trade"
        ? rows.filter((row) => (tradeIdOf(row) ?? 0) < series.firstId)
        : rows;
      series.seenId = Math.max(series.seenId, tradeIdOf(missing.at(-1)) ?? 0);
      return end(complete ? "filled" : "partly", missing);
    } catch (error) {
      // Lost again before it was filled: the hole goes on from where it began.
      if (options.signal.aborted) return undefined;
      log.warn("A hole could not be filled", { path: topic.path, reason: String(error) });
      return end("not", []);
    }
  }

  #onTrades(series: Series, frame: DataFrame, now: number): DataFrame {
    const fresh = now < series.dedupeUntil
      ? frame.rows.filter((row) => (tradeIdOf(row) ?? Infinity) > series.seenId)
      : frame.rows;
    for (const row of fresh) series.firstId = Math.min(series.firstId, tradeIdOf(row) ?? Infinity);
    const last = tradeIdOf(frame.rows.at(-1));
    if (last !== undefined) series.mark = { kind: "trade", last };
    return fresh.length === frame.rows.length ? frame : { ...frame, rows: fresh, text: "" };
  }

  #of(key: string): Series {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { mark: undefined, gap: undefined, seenId: 0, firstId: -Infinity, dedupeUntil: 0 };
      this.#series.set(key, series);
    }
    return series;
  }
}

/**
 * Whether an outage leaves a hole: series and events do, and orders, of which a new connection tells nothing; latest
 * rows, books and snapshots are whole again with the next push.
 */
function isSeries(topic: Topic): boolean {
  return topic.silentStart || topic.storage === "candle" || topic.storage === "trades" ||
    topic.storage === "events";
}

/** Whether the exchange offers what was missed; the REST of v3 is gone, as its host is. */
function isFillable({ arg, storage, endpoint }: Topic): boolean {
  if (endpoint === "v3") return false;
  return storage === "candle" || arg.channel === "trades" || arg.channel === "trades-all";
}
