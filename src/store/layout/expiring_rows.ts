/**
 * Latest rows that end without a word: an option that has expired is in no push any more, a warning that is over is simply
 * not repeated (OKX v5, "ADL warning channel", "Position risk warning"; changelog of 2026-06-09).
 */
import type { Row } from "../../okx/frame.ts";
import { tableOf } from "../../okx/path_text.ts";
import { UNKNOWN } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import { hasPassed } from "../../shared/elapsed.ts";

/** What becomes of a row when its time has come; undefined: it is removed. */
export type ExpiredRow = {
  readonly path: string;
  readonly key: string;
  readonly id: string;
  readonly row: Row | undefined;
};

type Noted = { readonly path: string; readonly id: string; readonly row: Row; endsAt: number };

type Rule = {
  /** Unix milliseconds of the end of a row that came at `at`; undefined: it has none. */
  readonly endsAt: (row: Row, at: number) => number | undefined;
  readonly end: (row: Row) => Row | undefined;
  /** It comes again and again while it is so: of what is not received any more nobody knows whether it goes on. */
  readonly isRepeated: boolean;
};

/** While there is something to warn of, `adl-warning` comes every second. */
const ADL_MS = 10_000;

/** A position at risk is pushed on events, for which no time is promised. */
const RISK_MS = 3_600_000;

/** Options expire at 8:00 UTC; the last prices may come a little later. */
const EXPIRY_MS = 8 * 3_600_000;
const AFTER_EXPIRY_MS = 600_000;

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["adl-warning", {
    endsAt: ({ state }, at) => state === "normal" ? undefined : at + ADL_MS,
    end: (row) => ({ ...row, state: "normal" }),
    isRepeated: true,
  }],
  ["liquidation-warning", { endsAt: (_, at) => at + RISK_MS, end: () => undefined, isRepeated: false }],
  ["opt-summary", {
    endsAt: (row) => expiryOf(row.instId ?? row.instrument_id),
    end: () => undefined,
    isRepeated: false,
  }],
]);

/** What is known of a row that an earlier process left. */
type Left = { readonly isDesired: boolean; readonly at: number };

/**
 * Returns what is to be written of a row that an earlier process left: nothing (undefined), another row, or one without
 * members, which removes it. Undefined for tables whose rows do not end by themselves.
 */
export function fadesOf(table: string): ((row: Row, left: Left) => Row | undefined) | undefined {
  const rule = RULES.get(channelOf(table));
  if (rule === undefined) return undefined;
  if (rule.isRepeated) {
    return (row) => row.state === "normal" || row.state === UNKNOWN ? undefined : { ...row, state: UNKNOWN };
  }
  return (row, { isDesired, at }) =>
    isDesired && (rule.endsAt(row, rowTimeOf(row) || at) ?? Infinity) > at ? undefined : {};
}

/** How often it is looked for what has ended. */
const LOOK_MS = 1000;

/** The latest rows of a server that end without a push. Bounded by the rows that have a key of their own. */
export class ExpiringRows {
  readonly #rows = new Map<string, Noted>();
  #checkedAt = 0;

  /** Notes that a row was written. */
  note(topic: Topic, { key, id }: { readonly key: string; readonly id: string }, row: Row, at: number): void {
    const endsAt = RULES.get(topic.arg.channel)?.endsAt(row, at);
    if (endsAt === undefined) this.#rows.delete(key);
    else this.#rows.set(key, { path: topic.path, id, row, endsAt });
  }

  /** Goes on with a row that an earlier process left: it ends as if it had come now, or when its time is up. */
  mergeFrom(
    topic: Topic,
    { key, id }: { readonly key: string; readonly id: string },
    row: Row,
    at: number,
  ): void {
    if (this.#rows.has(key)) return;
    this.note(topic, { key, id }, row, isRepeated(topic) ? Infinity : rowTimeOf(row) || at);
  }

  /** Returns what has ended by now. */
  due(now: number): readonly ExpiredRow[] {
    if (this.#rows.size === 0 || !hasPassed(this.#checkedAt, LOOK_MS, now)) return NONE;
    this.#checkedAt = now;
    const faded: ExpiredRow[] = [];
    for (const [key, { path, id, row, endsAt }] of this.#rows) {
      if (endsAt > now) continue;
      this.#rows.delete(key);
      faded.push({ path, key, id, row: RULES.get(channelOf(path))?.end(row) });
    }
    return faded;
  }

  /** Marks a path of which nothing is received any more: of what is not repeated nobody knows whether it goes on. */
  markLost(topic: Topic): readonly ExpiredRow[] {
    if (!isRepeated(topic)) return NONE;
    return this.#of(topic.path).map(([key, noted]) => {
      noted.endsAt = Infinity;
      return { path: topic.path, key, id: noted.id, row: { ...noted.row, state: UNKNOWN } };
    });
  }

  /**
   * Begins a path that is live (again): what is not repeated now is over. `own` is the row of which the path itself is the key.
   */
  begin(topic: Topic, own: { readonly key: string; readonly id: string }, at: number): void {
    const { instType, instFamily } = topic.arg;
    if (!isRepeated(topic)) return;
    for (const [, noted] of this.#of(topic.path)) noted.endsAt = at + ADL_MS;
    if (instFamily === undefined || this.#rows.has(own.key)) return;
    this.#rows.set(own.key, {
      path: topic.path,
      id: own.id,
      row: { instType, instFamily },
      endsAt: at + ADL_MS,
    });
  }

  /** Ends what a row was about. Returns the row, where there is one. */
  end(key: string): ExpiredRow | undefined {
    const noted = this.#rows.get(key);
    this.#rows.delete(key);
    return noted === undefined ? undefined : { path: noted.path, key, id: noted.id, row: undefined };
  }

  /** Closes a path that is no longer desired: nobody would see the end of its rows. */
  close(topic: Topic): readonly ExpiredRow[] {
    const { path } = topic;
    return this.#of(path).map(([key, { id, row }]) => {
      this.#rows.delete(key);
      const last = isRepeated(topic) ? { ...row, state: UNKNOWN } : undefined;
      return { path, key, id, row: last };
    });
  }

  #of(path: string): [string, Noted][] {
    return [...this.#rows].filter(([, noted]) => noted.path === path);
  }
}

const NONE: readonly ExpiredRow[] = [];

function isRepeated({ arg }: Topic): boolean {
  return RULES.get(arg.channel)?.isRepeated ?? false;
}

/** Legacy summaries are those of the same options. */
function channelOf(path: string): string {
  const name = tableOf(path);
  return name === "option/summary" ? "opt-summary" : name;
}

/** Returns when an option is over, by its name: `BTC-USD-261225-60000-C`. */
function expiryOf(instId: unknown): number | undefined {
  const [, year, month, day] = /-(\d\d)(\d\d)(\d\d)-[^-]+-[CP]$/.exec(String(instId)) ?? [];
  if (year === undefined) return undefined;
  return Date.UTC(2000 + Number(year), Number(month) - 1, Number(day)) + EXPIRY_MS + AFTER_EXPIRY_MS;
}
