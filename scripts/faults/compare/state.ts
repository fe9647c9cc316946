/** Rows, small books, books, candles and the account in Redis against what the exchange says of itself. */
import type { Redis } from "ioredis";
import { ORDER_ROW } from "../../../src/mock/account/rest_rows.ts";
import type { Exchange, Row } from "../exchange.ts";
import type { Watched } from "../watched.ts";
import { type Gap, isRecorded } from "./gaps.ts";

/** What a comparison needs; candles that opened before `candlesFrom` were before our time, or are forgotten. */
export type StateOptions = {
  readonly redis: Redis;
  readonly prefix: string;
  readonly exchange: Exchange;
  readonly watched: Watched;
  readonly gaps: readonly Gap[];
  readonly candlesFrom: number;
};

const CANDLE_CELLS = ["ts", "open", "high", "low", "close", "vol", "volCcy", "volCcyQuote", "confirm"];
const BAR_MS: Readonly<Record<string, number>> = { "1s": 1000, "1m": 60_000 };

/** Every difference, in words; the market must stand still meanwhile. */
export async function findDifferences(options: StateOptions): Promise<string[]> {
  const { latest, books, candles, legacy } = options.watched;
  const last = await options.exchange.last();
  const parts = await Promise.all([
    ...latest.map((path) => compareRow(options, path, last)),
    ...books.map((path) => compareBook(options, path, last)),
    ...candles.map((path) => compareCandles(options, path)),
    ...legacy.map((path) => compareLegacy(options, path, last)),
    compareSet(options, "account", "account", last),
    compareSet(options, "positions", "positions:ANY", last),
    compareOrders(options),
  ]);
  return parts.flat();
}

async function compareRow({ redis, prefix }: StateOptions, path: string, last: Row): Promise<string[]> {
  const [channel = "", key = ""] = path.split(":");
  return differences(path, await redis.hgetall(`${prefix}/${path}`), last[`${channel} ${key}`] as Row);
}

async function compareLegacy({ redis, prefix }: StateOptions, path: string, last: Row): Promise<string[]> {
  const row = await redis.hgetall(`${prefix}/${path}`);
  const sent = last[`tickers ${path.split(":")[1]}`] as Row;
  const { last: price, best_bid, best_ask } = row;
  return differences(path, { last: price ?? "", bidPx: best_bid ?? "", askPx: best_ask ?? "" }, {
    last: sent.last,
    bidPx: sent.bidPx,
    askPx: sent.askPx,
  });
}

async function compareBook({ redis, prefix }: StateOptions, path: string, last: Row): Promise<string[]> {
  const [channel = "", key = ""] = path.split(":");
  const book = await redis.hgetall(`${prefix}/${path}`);
  const sent = last[`${channel} ${key}`] as { bids: string[][]; asks: string[][]; seqId: number };
  if (book.state !== "live") return [`${path} is ${book.state ?? "not there"}`];
  if (book.seqId !== String(sent.seqId)) {
    return [`${path} is at seqId ${book.seqId}, the exchange at ${sent.seqId}`];
  }
  return (["bids", "asks"] as const).filter((side) =>
    levels(JSON.parse(book[side] ?? "[]")) !== levels(sent[side].slice(0, TOP))
  )
    .map((side) => `${path}: ${side} differ`);
}

/** Levels of each side that a book's lists have. */
const TOP = 25;

function levels(side: readonly (readonly string[])[]): string {
  return side.map(([px, sz]) => `${px}:${sz}`).join(" ");
}

async function compareCandles(options: StateOptions, path: string): Promise<string[]> {
  const { redis, prefix, exchange, gaps, candlesFrom } = options;
  const [channel = "", instId = ""] = path.split(":");
  const bar = channel.slice("candle".length);
  const barMs = BAR_MS[bar] ?? 0;
  const { marketMs } = await exchange.sent();
  const faults: string[] = [];
  for (const cells of await exchange.candles(instId, bar, candlesFrom)) {
    const openMs = Number(cells[0]);
    // Bars that are not over are pushed now and then only, and the one under way at the start began without us.
    if (openMs < candlesFrom || openMs + barMs > marketMs) continue;
    const row = await redis.hgetall(`${prefix}/${path}/${cells[0]}`);
    const sent = Object.fromEntries(CANDLE_CELLS.map((name, index) => [name, cells[index]]));
    const found = differences(`${path} at ${cells[0]}`, row, sent);
    if (found.length > 0 && !isRecorded(gaps, path, openMs + barMs)) faults.push(...found);
  }
  return faults;
}

/** What is open, and the row of each: every snapshot says it whole. */
async function compareSet(
  { redis, prefix, exchange }: StateOptions,
  channel: string,
  path: string,
  last: Row,
): Promise<string[]> {
  const open = (await exchange.open(channel)).sort();
  const members = await redis.smembers(`${prefix}/${path}/open`);
  const rowOf = (id: string) => redis.hgetall(`${prefix}/${channel}:${id}`);
  const emptied = await Promise.all(members.map(async (id) => isEmptied(await rowOf(id))));
  const kept = members.filter((_, i) => !emptied[i]).sort();
  if (open.join() !== kept.join()) return [`${path}/open has ${kept}, the exchange ${open}`];
  const rows = open.map(async (id) =>
    differences(
      `${channel}:${id}`,
      await rowOf(id),
      last[`${channel} ${id}`] as Row,
    )
  );
  return (await Promise.all(rows)).flat();
}

/** A currency of which nothing is left is pushed so, and goes with the next complete list, which no market that stands still sends. */
export function isEmptied({ ccy, cashBal, eq }: Readonly<Record<string, string>>): boolean {
  return ccy !== undefined && Number(cashBal) === 0 && Number(eq) === 0;
}

/** Orders are pushed once, when they change: those that ended or came unseen are found by asking, so no record excuses them. */
async function compareOrders({ redis, prefix, exchange }: StateOptions): Promise<string[]> {
  const path = "orders:ANY";
  const rows = await exchange.rows("orders");
  const open = new Set(await exchange.open("orders"));
  const kept = new Set(await redis.smembers(`${prefix}/${path}/open`));
  const wrong = [...open.symmetricDifference(kept)].map((id) =>
    `${path}/open ${kept.has(id) ? "has" : "lacks"} ${id}, which is ${rows[id]?.state ?? "long over"}`
  );
  const differing = [...open].map(async (id) => {
    const row = await redis.hgetall(`${prefix}/orders:${id}`);
    return differences(`orders:${id}`, row, rows[id] === undefined ? undefined : askedFor(row, rows[id]));
  });
  return [...wrong, ...(await Promise.all(differing)).flat()];
}

/** What is known of an order that changed unseen is what a list says, and a list has fewer members than a push. */
function askedFor(kept: Readonly<Record<string, string>>, sent: Row): Row {
  return Object.fromEntries(Object.entries(sent).filter(([name]) => name in kept || LISTED.has(name)));
}

const LISTED: ReadonlySet<string> = new Set(ORDER_ROW.split(" "));

/** Members of a row that are not as they were sent; Redis keeps everything as text. */
function differences(name: string, kept: Readonly<Record<string, string>>, sent: Row | undefined): string[] {
  if (sent === undefined) return [`${name} was never sent`];
  if (Object.keys(kept).length === 0) return [`${name} is not in Redis`];
  const wrong = Object.entries(sent).filter(([member, value]) => kept[member] !== textOf(value));
  const [first] = wrong;
  if (first === undefined) return [];
  const [member, value] = first;
  return [`${name}: ${member} is ${short(kept[member] ?? "missing")}, sent was ${short(textOf(value))}`];
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
