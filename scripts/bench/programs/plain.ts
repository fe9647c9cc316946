/**
 * The plain way, as a program would be written without okws: parse each message, keep what has to be kept, then hset and
 * publish with ioredis and its auto-pipelining, nothing awaited. It has no bound; that is part of what is compared.
 *
 *   deno run -A scripts/bench/programs/plain.ts EXCHANGE_URL REDIS_PORT tickers|books INSTRUMENTS
 */
import { Redis } from "ioredis";
import { instrumentNames } from "../exchange/instruments.ts";
import { type Level, PlainBook } from "./plain_book.ts";

const [url = "", redisPort, channel, count] = Deno.args;
const redis = new Redis({ port: Number(redisPort), enableAutoPipelining: true });
const socket = new WebSocket(`${url}/ws/v5/public`);
const books = new Map<string, PlainBook>();

/** Levels that readers get, of each side. */
const TOP = 25;

socket.onopen = () => {
  const args = instrumentNames(Number(count)).map((instId) => ({ channel, instId }));
  socket.send(JSON.stringify({ op: "subscribe", args }));
};

socket.onmessage = (event) => {
  const message = JSON.parse(event.data);
  if (message.data === undefined) return;
  const key = `okex/bench/${channel}:${message.arg.instId}`;
  for (const row of message.data) {
    redis.hset(key, channel === "books" ? bookRow(key, message.action, row) : row).catch(() => {});
    redis.publish(key, JSON.stringify(row)).catch(() => {});
  }
  redis.publish(`okex/bench/${channel}`, event.data).catch(() => {});
};

/** The best levels as they are after this push. */
function bookRow(
  key: string,
  action: string,
  row: { asks: Level[]; bids: Level[]; ts: string; seqId: number },
) {
  const book = books.get(key) ?? new PlainBook();
  books.set(key, book);
  if (action === "snapshot") book.clear();
  book.apply(row);
  const { bids, asks } = book.top(TOP);
  return { bids: JSON.stringify(bids), asks: JSON.stringify(asks), ts: row.ts, seqId: row.seqId };
}
