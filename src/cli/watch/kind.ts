/** What kind of table the rows of a path are shown in. */
import type { Topic } from "../../okx/topic.ts";
import { parseAnyTopic } from "../../okx/v3/topic.ts";
import type { Message } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

/** `tape` is a list of what happened, newest first; `rows` is anything that has no table of its own. */
export type Kind =
  | "quotes"
  | "books"
  | "tape"
  | "candles"
  | "balances"
  | "positions"
  | "orders"
  | "rows";

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

/** The kind of a path in any spelling. */
export function kindOf(path: string): Kind {
  const topic = parseAnyTopic(path);
  return topic.kind === "fault" ? "rows" : kindOfTopic(topic);
}

/** Whether the levels of a path come as increments, so that only the cache has the whole book. */
export function isIncremental(path: string): boolean {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && topic.storage === "book";
}

function kindOfTopic({ table, storage }: Topic): Kind {
  if (storage === "book" || storage === "view") return "books";
  if (storage === "candle") return "candles";
  if (/order|algo/.test(table) && storage !== "events") return "orders";
  if (/position/.test(table) && storage !== "balances") return "positions";
  if (storage === "balances" || /(^|\/)account$/.test(table)) return "balances";
  if (storage === "events" || storage === "trades") return "tape";
  return /ticker|mark[-_]price|index/.test(table) && storage === "latest" ? "quotes" : "rows";
}
