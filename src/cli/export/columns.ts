/**
 * From the pushes of one subscription to rows with typed columns. A type follows from a member's name and from all of its
 * values: ids are texts however they look, times are times, and what is a number everywhere is a number. Pure.
 */
import { CODECS } from "../../okx/codec.ts";
import { parseTopicOf } from "../../okx/topic.ts";
import { scalarText } from "../../okx/exact_json.ts";
import { isRow } from "../../okx/frame.ts";
import type { RecordedPush } from "../../recording/frames.ts";

/** What a column holds. `time` is Unix milliseconds; `json` a list or an object. */
export type ColumnType = "time" | "number" | "integer" | "boolean" | "text" | "json";

/** The columns of a table by name, in the order of their first appearance. */
export type Columns = ReadonlyMap<string, ColumnType>;

/** The values of a row as they were sent; what is blank or missing is left out. */
export type TableRow = ReadonlyMap<string, unknown>;

/** The time of receipt, which stands first. */
const RECEIVED_AT = "receivedAt";

/** What a push says about all of its rows. */
const ACTION = "action";

/** Further members of a row are left out: no channel has a tenth of that. */
const MAX_COLUMNS = 1000;

/** Before that no exchange was: a file that says no times. */
const FIRST_TIME = 1e11;

/** Returns the rows of a push. */
export function tableRows({ frame, at, arg, protocol }: RecordedPush): TableRow[] {
  const titles = columnsOfLists(CODECS[protocol].formatPath(arg), protocol);
  return frame.rows.map((row) => {
    const values = new Map<string, unknown>();
    if (at > FIRST_TIME) values.set(RECEIVED_AT, Math.round(at));
    if (frame.action !== undefined) values.set(ACTION, frame.action);
    const members = Array.isArray(row)
      ? row.map((value, i) => [titles[i] ?? `column${i + 1}`, value] as const)
      : isRow(row)
      ? Object.entries(row)
      : [["value", row] as const];
    for (const [name, value] of members) {
      if (value === "" || value === null || value === undefined) continue;
      values.set(name === RECEIVED_AT || name === ACTION ? `row.${name}` : name, value);
    }
    return values;
  });
}

/** Learns the columns of a table from every row. */
export class ColumnFinder {
  readonly #types = new Map<string, ColumnType>();
  /** Members that are left out, because there are too many. */
  ignored = 0;

  add(row: TableRow): void {
    for (const [name, value] of row) {
      const known = this.#types.get(name);
      if (known === undefined && this.#types.size >= MAX_COLUMNS) {
        this.ignored += 1;
        continue;
      }
      const type = typeOf(name, value);
      this.#types.set(name, known === undefined ? type : join(known, type));
    }
  }

  get columns(): Columns {
    return this.#types;
  }
}

/** Returns the value of a column as its text; an empty text: there is none. */
export function cellText(value: unknown): string {
  if (value === undefined) return "";
  return scalarText(value) ?? (typeof value === "boolean" ? String(value) : JSON.stringify(value));
}

const UNIX_MS = /^\d{12,14}$/;
const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WHOLE = /^-?\d+$/;

/** Ids may look like numbers and may be longer than one. */
const NAMED_ID = /(?:Id|_id|^id|^uid)$/;
const NAMED_TIME = /(?:^ts|Ts|Time|_time|^timestamp|receivedAt)$/;

function typeOf(name: string, value: unknown): ColumnType {
  const text = scalarText(value);
  if (text === undefined) return typeof value === "boolean" ? "boolean" : "json";
  if (NAMED_TIME.test(name) && (UNIX_MS.test(text) || ISO.test(text))) return "time";
  if (typeof value !== "string") {
    if (WHOLE.test(text)) return fitsInteger(text) ? "integer" : "text";
    return Number.isFinite(Number(text)) ? "number" : "text";
  }
  return !NAMED_ID.test(name) && DECIMAL.test(text) ? "number" : "text";
}

/** Returns whether a whole number has room in 64 bits. */
function fitsInteger(text: string): boolean {
  return text.length <= 20 && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function join(one: ColumnType, other: ColumnType): ColumnType {
  if (one === other) return one;
  const both = [one, other];
  if (both.includes("json")) return "json";
  return both.includes("integer") && both.includes("number") ? "number" : "text";
}

const titlesByPath = new Map<string, readonly string[]>();

/** What the elements of rows that are lists stand for. */
function columnsOfLists(path: string, protocol: RecordedPush["protocol"]): readonly string[] {
  let titles = titlesByPath.get(path);
  if (titles === undefined) {
    const topic = parseTopicOf(protocol, path);
    titles = topic.kind === "topic" ? topic.columns : [];
    titlesByPath.set(path, titles);
  }
  return titles;
}
