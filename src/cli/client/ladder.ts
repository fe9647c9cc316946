/** An order book as a ladder that fits the screen: asks above, bids below, the spread between them. */
import type { Translate } from "../i18n/translate.ts";
import type { TerminalSize } from "../terminal/io.ts";
import type { Paint } from "../terminal/live/style.ts";
import { cutText, fitText, safeText, widthOf } from "../terminal/text.ts";
import { spreadOf } from "../watch/tables.ts";
import { parseJson } from "../../shared/json_object.ts";

/** One level: price and size as the exchange writes them, and how many orders it has where that is known. */
type Level = readonly [price: string, size: string, orders: string];

/** What a ladder is drawn with. */
export type LadderOptions = {
  readonly size: TerminalSize;
  readonly paint: Paint;
  readonly t: Translate;
  /** Levels of a side; as many as fit unless given. */
  readonly levels?: number | undefined;
};

/** Lines beside the levels: title, header, spread, the prompt that follows. */
const OTHER_LINES = 4;

/** Levels of a side that are shown on the smallest screen. */
const MIN_LEVELS = 3;

const MAX_BAR = 40;

/** Renders a book as lines; undefined for a row that is none. */
export function renderLadder(
  row: Readonly<Record<string, unknown>>,
  path: string,
  { size, paint, t, levels }: LadderOptions,
): string[] | undefined {
  const [bids, asks] = [levelsOf(row.bids), levelsOf(row.asks)];
  if (bids === undefined || asks === undefined) return undefined;
  const depth = levels ?? Math.max(MIN_LEVELS, Math.floor((size.rows - OTHER_LINES) / 2));
  const [below, above] = [bids.slice(0, depth), asks.slice(0, depth)];
  const header: Level = [t("heading.price"), t("heading.size"), t("heading.orders")];
  const widths = header.map((title, i) =>
    Math.max(widthOf(title), ...[...above, ...below].map((level) => widthOf(level[i] as string)))
  );
  const cells = (level: Level) =>
    `  ${level.map((cell, i) => fitText(cell, widths[i] as number, "right")).join("  ")}`;
  const room = Math.max(0, Math.min(MAX_BAR, size.columns - widthOf(cells(header)) - 3));
  const most = Math.max(...[...above, ...below].map(([, each]) => Number(each)).filter(Number.isFinite), 0);
  const line = (level: Level, style: "up" | "down") => {
    const share = most > 0 ? Math.ceil((Number(level[1]) / most) * room) : 0;
    return `${cutText(cells(level), size.columns)}  ${paint(style, "▇".repeat(Math.max(0, share || 0)))}`
      .trimEnd();
  };
  const state = safeText(String(row.state ?? ""));
  const [bid, ask] = [bids[0]?.[0], asks[0]?.[0]];
  const spread = bid === undefined || ask === undefined
    ? "-"
    : `${differenceOf(ask, bid)} (${spreadOf(row.bids, row.asks).text})`;
  const parts = [
    safeText(path),
    bookTimeText(row),
    row.seqId === undefined ? "" : `seqId ${safeText(String(row.seqId))}`,
  ];
  return [
    cutText([...parts.filter((part) => part !== "")].join("  "), size.columns - widthOf(state) - 2) +
    (state === "" ? "" : `  ${paint(state === "live" ? "good" : "bad", state)}`),
    paint("dim", cutText(cells(header), size.columns)),
    ...above.toReversed().map((level) => line(level, "down")),
    paint("dim", cutText(`  ${t("ladder.spread", { spread })}`, size.columns)),
    ...below.map((level) => line(level, "up")),
  ];
}

/** With as many digits behind the point as the longer of the two has. */
function differenceOf(one: string, other: string): string {
  const digits = Math.max(...[one, other].map((text) => text.split(".")[1]?.length ?? 0));
  return (Number(one) - Number(other)).toFixed(Math.min(digits, 20));
}

/** Returns the levels of a side, best first; undefined: it is none. */
function levelsOf(value: unknown): Level[] | undefined {
  const list = typeof value === "string" ? parseJson(value) : value;
  if (!Array.isArray(list)) return undefined;
  return list.filter(Array.isArray).map((level) => {
    const cells = level.map((cell) => safeText(String(cell)));
    return [cells[0] ?? "", cells[1] ?? "", cells.length > 2 ? cells.at(-1) ?? "" : ""];
  });
}

/** Returns when the exchange made it. */
function bookTimeText({ ts, timestamp }: Readonly<Record<string, unknown>>): string {
  const ms = Number(ts);
  if (ts !== undefined && Number.isSafeInteger(ms) && ms > 0 && ms < 8.64e15) {
    return new Date(ms).toISOString();
  }
  return typeof timestamp === "string" ? safeText(timestamp) : "";
}
