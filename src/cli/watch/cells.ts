/** Cells that several tables of a live view have in common. */
import { renderAge } from "../terminal/age.ts";
import { renderRate } from "../terminal/live/rate.ts";
import { renderSpark } from "../terminal/live/spark.ts";
import type { Cell, Column } from "../terminal/live/grid.ts";
import { safeText } from "../terminal/text.ts";
import { arrivedAt, charted, type Entry, type WatchedRow, type WatchState } from "./watch_state.ts";
import { memberText, numberOf, pick } from "./member.ts";
import type { Text } from "../../shared/messages/message.ts";
import { NAME_MEMBERS } from "../../shared/row_tables.ts";
import { keyed, type Translate } from "../i18n/translate.ts";

/** What a cell is made from besides its line. */
export type CellContext = {
  readonly watch: WatchState;
  readonly now: number;
  readonly t: Translate;
  /** Whether the line is the only one of its path. */
  readonly isAlone: (entry: Entry) => boolean;
};

/** A column and how its cells are made. */
export type LiveColumn = Column<Text> & { readonly cell: (entry: Entry, context: CellContext) => Cell };

/** A live row older than this is worth a look, where the exchange promised nothing. */
const QUIET_MS = 10_000;

/** Characters of a course. */
const SPARK = 16;

/** Returns a column of one member, by any of its names. */
export function member(title: Text, rank: number, ...names: readonly string[]): LiveColumn {
  return { title, rank, max: 40, cell: ({ row }) => ({ text: memberText(pick(row, ...names)) }) };
}

/** Creates a column as {@link member} does, set to the right and sorted as a number. */
export function figure(title: Text, rank: number, ...names: readonly string[]): LiveColumn {
  return {
    title,
    rank,
    align: "right",
    max: 24,
    cell: ({ row }) => numeric(pick(row, ...names)),
  };
}

/** Returns a figure that is good above zero and bad below. */
export function gain(title: Text, rank: number, ...names: readonly string[]): LiveColumn {
  const plain = figure(title, rank, ...names);
  return {
    ...plain,
    cell: (entry, context) => {
      const cell = plain.cell(entry, context);
      return cell.value === undefined || cell.value === 0
        ? cell
        : { ...cell, style: cell.value > 0 ? "up" : "down" };
    },
  };
}

/** Returns a value as a figure. */
export function numeric(value: unknown): Cell {
  const number = numberOf(value);
  return number === undefined ? { text: memberText(value) } : { text: memberText(value), value: number };
}

/** What a line is about: its instrument or currency, else its path. */
export const INSTRUMENT: LiveColumn = {
  title: keyed("heading.instrument"),
  rank: 0,
  max: 32,
  cell: ({ row, path }) => ({ text: nameOf(row, path), style: "key" }),
};

/** Returns the instrument, currency or family of a row; else what its path says. */
export function nameOf(row: WatchedRow, path: string): string {
  const name = pick(row, ...NAME_MEMBERS);
  return memberText(name ?? path.slice(path.indexOf(":") + 1));
}

/** The change of a price over 24 hours where the exchange says so, else since the view was opened (`run`). */
export const CHANGE: LiveColumn = {
  title: keyed("heading.change"),
  align: "right",
  rank: 3,
  min: 11,
  cell: (entry) => {
    const price = charted(entry);
    const open = numberOf(pick(entry.row, "open24h", "open_24h"));
    const from = open ?? entry.firstPrice;
    if (price === undefined || from === undefined || from === 0) return { text: "" };
    const cell = shareCell(from, price);
    return { ...cell, text: `${cell.text} ${open === undefined ? "run" : "24h"}` };
  },
};

/** Renders by how much a price changed, in percent. */
export function shareCell(from: number, to: number): Cell {
  const share = (to / from - 1) * 100;
  const text = share.toFixed(2);
  if (Number(text) === 0) return { text: "0.00%", value: share };
  return share > 0
    ? { text: `+${text}%`, value: share, style: "up" }
    : { text: `${text}%`, value: share, style: "down" };
}

/** How long ago the line was last updated; what cannot be relied on is in red. */
export const AGE: LiveColumn = {
  title: keyed("heading.age"),
  align: "right",
  rank: 1,
  min: 7,
  cell: (entry, context) => {
    const { watch, now, isAlone } = context;
    const at = arrivedAt(watch, entry, isAlone(entry));
    if (at === undefined) return { text: "-", style: "dim", value: Infinity };
    const age = Math.max(0, now - at);
    const style = stateOf(watch, entry.path).isLive ? (age > QUIET_MS ? "warn" : "plain") : "bad";
    return { text: renderAge(age, context.t), value: age, style };
  },
};

/** Rows per second. */
export const RATE: LiveColumn = {
  title: "/s",
  align: "right",
  rank: 4,
  min: 5,
  cell: (entry, { now }) => {
    const value = entry.rate.perSecond(now);
    return { text: renderRate(value), value, style: value === 0 ? "dim" : "plain" };
  },
};

/** The course of the last prices, a character a second. */
export const COURSE: LiveColumn = {
  title: keyed("heading.last_prices"),
  rank: 6,
  min: SPARK,
  cell: ({ prices }) => ({ text: renderSpark(prices, SPARK), style: "key" }),
};

/** The state of the subscription. */
export const STATE: LiveColumn = {
  title: keyed("heading.state"),
  rank: 1,
  min: 7,
  cell: (entry, { watch, t }) => {
    const { text, isLive } = stateOf(watch, entry.path);
    return { text: typeof text === "string" ? text : t(text), style: isLive ? "good" : "bad" };
  },
};

/** Returns what is known of a subscription, with what may have made that knowledge old. */
function stateOf(watch: WatchState, path: string): { text: Text; isLive: boolean } {
  const { redis, records } = watch;
  if (redis.kind === "lost") return { text: keyed("live.no_redis"), isLive: false };
  if (redis.kind === "unserved") return { text: keyed("live.no_service"), isLive: false };
  const record = records.get(path);
  if (record === undefined) {
    return { text: redis.kind === "up" ? keyed("live.not_subscribed") : "…", isLive: false };
  }
  return { text: safeText(record.state), isLive: record.state === "live" };
}
