/** What kind of table the rows of a path are shown in, on a terminal and on the dashboard alike. */
import { parseAnyTopic, type Topic } from "../okx/topic.ts";
import type { TableKind } from "../shared/row_tables.ts";

/** Returns the kind of a path in any spelling. */
export function tableKindOf(path: string): TableKind {
  const topic = parseAnyTopic(path);
  return topic.kind === "fault" ? "rows" : kindOfTopic(topic);
}

/** Returns the same of a path that was parsed. */
export function kindOfTopic({ table, storage }: Topic): TableKind {
  if (storage === "book" || storage === "bookSnapshot") return "books";
  if (storage === "candle") return "candles";
  if (/order|algo/.test(table) && storage !== "events") return "orders";
  if (/position/.test(table) && storage !== "balances") return "positions";
  if (storage === "balances" || /(^|\/)account$/.test(table)) return "balances";
  if (storage === "events" || storage === "trades") return "tape";
  // Block tickers have volumes, and no price.
  if (table === "block-tickers" || storage !== "latest") return "rows";
  return /ticker|mark[-_]price|index/.test(table) ? "quotes" : "rows";
}
