/**
 * Where a series of trades of one instrument stands, by their ids: which were received, which one came last, and whether
 * a trade is new. Ids grow by one with each trade, but a single one may be absurd and all may begin at 1 again: what was
 * received decides, not what is higher.
 */
import { fillsOf, tradeIdOf, tradeScore, tradeTimeOf } from "../../okx/trade_row.ts";
import { includes, missingOf, type Range, withoutRange, withRange } from "./ranges.ts";

/** What a row says of its series. `missing`: what was skipped before it; `again`: its ids follow no other. */
export type TradeStep =
  | { readonly kind: "unnumbered" }
  /** `fetched`: it was fetched before it was pushed, so that pushes have begun at the latest with it. */
  | { readonly kind: "repeated"; readonly fetched: boolean }
  | {
    readonly kind: "new";
    readonly span: Range;
    readonly missing: readonly Range[];
    /** Ids have restarted. */
    readonly restarted: boolean;
    /** It is later in time than all that was pushed before. */
    readonly later: boolean;
  };

/** Ids remembered one by one, and ranges of received ids. */
const MAX_IDS = 2000;
const MAX_RANGES = 64;

const UNNUMBERED: TradeStep = { kind: "unnumbered" };
const REPEATED: TradeStep = { kind: "repeated", fetched: false };
const FETCHED_BEFORE: TradeStep = { kind: "repeated", fetched: true };
const NOTHING: readonly Range[] = [];

/** The trades of one instrument that were received, by their ids. */
export class TradeSeries {
  /** The trade that came last; undefined: none yet. */
  last: number | undefined;
  #received: Range[] = [];
  /** What was received before ids restarted, while that may have been a single absurd one. */
  #former: Range[] | undefined;
  /** When trades were. */
  readonly #ids = new Map<number, number>();
  /** Those of them that were fetched: of these REST may name another time than pushes do. */
  readonly #fetched = new Set<number>();
  #newest = -Infinity;

  /** The time of the newest trade that was pushed, in Unix milliseconds; undefined: none has said it. */
  get newestTime(): number | undefined {
    return Number.isFinite(this.#newest) ? this.#newest : undefined;
  }

  /** The ids that were received, as far back as is remembered. */
  get received(): readonly Range[] {
    return this.#received;
  }

  /** Takes a pushed row. `isMissed` says whether an id is known to be missing. */
  onRow(row: unknown, isMissed: (id: number) => boolean): TradeStep {
    const id = tradeIdOf(row);
    if (id === undefined) return UNNUMBERED;
    const time = tradeTimeOf(row);
    const known = this.#ids.get(id);
    // The same trade has the same time; a later one with an old id is of a new count.
    if (this.#fetched.has(id)) return FETCHED_BEFORE;
    if (known !== undefined && !(time > this.#newest)) return REPEATED;
    const first = this.#firstOf(row, id);
    const restarted = this.last !== undefined && id < this.last &&
      this.#isRestarted([first, id], time, isMissed);
    if (restarted) {
      this.#former = this.#received;
      this.#received = [];
    } else this.#goOn(first);
    const missing = this.last === undefined || first <= this.last + 1
      ? NOTHING
      : missingOf([this.last + 1, first - 1], this.#received);
    this.#note(id, time);
    this.#receive([first, id]);
    this.last = id;
    const later = time > this.#newest;
    if (later) this.#newest = time;
    return { kind: "new", span: [first, id], missing, restarted, later };
  }

  /** Returns whether this very trade came before: an id may come again with a new count, but not at the same time. */
  has(row: unknown): boolean {
    const id = tradeIdOf(row) ?? NaN;
    const time = this.#ids.get(id);
    return time !== undefined && (this.#fetched.has(id) || Object.is(time, tradeTimeOf(row)));
  }

  /** Returns whether a trade never came: its id did not, or it was that of another one. */
  lacks(row: unknown): boolean {
    const id = tradeIdOf(row);
    if (id === undefined || this.has(row)) return false;
    const time = this.#ids.get(id);
    return time === undefined ? !includes(this.#received, id) : Number.isFinite(time);
  }

  /** Takes a fetched row; `time` as REST names it, in Unix milliseconds. */
  onFetched(id: number, time: number): void {
    this.#note(id, time);
    this.#fetched.add(id);
    this.#receive([id, id]);
    if (this.last === undefined || id === this.last + 1) this.last = id;
  }

  /** Trades that an earlier process received. Returns the first that it did not; undefined: it received none. */
  resumeFrom(rows: readonly unknown[]): number | undefined {
    let last = 0;
    // Oldest first: how far a row reaches back depends on those before it.
    for (const row of rows.toSorted((a, b) => (tradeIdOf(a) ?? 0) - (tradeIdOf(b) ?? 0))) {
      const id = tradeIdOf(row);
      if (id === undefined) continue;
      this.#note(id, tradeTimeOf(row));
      this.#receive([this.#firstOf(row, id), id]);
      last = Math.max(last, id);
      if (tradeTimeOf(row) > this.#newest) this.#newest = tradeTimeOf(row);
    }
    if (last === 0) return undefined;
    this.last ??= last;
    return last + 1;
  }

  /** Nothing came yet, and what comes next follows this id. */
  beginAfter(id: number): void {
    this.last ??= id;
  }

  /**
   * Returns ids that are among the newest both by their time and by when they came: of these nothing makes room for newer
   * ones.
   */
  newest(most: number): number[] {
    const ids = [...this.#ids.keys()];
    if (ids.length <= most) return ids;
    const scored = [...this.#ids].map(([id, time]) => ({ id, score: tradeScore(String(id), time) }));
    // Without times by their numbers.
    const sorted = scored.sort((a, b) => b.score - a.score || b.id - a.id);
    const newest = new Set(sorted.slice(0, most).map(({ id }) => id));
    return ids.slice(-most).filter((id) => newest.has(id));
  }

  /** Returns when a trade was, in Unix milliseconds; NaN: that is not known. */
  timeOf(id: number): number {
    return this.#ids.get(id) ?? NaN;
  }

  /** Trades that came and are nowhere any more. */
  markLost(ids: readonly number[]): void {
    for (const id of ids) {
      this.#ids.delete(id);
      this.#fetched.delete(id);
      this.#received = withoutRange(this.#received, [id, id]);
    }
  }

  /** Returns what is missing from now on, when nothing is received any more. */
  rest(): Range[] | undefined {
    return this.last === undefined ? undefined : missingOf([this.last + 1, Infinity], this.#received);
  }

  /** Ends the subscription: what comes next need not follow. */
  pause(): void {
    this.last = undefined;
    this.#received = [];
    this.#former = undefined;
  }

  /** Returns the first id that a row stands for: it reaches back to the last one received below its own at most. */
  #firstOf(row: unknown, id: number): number {
    const first = Math.max(1, id - fillsOf(row) + 1);
    if (first === id) return id;
    const before = [this.#received, this.#former ?? []].map((ranges) =>
      ranges.findLast(([, end]) => end < id)?.[1] ?? 0
    );
    return Math.max(first, ...before.map((end) => end + 1));
  }

  /**
   * Returns whether ids have restarted: lower than the last, later in time, and beside nothing that is
   * known.
   */
  #isRestarted([first, id]: Range, time: number, isMissed: (id: number) => boolean): boolean {
    if (time < this.#newest || isMissed(id)) return false;
    return this.#ids.has(id) || (!includes(this.#received, first - 1) && !includes(this.#received, id + 1));
  }

  /** After ids restarted: whether they go on there, or where they were before. */
  #goOn(first: number): void {
    if (this.#former === undefined) return;
    const end = this.#former.at(-1)?.[1] ?? 0;
    const returns = first > end;
    if (!returns && first - 1 !== this.last) return;
    if (returns) {
      this.#received = this.#received.reduce(withRange, this.#former);
      this.last = end;
    }
    this.#former = undefined;
  }

  #note(id: number, time: number): void {
    this.#ids.delete(id);
    this.#fetched.delete(id);
    this.#ids.set(id, time);
    if (this.#ids.size <= MAX_IDS) return;
    const oldest = this.#ids.keys().next().value as number;
    this.#ids.delete(oldest);
    this.#fetched.delete(oldest);
  }

  #receive([first, last]: Range): void {
    const end = this.#received.at(-1);
    // The usual case costs no new list.
    if (end !== undefined && first === end[1] + 1) {
      this.#received[this.#received.length - 1] = [end[0], last];
      return;
    }
    this.#received = withRange(this.#received, [first, last]);
    if (this.#received.length > MAX_RANGES) this.#received.shift();
  }
}
