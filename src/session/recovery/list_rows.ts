/**
 * A list of the exchange says of everything that it does not name that it is gone. One with a row that cannot be read is
 * therefore no list: it is counted and fails, and the caller that needs it asks for it again.
 */
import { ExchangeError } from "../../shared/errors.ts";
import { roomLogger, sparseWarning } from "../../logging/log.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import { isRow, type Row } from "../../okx/frame.ts";
import { idText } from "../../okx/row_lifecycle.ts";
import { fetchPage } from "../../okx/rest.ts";
import type { RequestSigner } from "../../okx/sign.ts";
import type { Stats } from "../../model/stats.ts";
import { message } from "../../shared/messages/message.ts";

/** Code of an answer that has rows which cannot be read; asked for again it may be whole. */
export const UNREADABLE = "unreadable";

/** How to call the exchange, and where a list that cannot be read is counted. */
export type ListFetch = {
  readonly rest: RestHost;
  readonly signal: AbortSignal;
  readonly sign?: RequestSigner | undefined;
  readonly stats: Pick<Stats, "unreadable">;
};

/** Whether a row can be read. */
export type RowTest = (row: unknown) => boolean;

const WARN_MS = 60_000;
const warn = sparseWarning(roomLogger("session"), { everyMs: WARN_MS });

/** Fetches the rows of a list, all of which pass the test. Rejects with ExchangeError, or the reason of the signal. */
export async function fetchList<T = Row>(
  path: string,
  query: Readonly<Record<string, string>>,
  isReadable: RowTest,
  { rest, signal, sign, stats }: ListFetch,
): Promise<T[]> {
  const rows = await fetchPage(rest, path, query, signal, sign);
  if (rows.every(isReadable)) return rows as T[];
  stats.unreadable += 1;
  warn("The exchange sent a list with a row that cannot be read, asking again", { list: path });
  throw new ExchangeError(UNREADABLE, message("read.unreadable_row", { path }));
}

/** Returns whether a row is an object with a text or a number in each of these members. */
export function hasScalars(row: unknown, names: readonly string[]): boolean {
  return isRow(row) && names.every((name) => idText(row[name]) !== undefined);
}

/** Returns the test for rows of one of the account's lists: by the member that is their id, and the one that pages them. */
export function accountRowTest(path: string, ...names: readonly string[]): RowTest {
  // The balance is one row with a list of currencies in it.
  if (path === "/account/balance") {
    return (row) =>
      isRow(row) && Array.isArray(row.details) && row.details.every((each) => hasScalars(each, ["ccy"]));
  }
  const ids = path === "/account/positions" ? ["posId"] : names;
  return (row) => hasScalars(row, ids);
}
