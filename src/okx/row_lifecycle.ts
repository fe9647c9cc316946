/**
 * Rows that open and close: which of two rows of one id is the newer, and when one is over. Pushes of two connections,
 * answers of REST and repetitions arrive in any order; what was said later by the exchange's own count is what holds.
 */
import { parseTime } from "../shared/parse_time.ts";
import { ExactNumber, scalarOrEmpty } from "./exact_json.ts";
import { findChannel } from "./channels.ts";
import { type DataFrame, isRow, type Row } from "./frame.ts";

/** How the rows of one channel live. */
export type RowLifecycle = {
  /** Ids of different channels are different things. */
  readonly channel: string;
  /** The member that is a row's id. */
  readonly id: string;
  readonly isOver: (row: Row) => boolean;
  /** An id may be used again after its end, as that of a position. */
  readonly reopens: boolean;
  /** Times of change, the most precise first; then what only grows. */
  readonly times: readonly string[];
  readonly growing: readonly string[];
};

/** State of a row that was open and of whose end the exchange says nothing. */
export const UNKNOWN = "unknown";

/**
 * Returns the parts of a push about an account, by the member that is the id of each: currencies, positions, the account
 * itself.
 */
export function partLifecycle(channel: string, id: "ccy" | "posId" | "account"): RowLifecycle {
  const key = `${channel}\n${id}`;
  let life = PARTS.get(key);
  if (life === undefined) {
    life = { ...lasting(key, id), isOver: id === "posId" ? isFlat : () => false };
    PARTS.set(key, life);
  }
  return life;
}

const PARTS = new Map<string, RowLifecycle>();

/** Returns the life of a channel's rows; undefined where rows neither open nor close. */
export function lifecycleOfChannel(channel: string): RowLifecycle | undefined {
  const known = LIVES.get(channel);
  if (known !== undefined) return known;
  const { key: [id = ""] = [], closed } = findChannel(channel) ?? {};
  if (closed === undefined) return undefined;
  const life = closed.member === "pos" ? { ...lasting(channel, id), isOver: isFlat } : {
    ...{ channel, id, reopens: false, times: ["uTime", "pTime"], growing: ["accFillSz"] },
    isOver: (row: Row) => closed.values.includes(scalarOrEmpty(row[closed.member])),
  };
  LIVES.set(channel, life);
  return life;
}

const LIVES = new Map<string, RowLifecycle>();

function lasting(channel: string, id: string): Omit<RowLifecycle, "isOver"> {
  return { channel, id, reopens: true, times: ["uTime", "pTime"], growing: [] };
}

/** A position of nothing; an empty text says nothing of it. */
function isFlat(row: Row): boolean {
  const pos = scalarOrEmpty(row.pos);
  return pos !== "" && Number(pos) === 0;
}

/**
 * Returns when a row has changed, by the exchange, in Unix milliseconds; undefined: it does not say. What was created and has no
 * time of change has not changed before that.
 */
export function changedAt(row: Row): number | undefined {
  return [row.uTime, row.pTime, row.ts, row.cTime].map(timeOf).find((time) => time > 0);
}

/** Returns whether `row` says what was so before `other`; false also where the two cannot be distinguished. */
export function isOlder(life: RowLifecycle, row: Row, other: Row): boolean {
  return compare(life, versionOf(life, row), versionOf(life, other)) < 0;
}

/** Returns whether two rows of one id have the same time, as far as they say when that was. */
export function isSameMoment(life: RowLifecycle, row: Row, other: Row): boolean {
  const [one, two] = [versionOf(life, row), versionOf(life, other)];
  return one.over === two.over && compare(life, one, two) === 0 &&
    one.times.some((time, i) => !Number.isNaN(time) && time === two.times[i]);
}

type Version = {
  readonly over: boolean;
  readonly times: readonly number[];
  readonly growing: readonly number[];
};

/** Ids remembered of one server; those that said nothing for longest are forgotten beyond it. */
const MAX_IDS = 100_000;

/** The newest state of each id, to leave out what is older. */
export class RowVersions {
  readonly #versions = new Map<string, Version>();
  /** Those of them that are known from what an earlier process kept, and that the exchange has not confirmed. */
  readonly #resumed = new Set<string>();
  readonly #most: number;

  constructor(most = MAX_IDS) {
    this.#most = most;
  }

  /** Notes a row. Returns whether it is as new as what is known of its id; an older one must change nothing. */
  take(life: RowLifecycle, row: Row): boolean {
    const id = idText(row[life.id]);
    if (id === undefined) return true;
    const key = `${life.channel}\n${id}`;
    const known = this.#versions.get(key);
    const version = versionOf(life, row);
    if (known !== undefined && compare(life, version, known) < 0) return false;
    this.#resumed.delete(key);
    this.#note(key, version);
    return true;
  }

  /** Takes rows that an earlier process kept: a push that is older than them changes nothing. */
  resumeFrom(life: RowLifecycle, rows: readonly Row[]): void {
    for (const row of rows) {
      const id = idText(row[life.id]);
      const key = `${life.channel}\n${id}`;
      if (id === undefined || this.#versions.has(key)) continue;
      this.#resumed.add(key);
      this.#note(key, versionOf(life, row));
    }
  }

  /** Forgets what was kept of rows that the exchange itself lists: it may have been damaged. */
  list(life: RowLifecycle, rows: readonly unknown[]): void {
    for (const row of this.#resumed.size === 0 ? [] : rows) {
      const key = `${life.channel}\n${isRow(row) ? idText(row[life.id]) : ""}`;
      if (this.#resumed.delete(key)) this.#versions.delete(key);
    }
  }

  #note(key: string, version: Version): void {
    this.#versions.delete(key);
    this.#versions.set(key, version);
    if (this.#versions.size <= this.#most) return;
    const oldest = this.#versions.keys().next().value as string;
    this.#versions.delete(oldest);
    this.#resumed.delete(oldest);
  }

  /** Returns whether the newest that is known of an id says that it is open; undefined: nothing is known. */
  isOpen(life: RowLifecycle, id: string): boolean | undefined {
    const known = this.#versions.get(`${life.channel}\n${id}`);
    return known === undefined ? undefined : !known.over;
  }

  /** Returns a push without the rows that are older than what is known; `standing` are ids of these that are open. */
  pass(
    life: RowLifecycle,
    frame: DataFrame,
  ): { readonly frame: DataFrame; readonly standing: readonly string[] } {
    if (frame.action === "snapshot" || frame.action === "backfill") this.list(life, frame.rows);
    const standing: string[] = [];
    const rows = frame.rows.filter((row) => {
      if (!isRow(row) || this.take(life, row)) return true;
      const id = idText(row[life.id]);
      if (id !== undefined && this.isOpen(life, id)) standing.push(id);
      return false;
    });
    return { frame: rows.length === frame.rows.length ? frame : { ...frame, rows, text: "" }, standing };
  }
}

function versionOf({ isOver, times, growing }: RowLifecycle, row: Row): Version {
  return {
    over: isOver(row),
    times: times.map((name) => timeOf(row[name])),
    growing: growing.map((name) => numberOf(row[name])),
  };
}

function compare({ reopens }: RowLifecycle, one: Version, other: Version): number {
  if (!reopens && other.over && !one.over) return -1;
  const byTime = compareEach(one.times, other.times);
  if (byTime !== 0) return byTime;
  if (!reopens && one.over && !other.over) return 1;
  return compareEach(one.growing, other.growing);
}

/** By the first member that both have and that differs. */
function compareEach(one: readonly number[], other: readonly number[]): number {
  for (const [i, value] of one.entries()) {
    const against = other[i] as number;
    if (!Number.isNaN(value) && !Number.isNaN(against) && value !== against) return value - against;
  }
  return 0;
}

/** Returns an id as a text: one that is a number in JSON counts like its text. */
export function idText(value: unknown): string | undefined {
  const isId = (typeof value === "string" && value !== "") || typeof value === "bigint" ||
    (typeof value === "number" && Number.isSafeInteger(value)) ||
    (value instanceof ExactNumber && /^-?\d+$/.test(String(value)));
  return isId ? String(value) : undefined;
}

function timeOf(value: unknown): number {
  const time = parseTime(scalarOrEmpty(value));
  return time > 0 ? time : NaN;
}

function numberOf(value: unknown): number {
  const text = scalarOrEmpty(value);
  return text === "" ? NaN : Number(text);
}
