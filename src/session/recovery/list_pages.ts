/** One list of the exchange, page by page. A short page proves nothing: the list ends where a page brings nothing new. */
import { ExchangeError } from "../../shared/errors.ts";
import type { ListCall } from "../../okx/account_lists.ts";
import type { Row } from "../../okx/frame.ts";
import { idText } from "../../okx/row_lifecycle.ts";
import { accountRowTest, fetchList, type ListFetch } from "./list_rows.ts";
import { message } from "../../shared/messages/message.ts";

/** How to call the exchange, with a turn in the shared pace before each call. */
export type PageOptions = ListFetch & {
  readonly turn: () => Promise<void>;
  /** The member that is a row's id. */
  readonly id: string;
  /** Pages at most; `whole` makes a longer list a failure. */
  readonly most: number;
  readonly whole: boolean;
};

/** Rows of a page (the most that the exchange gives), and how long one may take. */
const PAGE = 100;
const PAGE_MS = 5000;
const DAY_MS = 86_400_000;

/** Rejects with ExchangeError, or the reason of the signal. */
export async function fetchPages(call: ListCall, options: PageOptions): Promise<Row[]> {
  const { path, query, older, days } = call;
  const { turn, signal, id, most, whole } = options;
  const isReadable = accountRowTest(path, id, ...older === undefined ? [] : [older.member]);
  const oldest = days === undefined ? -Infinity : Date.now() - days * DAY_MS;
  const rows = new Map<string, Row>();
  let cursor = "";
  for (let page = 0; page < most; page++) {
    await turn();
    signal.throwIfAborted();
    const limits = older === undefined
      ? {}
      : { limit: String(PAGE), ...(cursor && { [older.parameter]: cursor }) };
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(PAGE_MS)]);
    const found = await fetchList(path, { ...query, ...limits }, isReadable, { ...options, signal: timeout });
    if (older === undefined) return found;
    const before = rows.size;
    for (const row of found) {
      const key = idText(row[id]);
      if (key !== undefined && !rows.has(key)) rows.set(key, row);
    }
    const last = idText(found.at(-1)?.[older.member]);
    if (last === undefined || Number(last) < oldest) return [...rows.values()];
    const grown = rows.size > before;
    // Several may be of one time, on both sides of the end of a page.
    const next = older.member === "ts" && grown ? String(Number(last) + 1) : last;
    if (!grown && (older.member !== "ts" || next === cursor)) return [...rows.values()];
    cursor = next;
  }
  if (whole) throw new ExchangeError("size", message("read.too_many_rows", { path, count: most * PAGE }));
  return [...rows.values()];
}
