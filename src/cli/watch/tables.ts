/** The columns of each kind of table. */
import type { Cell } from "../terminal/live/grid.ts";
import { bestOf, type Entry } from "./watch_state.ts";
import {
  AGE,
  type CellContext,
  CHANGE,
  COURSE,
  figure,
  gain,
  INSTRUMENT,
  type LiveColumn,
  member,
  numeric,
  RATE,
  shareCell,
  STATE,
} from "./cells.ts";
import { type Kind, kindOf } from "./kind.ts";
import { memberText, numberOf, pick } from "./member.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import type { Text } from "../../shared/messages/message.ts";
import { ACCOUNT_TABLES, type AccountKind } from "../../shared/row_tables.ts";
import { keyed } from "../i18n/translate.ts";

/** Columns that say the same in most tables. */
const ENDING = [AGE, RATE, STATE];

const LAST: LiveColumn = {
  title: keyed("heading.last"),
  align: "right",
  rank: 0,
  max: 24,
  cell: ({ row, move }) => {
    const cell = numeric(pick(row, "last", "markPx", "mark_price", "idxPx"));
    return move === undefined ? cell : { ...cell, style: move };
  },
};

const TIME: LiveColumn = {
  title: keyed("heading.time"),
  rank: 0,
  min: 12,
  cell: ({ row }) => clockCell(rowTimeOf(row)),
};

const SIDE: LiveColumn = {
  title: keyed("heading.side"),
  rank: 2,
  min: 4,
  cell: ({ row }) => sideCell(pick(row, "side")),
};

/** Columns of a kind; those of `rows` depend on what the rows have. */
export const TABLES: Readonly<Record<Exclude<Kind, "rows">, readonly LiveColumn[]>> = {
  quotes: [
    INSTRUMENT,
    LAST,
    figure(keyed("heading.bid"), 2, "bidPx", "best_bid"),
    figure(keyed("heading.ask"), 2, "askPx", "best_ask"),
    CHANGE,
    AGE,
    RATE,
    COURSE,
    STATE,
  ],
  books: [
    INSTRUMENT,
    level(keyed("heading.bid_size"), "bids", 1, 3),
    level(keyed("heading.bid"), "bids", 0, 0),
    level(keyed("heading.ask"), "asks", 0, 0),
    level(keyed("heading.ask_size"), "asks", 1, 3),
    {
      title: keyed("heading.spread"),
      align: "right",
      rank: 4,
      cell: ({ row }) => spreadOf(row.bids, row.asks),
    },
    AGE,
    RATE,
    { ...COURSE, title: keyed("heading.middle_prices") },
    STATE,
  ],
  candles: [
    INSTRUMENT,
    {
      title: keyed("heading.channel"),
      rank: 3,
      max: 24,
      cell: ({ path }) => ({ text: memberText(path.split(":")[0]) }),
    },
    { title: keyed("heading.opened"), rank: 0, min: 11, cell: ({ row }) => dayCell(rowTimeOf(row)) },
    figure(keyed("heading.open"), 2, "open"),
    figure(keyed("heading.high"), 2, "high"),
    figure(keyed("heading.low"), 2, "low"),
    figure(keyed("heading.close"), 0, "close"),
    {
      title: keyed("heading.change"),
      align: "right",
      rank: 3,
      min: 7,
      cell: ({ row }) => changeOf(numberOf(row.open), numberOf(row.close)),
    },
    figure(keyed("heading.volume"), 4, "vol", "volume"),
    { title: keyed("heading.bar"), rank: 4, min: 5, cell: ({ row }) => barCell(row.confirm) },
    ...ENDING,
  ],
  balances: accountTable("balances"),
  positions: accountTable("positions"),
  orders: accountTable("orders"),
  tape: [
    TIME,
    INSTRUMENT,
    SIDE,
    figure(keyed("heading.price"), 0, "px", "price", "fillPx", "bkPx"),
    figure(keyed("heading.size"), 1, "sz", "size", "qty", "fillSz", "last_fill_qty"),
    member("id", 4, "tradeId", "trade_id", "ordId"),
    {
      title: keyed("heading.channel"),
      rank: 5,
      max: 24,
      cell: ({ path }) => ({ text: memberText(path.split(":")[0]) }),
    },
    { ...STATE, rank: 6 },
  ],
};

/** Returns a table of an account as the dashboard has it, too. */
function accountTable(kind: AccountKind): LiveColumn[] {
  return [...ACCOUNT_TABLES[kind].map(accountColumn), ...ENDING];
}

function accountColumn(
  { title, rank, as, members }: (typeof ACCOUNT_TABLES)[AccountKind][number],
): LiveColumn {
  const text = title === "id" ? title : keyed(title);
  switch (as) {
    case "name":
      return INSTRUMENT;
    case "currency":
      return { ...INSTRUMENT, title: text, cell: (entry, context) => balanceName(entry, members, context) };
    case "side":
      return SIDE;
    case "figure":
      return figure(text, rank, ...members);
    case "gain":
      return gain(text, rank, ...members);
    default:
      return member(text, rank, ...members);
  }
}

/** Titles of the columns that paths may have; `isOpen`: those of some depend on their rows. */
export function titlesOf(
  paths: readonly string[],
): { readonly titles: readonly Text[]; readonly isOpen: boolean } {
  const kinds = [...new Set(paths.map(kindOf))];
  return {
    titles: kinds.flatMap((kind) =>
      (kind === "rows" ? columnsOfRows([]) : TABLES[kind]).map(({ title }) => title)
    ),
    isOpen: kinds.includes("rows"),
  };
}

/** Columns of rows that no table was made for: what identifies them, then their first members. */
export function columnsOfRows(entries: readonly Entry[]): LiveColumn[] {
  const names = new Set<string>();
  for (const { row } of entries.slice(0, 20)) {
    for (const name of Object.keys(row)) if (names.size < 12 && !NAMING.has(name)) names.add(name);
  }
  return [
    INSTRUMENT,
    ...[...names].map((name, i) => ({ ...member(memberText(name), 10 + i, name), max: 24 })),
    AGE,
    { ...RATE, rank: 9 },
    STATE,
  ];
}

/** Members that the first column has already. */
const NAMING = new Set(["instId", "instrument_id", "ccy", "currency"]);

function level(title: Text, side: "bids" | "asks", index: number, rank: number): LiveColumn {
  const style = side === "bids" ? "up" : "down";
  return {
    title,
    align: "right",
    rank,
    max: 24,
    cell: ({ row }) => ({ ...numeric(bestOf(row[side])?.[index]), ...(index === 0 ? { style } : {}) }),
  };
}

/** In hundredths of a percent of the price, as spreads are compared. */
/** Returns what lies between the best bid and the best ask, as a share of the price. */
export function spreadOf(bids: unknown, asks: unknown): Cell {
  const [bid, ask] = [numberOf(bestOf(bids)?.[0]), numberOf(bestOf(asks)?.[0])];
  if (bid === undefined || ask === undefined || bid <= 0) return { text: "" };
  const points = (ask - bid) / ((ask + bid) / 2) * 10_000;
  return { text: `${points.toFixed(points < 10 ? 2 : 0)} bp`, value: points };
}

function changeOf(from: number | undefined, to: number | undefined): Cell {
  return from === undefined || to === undefined || from === 0 ? { text: "" } : shareCell(from, to);
}

function sideCell(side: unknown): Cell {
  const text = memberText(side);
  return { text, style: text === "buy" ? "up" : text === "sell" ? "down" : "plain" };
}

function barCell(confirm: unknown): Cell {
  if (confirm === undefined || confirm === "") return { text: "" };
  return confirm === "1" ? { text: "final", style: "dim" } : { text: "open" };
}

function balanceName({ row, path }: Entry, members: readonly string[], { t }: CellContext): Cell {
  const name = pick(row, ...members);
  return {
    text: name === undefined ? t("watch.all_of", { path: memberText(path) }) : memberText(name),
    style: "key",
  };
}

/** Local time, as the clock on the wall has it; 0: not known. */
function clockCell(ms: number): Cell {
  if (ms === 0) return { text: "" };
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return { text: `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`, value: ms, style: "dim" };
}

function dayCell(ms: number): Cell {
  if (ms === 0) return { text: "" };
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return { text: `${day} ${two(time.getHours())}:${two(time.getMinutes())}`, value: ms };
}
