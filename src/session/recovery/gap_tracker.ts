/**
 * Remembers for one server, across all of its connections, where each series stands and what it has missed: after an
 * outage, and where numbers of trades or bars skip some. Takes out what was received before. A gap is told when it opens
 * and settled later; nothing waits for it, live rows go on as they come.
 */
import type { OpenGap, SessionEvent } from "../../model/events.ts";
import { barOf } from "../../okx/channels.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { tradeIdOf } from "../../okx/event_id.ts";
import { BarSeries, type KnownBar } from "./bar_series.ts";
import type { Fetched, Found } from "./backfill_requests.ts";
import {
  concerns,
  ended,
  type Gap,
  type GapRecord,
  goesOn,
  isOpen,
  isUnseen,
  isWithin,
  lookedAt,
  missingCount,
  openGap,
  overtaken,
  reduced,
  resumedGap,
  withGap,
} from "./gap.ts";
import { countOf, includes, joined, missingOf, type Range, withoutRange, withRange } from "./ranges.ts";
import { Repeats } from "./repeats.ts";
import { type Step, timeOf, TradeSeries } from "./trade_series.ts";

/** Where a series stood when it was last written, by an earlier process. */
export type ResumePoint = {
  /** Since when nothing is known of it, in Unix milliseconds; undefined: nobody wanted it, and it has missed nothing. */
  readonly at: number | undefined;
  /** The newest rows that are there, oldest first. */
  readonly rows: readonly Row[];
  /** Of what opens and closes, the newest that are over. */
  readonly ended?: readonly Row[];
  readonly bars: readonly KnownBar[];
  /** What it had missed, and nobody has settled. */
  readonly gaps: readonly OpenGap[];
  /** Paths that had rows, of which there is nothing. */
  readonly lost?: readonly string[];
  /** What is there is that of several paths together. */
  readonly shared?: boolean;
};

/** What a tracker needs, and whom it tells. */
export type GapTrackerOptions = {
  readonly emit: (event: SessionEvent) => void;
  /** Unix milliseconds as the exchange counts them. */
  readonly clock: () => number;
  /** Hears of series that have a gap to be filled. */
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

type Series = {
  readonly topics: Map<string, Topic>;
  /** Paths of the server whose place is taken, which go on where they stood. */
  readonly carried: Set<string>;
  /** Paths that are not wanted any more. */
  readonly left: Map<string, Absence>;
  /** Numbers that a path need not have: they came before it was wanted. */
  readonly before: Map<string, ReadonlySet<number>>;
  readonly numbers: TradeSeries | BarSeries | undefined;
  readonly repeats: Repeats | undefined;
  gaps: Gap[];
  /** Rows that came, pushed or fetched. */
  count: number;
  live: boolean;
  liveAt: number;
  /** When something numbered was last received. */
  lastAt: number;
  /** When it is looked at next whether a bar should have come, by the exchange's clock, and how long after that again. */
  lookAt: number;
  lookMs: number;
};

/** That a path is not wanted any more: since when, and what had come last. */
type Absence = {
  readonly at: number;
  readonly last: number | undefined;
  /** Rows came for another path since. */
  readonly hasMissed: boolean;
  /** For a while nobody wanted the series: numbers do not say how much was missed. */
  readonly isPaused: boolean;
};

/** Series that nobody wants any more and that are remembered, in case somebody does again. */
const MAX_IDLE = 2000;

/** A bar that is over should be final after this time, also where nothing is pushed any more. */
const BAR_GRACE_MS = 10_000;

/** Between two looks at a series that stays silent: an instrument without trades may push nothing for hours. */
const LOOK_MS = 60_000;
const MAX_LOOK_MS = 3_600_000;

/** See the module comment. Series are named by their upstream subscription. */
export class GapTracker {
  readonly #options: GapTrackerOptions;
  readonly #series = new Map<string, Series>();

  /** `before` is of a server whose place is taken: series that are wanted again go on where they stood there. */
  constructor(options: GapTrackerOptions, before?: GapTracker) {
    this.#options = options;
    for (const [key, series] of before === undefined ? [] : before.#series) {
      this.#series.set(key, {
        ...series,
        topics: new Map(),
        carried: new Set([...series.carried, ...series.topics.keys()]),
        live: false,
      });
    }
  }

  /** Whether a series is remembered, wanted or not. */
  has({ upstream }: Topic): boolean {
    return this.#series.has(upstream);
  }

  /** A path is wanted; `seen` is where its series stood when an earlier process ended. */
  want(topic: Topic, seen?: ResumePoint): void {
    if (!isSeries(topic)) return;
    const series = this.#of(topic);
    const isKnown = series.topics.size > 0 || series.gaps.length > 0 || series.numbers?.last !== undefined;
    const isThere = series.carried.delete(topic.path) || series.topics.has(topic.path);
    series.topics.set(topic.path, topic);
    if (seen !== undefined && !isKnown) this.#recall(series, seen);
    if (!isThere) {
      this.#join(series, topic, seen);
      if (isKnown || seen?.shared === true) {
        series.before.set(topic.path, new Set(series.numbers?.newest(MAX_NAMED)));
      }
    }
    this.#recordLost(topic, seen);
    if (series.gaps.length > 0) this.#emitGap(series);
  }

  /** Where a series stood when an earlier process ended, which is known only now that it has begun. */
  resumeFrom(topic: Topic, seen: ResumePoint): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined) return;
    this.#recall(series, seen);
    for (const each of series.topics.values()) {
      if (seen.shared === true) series.before.set(each.path, new Set(series.numbers?.newest(MAX_NAMED)));
      this.#recordLost(each, seen);
    }
    if (series.gaps.length === 0) return;
    this.#emitGap(series);
    if (series.live) this.#options.onGap(topic.upstream);
  }

  /** A path is no longer wanted. What its series has missed is settled as it is, when it was the last. */
  forget(topic: Topic): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined || !series.topics.has(topic.path)) return;
    if (series.topics.size === 1) {
      this.#settleAll(series);
      this.#abandon(series, topic);
      series.numbers?.pause();
      series.live = false;
    } else this.#leave(series, topic);
    series.topics.delete(topic.path);
    this.#forgetIdle();
  }

  /** The rows of a push that are new; undefined: none is. */
  onRows(topic: Topic, frame: DataFrame, at: number): DataFrame | undefined {
    const series = this.#series.get(topic.upstream);
    if (series === undefined) return frame;
    const rows = series.numbers === undefined
      ? series.repeats?.fresh(frame.rows) ?? frame.rows
      : this.#onNumbered(series, series.numbers, frame.rows, at);
    if (rows === frame.rows) return frame;
    return rows.length === 0 && frame.rows.length > 0 ? undefined : { ...frame, rows, text: "" };
  }

  /** A series is live (again): what it missed can be fetched. */
  onLive(topic: Topic): void {
    const series = this.#series.get(topic.upstream);
    if (series === undefined || series.live) return;
    series.live = true;
    series.liveAt = Date.now();
    if (series.gaps.length > 0) this.#options.onGap(topic.upstream);
  }

  /** These series were live and no longer are: nothing was heard of them since `at`. */
  onLost(topics: Iterable<Topic>, at: number): void {
    for (const topic of topics) {
      const series = this.#series.get(topic.upstream);
      // One that was never live has missed nothing that was promised, or misses it already.
      if (series?.live !== true) continue;
      series.live = false;
      this.#markLost(series, at);
    }
  }

  /** Looks for bars that are over and were never pushed as final, though the series is live. */
  onTime(): void {
    const now = this.#options.clock();
    for (const [key, series] of this.#series) {
      const { numbers, live, lookAt } = series;
      if (!live || now < lookAt || !(numbers instanceof BarSeries) || numbers.last === undefined) continue;
      const closed = numbers.lastClosed(now - BAR_GRACE_MS) ?? -Infinity;
      const known = series.gaps.flatMap(({ missing = [] }) => missing);
      const missing = missingOf([numbers.last, closed], [...numbers.received, ...known]);
      if (missing.length === 0) continue;
      series.lookAt = now + series.lookMs;
      series.lookMs = Math.min(MAX_LOOK_MS, 2 * series.lookMs);
      const gap: Gap = {
        from: series.lastAt,
        to: Date.now(),
        missing,
        ...NEW,
        base: series.count,
        skip: true,
        silent: true,
      };
      series.gaps = withGap(series.gaps, gap);
      this.#emitGap(series);
      this.#options.onGap(key);
    }
  }

  /**
   * The names of the newest rows that a path should have in Redis, as far as they are remembered: ids of trades, opening times
   * of bars that are final. Undefined: its rows have none by which they could be fetched again.
   */
  named({ upstream, path }: Topic): string[] | undefined {
    const { numbers, before } = this.#series.get(upstream) ?? {};
    if (numbers === undefined) return undefined;
    const most = Math.min(MAX_NAMED, this.#options.maxRow ?? Infinity);
    const nameOf = (number: number) => String(numbers instanceof BarSeries ? numbers.nameOf(number) : number);
    return numbers.newest(most).filter((number) => before?.get(path)?.has(number) !== true).map(nameOf);
  }

  /** Rows that a path had are gone from Redis: they are missing, since a time in Unix milliseconds. */
  onGone({ upstream, path }: Topic, names: readonly string[], from: number): void {
    const series = this.#series.get(upstream);
    const { numbers, topics } = series ?? {};
    if (series === undefined || numbers === undefined || topics?.has(path) !== true) return;
    const known = new Set(numbers.newest(MAX_NAMED));
    const gone = names.map((name) =>
      numbers instanceof BarSeries ? numbers.numberOf(Number(name)) : Number(name)
    )
      .filter((number) => number !== undefined && known.has(number)) as number[];
    if (gone.length === 0) return;
    // Others of the same subscription may have them still.
    if (topics.size === 1) numbers.markLost(gone);
    else series.before.set(path, new Set([...series.before.get(path) ?? [], ...gone].slice(-MAX_NAMED)));
    const missing = gone.sort((a, b) => a - b).reduce<Range[]>((all, id) => withRange(all, [id, id]), []);
    const present = [...known].filter((number) => !includes(missing, number));
    for (const range of joined(missing, MAX_GONE)) {
      const newer = present.filter((number) => number > range[1]).length;
      const ranges = missing.filter(([first]) => range[0] <= first && first <= range[1]);
      const gap: Gap = {
        from,
        to: Date.now(),
        missing: ranges,
        ...NEW,
        base: series.count - newer,
        skip: false,
        path,
      };
      series.gaps = withGap(series.gaps, gap);
    }
    this.#emitGap(series);
    this.#options.onGap(upstream);
  }

  /** Since when a series misses something, in Unix milliseconds; infinite: it misses nothing. */
  missingSince(key: string): number {
    return this.#series.get(key)?.gaps[0]?.from ?? Infinity;
  }

  /** What is missing of a series; undefined: nothing. */
  openGaps(key: string): PathGaps | undefined {
    const series = this.#series.get(key);
    const topic = series?.topics.values().next().value;
    if (series === undefined || topic === undefined || series.gaps.length === 0) return undefined;
    const { numbers, gaps, live, liveAt } = series;
    return { topic, numbers, gaps, live, liveAt };
  }

  /** Passes on rows that were fetched, those of them that are still missing, oldest first. */
  onFetched(
    key: string,
    fetched: readonly Found[],
    { others = [], shown }: Pick<Fetched, "others" | "shown"> = {},
  ): number {
    const series = this.#series.get(key);
    const [topic] = series?.topics.values() ?? [];
    const { numbers } = series ?? {};
    if (series === undefined || topic === undefined || numbers === undefined) return 0;
    // After ids began anew those of the former count look as if they were missing.
    const asked = fetched.filter(({ number, row }) =>
      series.gaps.some(({ missing = [] }) => includes(missing, number)) &&
      !(numbers instanceof TradeSeries && numbers.has(row) && !isGone(series, number))
    );
    const stray = others.filter(({ row }) =>
      numbers instanceof TradeSeries && numbers.lacks(row) &&
      series.gaps.some((gap) => isWithin(gap, timeOf(row)))
    );
    if (shown !== undefined) series.gaps = series.gaps.map((gap) => lookedAt(gap, shown));
    const fresh = [...asked, ...stray];
    if (fresh.length === 0) return 0;
    for (const { number } of fresh) numbers.onFetched(number);
    for (const gap of series.gaps) this.#exclude(series, gap, fresh.map(({ number }) => number));
    // Of gaps that overlap the first one has got it.
    const found = series.gaps.map((gap) =>
      [
        ...asked.filter(({ number }) =>
          gap === series.gaps.find(({ missing = [], path }) => path === gap.path && includes(missing, number))
        ),
        ...stray.filter(({ row }) => gap === series.gaps.find((each) => isWithin(each, timeOf(row)))),
      ].sort((a, b) => a.number - b.number)
    );
    const kept = this.#withRoom(series, found);
    for (const [i, rows] of kept.entries()) this.#pass(series, i, rows.map(({ row }) => row));
    const all = fresh.map(({ number }): Range => [number, number]);
    series.gaps = series.gaps.map((gap, i) => {
      const { length } = kept[i] as readonly Found[];
      const left = (found[i]?.length ?? 0) - length;
      const now = { ...all.reduce(reduced, gap), rows: gap.rows + length, left: gap.left + left };
      // What is older than what has found no room finds none either.
      return left === 0 ? now : withoutOlder(now, kept[i]?.[0]?.number ?? found[i]?.at(-1)?.number ?? 0);
    });
    this.#emitGap(series);
    return fresh.length;
  }

  /** Numbers that were fetched for a gap are not for paths that joined when it was there already: these need not have them. */
  #exclude(series: Series, { not = new Set(), missing = [] }: Gap, fetched: readonly number[]): void {
    const own = not.size === 0 ? [] : fetched.filter((number) => includes(missing, number));
    if (own.length === 0) return;
    for (const path of not) {
      if (!series.topics.has(path)) continue;
      series.before.set(path, new Set([...series.before.get(path) ?? [], ...own].slice(-MAX_NAMED)));
    }
  }

  /** Of the rows that were found for each gap those that are among the newest that are kept, however late they come. */
  #withRoom(series: Series, found: readonly (readonly Found[])[]): readonly (readonly Found[])[] {
    const { maxRow = Infinity } = this.#options;
    const { numbers, count } = series;
    if (numbers instanceof BarSeries) {
      const last = Math.max(numbers.last ?? -Infinity, found.at(-1)?.at(-1)?.number ?? -Infinity);
      return found.map((rows) => rows.filter(({ number }) => last - number < maxRow));
    }
    let newer = 0;
    return found.toReversed().map((rows, i) => {
      const { base } = series.gaps[series.gaps.length - 1 - i] as Gap;
      const room = Math.max(0, maxRow - (count - base) - newer);
      const kept = room >= rows.length ? rows : rows.slice(rows.length - room);
      newer += kept.length;
      return kept;
    }).reverse();
  }

  /** Passes on what was fetched for one gap: those that come after it are newer. */
  #pass(series: Series, at: number, rows: readonly unknown[]): void {
    const gap = series.gaps[at] as Gap;
    const topics = [...series.topics.values()].filter(({ path }) => concerns(gap, path));
    const [topic] = topics;
    if (rows.length === 0 || topic === undefined) return;
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: "fill", text: "" };
    const newer = series.count - gap.base;
    series.count += rows.length;
    series.gaps = series.gaps.map((gap, i) => i > at ? { ...gap, base: gap.base + rows.length } : gap);
    this.#options.emit({ kind: "rows", topics, frame, at: Date.now(), newer });
  }

  /** Settles the gaps that `outcomeOf` gives an outcome; the others stay open. */
  settle(key: string, outcomeOf: (gap: Gap) => GapRecord["outcome"] | undefined): void {
    const series = this.#series.get(key);
    if (series === undefined) return;
    const open = series.gaps.filter((gap) => {
      const said = outcomeOf(gap);
      const outcome = said === "filled" && gap.left > 0 ? gap.rows > 0 ? "partly" : "not" : said;
      const isNews = outcome !== "filled" || gap.silent !== true;
      if (outcome !== undefined && isNews) this.#record(series, gap, outcome);
      return outcome === undefined;
    });
    if (open.length === series.gaps.length) return;
    series.gaps = open;
    this.#emitGap(series);
  }

  #onNumbered(
    series: Series,
    numbers: TradeSeries | BarSeries,
    rows: readonly unknown[],
    at: number,
  ): readonly unknown[] {
    const before = series.gaps;
    let dropped = false;
    const fresh = rows.filter((row) => {
      const step = numbers instanceof TradeSeries
        ? numbers.onRow(row, (id) => series.gaps.some(({ missing = [] }) => includes(missing, id)))
        : numbers.onRow(row);
      if (step.kind === "new") this.#onStep(series, step, at);
      if (step.kind !== "repeated") {
        series.count += 1;
        return true;
      }
      dropped = true;
      if (step.fetched && series.gaps.some(goesOn)) {
        const until = numbers instanceof TradeSeries ? numbers.newestTime : undefined;
        series.gaps = series.gaps.map((gap) => {
          const now = overtaken(gap, at);
          return now === gap ? gap : { ...now, until };
        });
      }
      return false;
    });
    if (series.gaps !== before) this.#onChanged(series, before);
    return dropped ? fresh : rows;
  }

  #onStep(series: Series, { span, missing, anew, later }: Step & { kind: "new" }, at: number): void {
    const from = series.lastAt;
    series.lastAt = at;
    series.lookAt = 0;
    series.lookMs = LOOK_MS;
    const [first, last] = span;
    const number = first <= last ? first : series.numbers?.last ?? first;
    const { numbers } = series;
    const until = numbers instanceof TradeSeries ? numbers.newestTime : undefined;
    const after = series.gaps.map((gap) => {
      const now = reduced(ended(gap, number, { anew, at, later }), span);
      return isOpen(gap) && !isOpen(now) ? { ...now, until, next: number } : now;
    });
    if (after.some((gap, i) => gap !== series.gaps[i])) series.gaps = after;
    const known = after.flatMap((gap) => gap.missing ?? []);
    const unknown = missing.length === 0 ? missing : known.reduce<readonly Range[]>(withoutRange, missing);
    if (unknown.length > 0) {
      series.gaps = withGap(series.gaps, {
        from,
        to: at,
        missing: unknown,
        ...NEW,
        base: series.count,
        skip: true,
      });
    } else if (anew && after.every((gap) => gap.missing !== undefined)) {
      series.gaps = withGap(series.gaps, {
        from,
        to: at,
        missing: undefined,
        ...NEW,
        base: series.count,
        skip: false,
      });
    }
  }

  /** What was late only is no gap; what is new is told, and to be filled. */
  #onChanged(series: Series, before: readonly Gap[]): void {
    series.gaps = series.gaps.filter((gap) => !(gap.skip && gap.rows === 0 && gap.missing?.length === 0));
    if (series.gaps.length === 0 && before.length === 0) return;
    this.#emitGap(series);
    const [topic] = series.topics.values();
    if (topic !== undefined && series.gaps.length > 0) this.#options.onGap(topic.upstream);
  }

  #markLost(series: Series, at: number): void {
    // Lost again before anything came: the gap goes on.
    if (series.gaps.some(isOpen)) return;
    const { numbers } = series;
    const missing = numbers instanceof TradeSeries ? numbers.rest() : numbers?.rest(this.#options.clock());
    series.gaps = withGap(series.gaps, {
      from: at,
      to: undefined,
      missing,
      ...NEW,
      base: series.count,
      skip: false,
      since: numbers instanceof TradeSeries ? numbers.newestTime : undefined,
    });
    this.#emitGap(series);
  }

  #recall(series: Series, { at, rows, bars, gaps }: ResumePoint): void {
    const { numbers, repeats } = series;
    const begun = numbers?.last;
    repeats?.resumeFrom(rows, rows.length >= (this.#options.maxRow ?? Infinity));
    const next = numbers instanceof TradeSeries ? numbers.resumeFrom(rows) : numbers?.resumeFrom(bars);
    if (at === undefined) return begun === undefined ? numbers?.pause() : undefined;
    const numberOf = (name: number) => numbers instanceof BarSeries ? numbers.numberOf(name) : name;
    const until = begun !== undefined && numbers instanceof TradeSeries ? numbers.newestTime : undefined;
    // What is there although the gap was not written again: the process ended in between.
    const known = numbers?.received ?? [];
    for (const open of gaps) {
      const found = resumedGap(open, numberOf);
      const first = found.missing?.[0]?.[0] ?? Infinity;
      const newer = rows.filter((row) => (tradeIdOf(row) ?? 0) > first).length;
      const since = numbers instanceof TradeSeries && isOpen(found)
        ? found.from + this.#options.clock() - Date.now()
        : undefined;
      const resumed = { ...found, base: -newer, since };
      const gap = begun === undefined
        ? resumed
        : { ...ended(resumed, begun, { anew: false, at: series.lastAt }), until, next: begun };
      series.gaps = withGap(series.gaps, known.reduce(reduced, gap));
    }
    // What has come already ends what was missed.
    const covered = series.gaps.flatMap(({ missing = [] }) => missing);
    const end = begun === undefined ? Infinity : begun - 1;
    const missing = next === undefined ? undefined : missingOf([next, end], [...known, ...covered]);
    const goingOn = series.gaps.find(isOpen);
    if (goingOn !== undefined) {
      // What was received shortly before it never got to Redis.
      const from = Math.min(at, goingOn.from);
      if (missing === undefined || goingOn.missing === undefined) {
        series.gaps = series.gaps.map((gap) => gap === goingOn ? { ...gap, from } : gap);
      } else if (missing.length > 0) {
        series.gaps = withGap(series.gaps, { from, to: goingOn.from, missing, ...NEW, base: 0, skip: false });
      }
      return this.#emitGap(series);
    }
    const to = begun === undefined ? undefined : Math.max(at, series.lastAt);
    if (begun === undefined) series.lastAt = at;
    else if (missing?.length === 0) return;
    const since = numbers instanceof TradeSeries ? newestOf(rows) : undefined;
    const span = { since, until, next: begun };
    series.gaps = withGap(series.gaps, { from: at, to, missing, ...NEW, base: 0, skip: false, ...span });
    this.#emitGap(series);
  }

  /**
   * A path joins a series that others have: it did not miss what they had missed before. What came while it was away is
   * recorded, since it is between its rows.
   */
  #join(series: Series, topic: Topic, seen: ResumePoint | undefined): void {
    const { path } = topic;
    const left = series.left.get(path);
    if (left === undefined && seen?.at !== undefined) return;
    series.left.delete(path);
    // One that goes on is missed from now on, too.
    series.gaps = series.gaps.map((gap) =>
      isOpen(gap) ? gap : { ...gap, not: new Set([...gap.not ?? [], path]) }
    );
    if (left === undefined || !(left.hasMissed || (series.topics.size > 1 && isBehind(series, left)))) return;
    const count = left.isPaused ? NaN : (series.numbers?.last ?? NaN) - (left.last ?? NaN);
    const missing = count > 0 ? count : undefined;
    const at = Date.now();
    const record: GapRecord = { from: left.at, to: at, outcome: "not", rows: 0, missing };
    this.#options.emit({ kind: "gap", topic, ...record, at });
  }

  /** The last path of a series leaves it: nobody misses anything of it until it is wanted again. */
  #abandon(series: Series, { path }: Topic): void {
    for (const [other, left] of series.left) {
      series.left.set(other, { ...left, hasMissed: isBehind(series, left), isPaused: true });
    }
    const last = series.numbers?.last;
    series.left.set(path, { at: Date.now(), last, hasMissed: false, isPaused: true });
  }

  /** A path leaves a series that others have: what it misses is settled as it is. */
  #leave(series: Series, topic: Topic): void {
    const { path } = topic;
    const at = Date.now();
    series.left.set(path, { at, last: series.numbers?.last, hasMissed: false, isPaused: false });
    const own = series.gaps.filter((gap) => concerns(gap, path));
    for (const gap of own) this.#record(series, gap, outcomeOf(gap), [topic]);
    if (own.length > 0) this.#options.emit({ kind: "gaps", topic, open: [], at });
    const others = [...series.topics.keys()].filter((other) => other !== path);
    series.gaps = series.gaps.filter((gap) => others.some((other) => concerns(gap, other)));
  }

  /** Rows that were there when they were last written, of which nobody knows any more which they were. */
  #recordLost(topic: Topic, { at = Date.now(), lost = [] }: Partial<ResumePoint> = {}): void {
    if (!lost.includes(topic.path)) return;
    const record = { from: 0, to: at, outcome: "not", rows: 0, missing: undefined } as const;
    this.#options.emit({ kind: "gap", topic, ...record, at: Date.now() });
  }

  #settleAll(series: Series): void {
    const { gaps } = series;
    series.gaps = [];
    for (const gap of gaps) this.#record(series, gap, outcomeOf(gap));
    if (gaps.length > 0) this.#emitGap(series);
  }

  #record(
    series: Series,
    gap: Gap,
    outcome: GapRecord["outcome"],
    topics: Iterable<Topic> = series.topics.values(),
  ): void {
    const { numbers } = series;
    const upTo = numbers instanceof BarSeries ? numbers.lastClosed(this.#options.clock()) : undefined;
    const at = Date.now();
    const record: GapRecord = {
      from: gap.from,
      to: Math.max(gap.from, gap.to ?? at),
      outcome,
      rows: gap.rows,
      missing: outcome === "filled" ? 0 : missingOrUnknown(gap, missingCount(gap, upTo)),
    };
    for (const topic of topics) {
      if (concerns(gap, topic.path)) this.#options.emit({ kind: "gap", topic, ...record, at });
    }
  }

  #emitGap(series: Series): void {
    const { numbers } = series;
    const nameOf = (number: number) => numbers instanceof BarSeries ? numbers.nameOf(number) : number;
    const at = Date.now();
    for (const topic of series.topics.values()) {
      const own = series.gaps.filter((gap) => concerns(gap, topic.path));
      this.#options.emit({ kind: "gaps", topic, open: own.map((gap) => openGap(gap, nameOf)), at });
    }
  }

  #forgetIdle(): void {
    const idle = [...this.#series].filter(([, { topics }]) => topics.size === 0);
    for (const [key] of idle.slice(0, Math.max(0, idle.length - MAX_IDLE))) this.#series.delete(key);
  }

  #of(topic: Topic): Series {
    let series = this.#series.get(topic.upstream);
    if (series === undefined) {
      series = {
        topics: new Map(),
        carried: new Set(),
        left: new Map(),
        before: new Map(),
        numbers: numbersOf(topic),
        repeats: topic.storage === "events" ? new Repeats() : undefined,
        gaps: [],
        count: 0,
        live: false,
        liveAt: 0,
        lastAt: Date.now(),
        lookAt: 0,
        lookMs: LOOK_MS,
      };
      this.#series.set(topic.upstream, series);
    }
    return series;
  }
}

/** Whether another path has had rows while one was away; of a series without numbers it may have. */
function isBehind({ numbers }: Series, { last, hasMissed, isPaused }: Absence): boolean {
  if (hasMissed || numbers === undefined) return true;
  return isPaused ? numbers.last !== undefined : numbers.last !== last;
}

/** What becomes of a gap that is not asked for any more. */
function outcomeOf({ rows }: Gap): GapRecord["outcome"] {
  return rows > 0 ? "partly" : "not";
}

/** The time of the newest of these trades, in Unix milliseconds; undefined: none says it. */
function newestOf(rows: readonly unknown[]): number | undefined {
  const newest = Math.max(...rows.map(timeOf).filter(Number.isFinite));
  return Number.isFinite(newest) ? newest : undefined;
}

/** How many rows are missing; undefined where none seems to be and REST has not shown it. */
function missingOrUnknown(gap: Gap, count: number | undefined): number | undefined {
  return count === 0 && isUnseen(gap) ? undefined : count;
}

/** Rows of a path that are named, and gaps in which what is gone of a path is fetched again. */
const MAX_NAMED = 2000;
const MAX_GONE = 16;

/** Whether a number came, and is gone from the key of a path. */
function isGone({ gaps }: Series, number: number): boolean {
  return gaps.some(({ path, missing = [] }) => path !== undefined && includes(missing, number));
}

/** A gap of which nothing was fetched yet. */
const NEW = { rows: 0, left: 0 };

/** A gap of which nothing below a number is worth fetching. */
function withoutOlder(gap: Gap, number: number): Gap {
  const { missing = [] } = gap;
  const cut = missing.map(([first, last]): Range => [first, Math.min(last, number - 1)])
    .filter(([first, last]) => first <= last);
  if (cut.length === 0) return gap;
  return { ...cut.reduce(reduced, gap), left: gap.left + countOf(cut) };
}

/**
 * Whether an outage leaves a gap: series and events do, and orders, of which a new connection tells nothing; latest
 * rows, books and snapshots are whole again with the next push.
 */
export function isSeries(topic: Topic): boolean {
  return topic.noInitialSnapshot || topic.storage === "candle" || topic.storage === "trades" ||
    topic.storage === "events";
}

/** Where what is missing can be named and fetched; the REST of v3 is gone, as its host is. */
function numbersOf({ arg, endpoint, storage }: Topic): TradeSeries | BarSeries | undefined {
  if (endpoint === "v3") return undefined;
  const bar = storage === "candle" ? barOf(arg.channel) : undefined;
  if (bar !== undefined) return new BarSeries(bar);
  const hasIds = arg.channel === "trades" || arg.channel === "trades-all";
  return hasIds && arg.instId !== undefined ? new TradeSeries() : undefined;
}
