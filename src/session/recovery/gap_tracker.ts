/**
 * Remembers for one server, across all of its connections, where each series stands and what it has missed: after an outage,
 * and where numbers of trades or bars skip some. Takes out what was received before. A gap is reported when it opens and
 * settled later; nothing waits for it, live rows go on as they come.
 */
import type { NamedRow } from "../../model/named_row.ts";
import type { SessionEvent } from "../../model/events.ts";
import type { DataFrame } from "../../okx/frame.ts";
import { canMissRows, type Topic } from "../../okx/topic.ts";
import type { Fetched, FoundRow } from "./backfill_requests.ts";
import type { BarSeries } from "./bar_series.ts";
import { type Gap, type GapRecord, outcomeOf } from "./gap.ts";
import { GapReports } from "./gap_reports.ts";
import {
  accountFor,
  beginSeries,
  continueSeries,
  createSeries,
  excludeKnown,
  type Series,
} from "./series.ts";
import { takeFetched } from "./series_backfill.ts";
import { abandonSeries, joinPath, leaveSeries } from "./series_paths.ts";
import { dropLate, openOutage, takePushed } from "./series_push.ts";
import { type ResumePoint, resumeSeries } from "./series_resume.ts";
import { openSilentBars } from "./silent_bars.ts";
import { joinLosses, openLossGaps, storedRows } from "./stored_rows.ts";
import type { TradeSeries } from "./trade_series.ts";

/** What a tracker needs, and whom it calls. */
export type GapTrackerOptions = {
  readonly emit: (event: SessionEvent) => void;
  /** Unix milliseconds as the exchange counts them. */
  readonly clock: () => number;
  /** Called with the key of a series that has a gap to be filled. */
  readonly onGap: (key: string) => void;
  /** Rows that are kept of a series; unbounded unless given. */
  readonly maxRow?: number;
};

/** What is to be fetched of a series. Without `numbers` nobody can. */
export type PathGaps = {
  readonly topic: Topic;
  readonly numbers: TradeSeries | BarSeries | undefined;
  readonly gaps: readonly Gap[];
  /** Whether it is live: then a gap that nothing has ended yet can be looked at, too. */
  readonly live: boolean;
  readonly liveAt: number;
};

/** Series that nobody desires any more and that are remembered, in case somebody does again. */
const MAX_IDLE = 2000;

/** The series of one server, by their upstream subscription (`key`). */
export class GapTracker {
  readonly #options: GapTrackerOptions;
  readonly #maxRow: number;
  readonly #reports: GapReports;
  readonly #series = new Map<string, Series>();

  /** `before` is of a server that is replaced: series that are desired again go on where they stood there. */
  constructor(options: GapTrackerOptions, before?: GapTracker) {
    this.#options = options;
    this.#maxRow = options.maxRow ?? Infinity;
    this.#reports = new GapReports(options.emit, options.clock);
    for (const [key, series] of before === undefined ? [] : before.#series) {
      this.#series.set(key, continueSeries(series));
    }
  }

  /** Returns whether a series is remembered, desired or not. */
  has({ upstream }: Topic): boolean {
    return this.#series.has(upstream);
  }

  /** Returns whether a path has been desired before, here or of the server that was replaced. */
  knows({ upstream, path }: Topic): boolean {
    const series = this.#series.get(upstream);
    if (series === undefined) return false;
    return series.topics.has(path) || series.carried.has(path) || series.left.has(path);
  }

  /** Begins to track a path that is desired; `seen` is where its series stood when an earlier process ended. */
  want(topic: Topic, seen?: ResumePoint): void {
    if (!canMissRows(topic)) return;
    const series = this.#of(topic);
    const isKnown = series.topics.size > 0 || series.gaps.length > 0 || series.numbers?.last !== undefined;
    const isThere = series.carried.delete(topic.path) || series.topics.has(topic.path);
    series.topics.set(topic.path, topic);
    if (seen !== undefined && !isKnown) this.#resume(series, seen);
    if (seen?.isBuffered === true && seen.gaps.length > 0) this.#reports.bufferedGaps(topic, seen.gaps);
    if (!isThere) {
      const missed = joinPath(series, topic.path, seen?.at !== undefined);
      if (missed !== undefined) this.#reports.missed(topic, missed, Date.now());
      if (isKnown || seen?.shared === true) excludeKnown(series, topic.path);
    }
    if (seen !== undefined) this.#reportLost(topic, seen);
    if (series.gaps.length > 0) this.#reports.openGaps(series);
  }

  /** Takes where a series stood when an earlier process ended, which is known only now that it has begun. */
  resumeFrom(topic: Topic, seen: ResumePoint): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined) return;
    this.#resume(series, seen);
    for (const each of series.topics.values()) {
      if (seen.shared === true) excludeKnown(series, each.path);
      this.#reportLost(each, seen);
    }
    if (series.gaps.length === 0) return;
    this.#reports.openGaps(series);
    if (series.live) this.#options.onGap(topic.upstream);
  }

  /** Forgets a path that is no longer desired: what it has missed is settled as it is. */
  forget(topic: Topic): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined || !series.topics.has(topic.path)) return;
    const gaps = series.topics.size === 1
      ? abandonSeries(series, topic.path)
      : leaveSeries(series, topic.path);
    for (const gap of gaps) this.#reports.resolved(series, gap, outcomeOf(gap), [topic]);
    if (gaps.length > 0) this.#reports.noGaps(topic);
    series.topics.delete(topic.path);
    this.#forgetIdle();
  }

  /** Returns the rows of a push that are new, received `at` (Unix ms); undefined: none is. */
  onRows(topic: Topic, frame: DataFrame, at: number): DataFrame | undefined {
    const series = this.#series.get(topic.upstream);
    if (series === undefined) return frame;
    const before = series.gaps;
    const rows = takePushed(series, frame.rows, at);
    if (series.gaps !== before) this.#onGapsChanged(topic.upstream, series, before);
    if (rows === frame.rows) return frame;
    return rows.length === 0 && frame.rows.length > 0 ? undefined : { ...frame, rows, text: "" };
  }

  /** Has what a series missed fetched, now that it is live (again). */
  onLive(topic: Topic): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined || series.live) return;
    series.live = true;
    series.liveAt = Date.now();
    beginSeries(series, this.#options.clock());
    if (series.gaps.length > 0) this.#options.onGap(topic.upstream);
  }

  /** Opens gaps of series that were live and no longer are: nothing has been received of them since `at` (Unix ms). */
  onLost(topics: Iterable<Topic>, at: number): void {
    for (const topic of topics) {
      const series = this.#series.get(topic.upstream);
      // One that was never live has missed nothing that was promised, or misses it already.
      if (series?.live !== true) continue;
      series.live = false;
      if (openOutage(series, at, this.#options.clock())) this.#reports.openGaps(series);
    }
  }

  /** Looks for bars that are over and were never pushed as final, though the series is live. */
  onTime(): void {
    const now = this.#options.clock();
    for (const [key, series] of this.#series) if (openSilentBars(series, now)) this.#report(key, series);
  }

  /** Returns the newest rows that a path should have in Redis, as {@link storedRows} does. */
  named({ upstream, path }: Topic): NamedRow[] | undefined {
    const series = this.#series.get(upstream);
    return series === undefined ? undefined : storedRows(series, path, this.#maxRow);
  }

  /** Opens a gap of rows that are gone from Redis: they are missing, since a time in Unix milliseconds. */
  onGone({ upstream, path }: Topic, names: readonly string[], from: number): void {
    const series = this.#series.get(upstream);
    if (series === undefined) return;
    if (openLossGaps(series, path, { names, from, maxRow: this.#maxRow })) this.#report(upstream, series);
  }

  /** Returns since when a series misses something, in Unix milliseconds; infinite: it misses nothing. */
  missingSince(key: string): number {
    return this.#series.get(key)?.gaps[0]?.from ?? Infinity;
  }

  /** Returns what is missing of a series; undefined: nothing. */
  openGaps(key: string): PathGaps | undefined {
    const series = this.#series.get(key);
    const topic = series?.topics.values().next().value;
    if (series === undefined || topic === undefined || series.gaps.length === 0) return undefined;
    const { numbers, gaps, live, liveAt } = series;
    return { topic, numbers, gaps, live, liveAt };
  }

  /** Passes on rows that were fetched, those of them that are still missing, oldest first. Returns how many are. */
  onFetched(
    key: string,
    fetched: readonly FoundRow[],
    more: Pick<Fetched, "others" | "shown"> = {},
  ): number {
    const series = this.#series.get(key);
    if (series === undefined || series.topics.size === 0) return 0;
    const { count, passed } = takeFetched(series, fetched, { ...more, maxRow: this.#maxRow });
    for (const rows of passed) this.#reports.backfilled(rows);
    if (count > 0) this.#reports.openGaps(series);
    return count;
  }

  /** Settles the gaps that `outcomeOf` gives an outcome; the others stay open. */
  resolve(key: string, outcomeOf: (gap: Gap) => GapRecord["outcome"] | undefined): void {
    const series = this.#series.get(key);
    if (series === undefined) return;
    const filled: Gap[] = [];
    const open = series.gaps.filter((gap) => {
      const said = outcomeOf(gap);
      const outcome = said === "filled" && gap.left > 0 ? gap.rows > 0 ? "partly" : "not" : said;
      const isNews = outcome !== "filled" || gap.silent !== true;
      if (outcome === "filled" && isNews) filled.push(gap);
      else if (outcome !== undefined && isNews) this.#reports.resolved(series, gap, outcome);
      if (outcome !== undefined) accountFor(series, gap.missing ?? [], this.#options.clock());
      return outcome === undefined;
    });
    for (const gap of joinLosses(filled)) this.#reports.resolved(series, gap, "filled");
    if (open.length === series.gaps.length) return;
    series.gaps = open;
    this.#reports.openGaps(series);
  }

  /** What was late only is no gap; what is new is reported, and to be filled. */
  #onGapsChanged(key: string, series: Series, before: readonly Gap[]): void {
    dropLate(series);
    if (series.gaps.length === 0 && before.length === 0) return;
    this.#reports.openGaps(series);
    if (series.topics.size > 0 && series.gaps.length > 0) this.#options.onGap(key);
  }

  #report(key: string, series: Series): void {
    this.#reports.openGaps(series);
    this.#options.onGap(key);
  }

  #resume(series: Series, seen: ResumePoint): void {
    const options = { clock: this.#options.clock, maxRow: this.#maxRow };
    if (resumeSeries(series, seen, options)) this.#reports.openGaps(series);
  }

  /** Rows that were there when they were last written, of which nobody knows any more which they were. */
  #reportLost(topic: Topic, { at = Date.now(), lost = [] }: ResumePoint): void {
    if (lost.includes(topic.path)) this.#reports.missed(topic, { from: 0, missing: undefined }, at);
  }

  #forgetIdle(): void {
    const idle = [...this.#series].filter(([, { topics }]) => topics.size === 0);
    for (const [key] of idle.slice(0, Math.max(0, idle.length - MAX_IDLE))) this.#series.delete(key);
  }

  #of(topic: Topic): Series {
    let series = this.#series.get(topic.upstream);
    if (series === undefined) this.#series.set(topic.upstream, series = createSeries(topic));
    return series;
  }
}
