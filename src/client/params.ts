/** What a reader may ask for beside the path: how much, how old, and which rows. */
import { fieldText } from "../okx/exact_json.ts";
import { message } from "../shared/messages/message.ts";
import { completePath, type FullPath } from "./path.ts";
import { rowTimeOf } from "../okx/row_time.ts";

/** Parameters of a client's `get` and `follow`; other members complete the path or filter rows. */
export type GetParams = {
  readonly instrument_id?: string;
  readonly currency?: string;
  /** At most this many rows of a series, the newest; of an order book so many levels of each side. */
  readonly n?: number;
  /**
   * Only rows from then on, by the time that they carry themselves (exchange's clock, Unix milliseconds). Rows without a
   * time are left out.
   */
  readonly since?: number | Date;
  /** Refuse data whose last row came longer ago. */
  readonly maxAgeMs?: number;
  readonly [member: string]: string | number | Date | undefined;
};

type Row = Readonly<Record<string, unknown>>;

/** Returns the path that the members of the parameters complete, and those that filter. */
export function fullPath(path: string, params: GetParams): FullPath {
  const { n: _n, since: _since, maxAgeMs: _maxAgeMs, ...rest } = params;
  const members = Object.entries(rest).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]]
  );
  return completePath(path, Object.fromEntries(members));
}

/** Creates a test whether a row is from then on, by its time. Throws RangeError for what is no time. */
export function isSince(since: number | Date): (row: Row) => boolean {
  const ms = Number(since);
  if (Number.isNaN(ms)) throw new RangeError(message("client.since", { value: String(since) }).english);
  return (row) => rowTimeOf(row) >= ms;
}

/** Returns whether the members of a row have these values. */
export function isOf(row: Row, where: Readonly<Record<string, string>>): boolean {
  return Object.entries(where).every(([name, value]) =>
    row[name] !== undefined && fieldText(row[name]) === value
  );
}
