/**
 * A v5 row in v3 clothes: the member names and formats that programs written for the v3 API read. Numbers stay the
 * exchange's own text; times become ISO 8601 with milliseconds.
 */
import type { Arg, Row } from "../frame.ts";

/** Makes the v3 row of a v5 row. `arg` gives the instrument where the row itself does not. */
export type RowConverter = (row: unknown, arg: Arg) => Row;

/** Returns milliseconds as text to `2022-02-01T00:30:00.000Z`; anything else comes back as it was. */
export function isoTime(ms: unknown): string {
  const text = String(ms ?? "");
  if (!/^\d{1,15}$/.test(text)) return text;
  return new Date(Number(text)).toISOString();
}

/** Returns the text of a member that is a text or a number; empty where there is none. */
export function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** Returns a row by plain renaming: v3 name to v5 name, with `instrument_id` and `timestamp` added. */
export function fieldRow(
  fields: Readonly<Record<string, string>>,
  times: Readonly<Record<string, string>> = {},
): RowConverter {
  const plain = Object.entries(fields);
  const timed = Object.entries(times);
  return (value, arg) => {
    const row = asRow(value);
    const result: Record<string, unknown> = {};
    for (const [name, from] of plain) result[name] = row[from] ?? "";
    for (const [name, from] of timed) result[name] = isoTime(row[from]);
    return withIdentity(result, row, arg);
  };
}

/** Returns the converter of `ticker`: spot has base and quote volumes, derivatives have contracts and coin. */
export function tickerRow(spot: boolean): RowConverter {
  return fieldRow({
    last: "last",
    last_qty: "lastSz",
    best_bid: "bidPx",
    best_bid_size: "bidSz",
    best_ask: "askPx",
    best_ask_size: "askSz",
    open_24h: "open24h",
    high_24h: "high24h",
    low_24h: "low24h",
    open_utc0: "sodUtc0",
    open_utc8: "sodUtc8",
    ...(spot
      ? { base_volume_24h: "vol24h", quote_volume_24h: "volCcy24h" }
      : { volume_24h: "vol24h", volume_token_24h: "volCcy24h" }),
  });
}

/** Returns the converter of `trade`: futures and options call the size `qty`. */
export function tradeRow(qty: boolean): RowConverter {
  return fieldRow({ side: "side", trade_id: "tradeId", price: "px", [qty ? "qty" : "size"]: "sz" });
}

/**
 * Returns the converter of `depth5` and `depth`, of which spot levels are `[price, size, count]`; all others keep the four
 * members of v5.
 */
export function depthRow(spot: boolean): RowConverter {
  return (value, arg) => {
    const row = asRow(value);
    const levels = (side: unknown): unknown[] =>
      asList(side).map((level) => spot && Array.isArray(level) ? [level[0], level[1], level[3]] : level);
    return withIdentity({ asks: levels(row.asks), bids: levels(row.bids) }, row, arg);
  };
}

/** Candles: `{candle: [time, open, …], instrument_id}` with as many elements as v3 had for the product. */
export function candleRow(columns: readonly string[]): RowConverter {
  return (value, arg) => {
    const cells = asList(value);
    // The v5 array has the same order: ts, open, high, low, close, vol, volCcy; its last element is the confirm flag.
    const candle = columns.map((_, i) => i === 0 ? isoTime(cells[0]) : String(cells[i] ?? ""));
    return { candle, instrument_id: arg.instId ?? "" };
  };
}

function withIdentity(result: Record<string, unknown>, row: Row, arg: Arg): Row {
  result.instrument_id = row.instId ?? arg.instId ?? "";
  result.timestamp = isoTime(row.ts);
  return result;
}

/** Returns a row as an object; what is none has no members. */
export function asRow(value: unknown): Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Row : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
