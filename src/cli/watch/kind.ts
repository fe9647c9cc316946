/** The tables of a live view, and which paths come as changes. */
import type { TableKind } from "../../shared/row_tables.ts";
import { parseAnyTopic } from "../../okx/topic.ts";
import type { Message } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

export { tableKindOf as kindOf } from "../../client/table_kind.ts";

/** What kind of table a path is shown in. */
export type Kind = TableKind;

/** In the order in which the tables stand below each other, with their titles. */
export const KINDS: Readonly<Record<Kind, Message>> = {
  quotes: keyed("watch.prices"),
  books: keyed("watch.books"),
  candles: keyed("watch.candles"),
  balances: keyed("watch.balances"),
  positions: keyed("watch.positions"),
  orders: keyed("watch.orders"),
  rows: keyed("watch.other_rows"),
  tape: keyed("watch.tape"),
};

/** Returns whether the levels of a path come as increments, so that only the cache has the whole book. */
export function isIncremental(path: string): boolean {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && topic.storage === "book";
}
