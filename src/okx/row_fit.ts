/**
 * Whether a pushed row is what its subscription brings: of the right shape, and of the instrument, type, family or
 * currency that was subscribed.
 */
import { hasPrices } from "./bar_cells.ts";
import { bookChannel } from "./book_channels.ts";
import { hasLevels, isCrossed, seqIdOf } from "./order_book.ts";
import { scalarText } from "./exact_json.ts";
import { findChannel } from "./channels.ts";
import type { Arg, Row } from "./frame.ts";
import { hasMembers, type Members, membersOf } from "./row_members.ts";

/** What a row of a subscription looks like. */
export type RowShape = {
  /** Candles come as lists of cells, everything else as objects with named members. */
  readonly isList: boolean;
  /** What each row holds whole: a small order book of levels, or a bar of prices. */
  readonly content: "levels" | "bar" | undefined;
  /** What a row needs that holds neither. */
  readonly members: Members;
  /** Spreads have prices of zero and below. */
  readonly anyPrice: boolean;
  /** Members that a row may leave out, but not have with another value. */
  readonly identity: readonly (readonly [name: string, value: string])[];
  /** The member, or cell, with the row's time in milliseconds; undefined where the channel documents none. */
  readonly time: string | number | undefined;
};

/** `foreign`: the row says that it is of something else than what was subscribed. */
export type RowFit = "fits" | "unreadable" | "foreign";

/** Creates the shape of rows of a channel that is kept so and was subscribed by this argument. */
export function createShape(
  { storage, columns }: { readonly storage: string; readonly columns?: readonly string[] },
  arg: Arg,
): RowShape {
  const isList = columns !== undefined;
  const content = storage === "bookSnapshot" ? "levels" : storage === "candle" ? "bar" : undefined;
  const { anyPrice } = bookChannel(arg.channel).rules;
  const identity = IDENTITY.flatMap((name) => {
    const value = arg[name];
    return value === undefined || value === "ANY" ? [] : [[name, value] as const];
  });
  return {
    ...{ isList, content, members: membersOf(arg.channel), anyPrice },
    identity: isList ? [] : identity,
    time: isList ? 0 : findChannel(arg.channel)?.time,
  };
}

/** Judges one row. */
export function fitOf(row: unknown, shape: RowShape): RowFit {
  const { isList, identity, time } = shape;
  if (isList) {
    return Array.isArray(row) && hasTime(row[time as number]) && hasPrices(row) ? "fits" : "unreadable";
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return "unreadable";
  for (const [name, wanted] of identity) {
    const value = (row as Readonly<Record<string, unknown>>)[name];
    if (value !== wanted && isOther(value, wanted)) return "foreign";
  }
  return hasContent(row as Row, shape) ? "fits" : "unreadable";
}

/** Returns whether a row that is of something else can be read as what it is. */
export function isReadable(row: unknown, shape: RowShape): boolean {
  return fitOf(row, { ...shape, identity: [] }) === "fits";
}

/** Returns whether the best bid of a small book is not below its best ask. */
export function isCrossedRow(row: unknown, { content }: RowShape): boolean {
  return content === "levels" && isCrossed(row as Row);
}

/** Returns whether a row that was fetched is one of a channel. */
export function isRowOf(channel: string, row: unknown): row is Row {
  return typeof row === "object" && row !== null && !Array.isArray(row) &&
    hasMembers(row as Row, membersOf(channel));
}

/** Returns whether a row that fits has its time as the exchange documents it: a text of digits. */
export function isDated(row: unknown, { time }: RowShape): boolean {
  if (time === undefined) return true;
  const value = (row as Readonly<Record<string | number, unknown>>)[time];
  return typeof value === "string" && hasTime(value);
}

function hasContent(row: Row, { content, members, anyPrice }: RowShape): boolean {
  if (content === "levels") {
    return hasLevels(row, { anyPrice }) && (row.seqId === undefined || seqIdOf(row) !== undefined);
  }
  if (content === "bar") return Array.isArray(row.candle) && hasPrices(row.candle);
  return hasMembers(row, members);
}

const IDENTITY = ["instId", "sprdId", "instType", "instFamily", "ccy", "algoId"];

function isOther(value: unknown, wanted: string): boolean {
  const text = scalarText(value);
  return text !== undefined && text !== "" && text !== wanted;
}

function hasTime(value: unknown): boolean {
  const text = scalarText(value);
  if (text === undefined || text === "" || text.length > MAX_DIGITS) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** Of milliseconds since 1970. */
const MAX_DIGITS = 16;
