/**
 * okx-api at the work of the benchmark, in Node: the best levels or the row into a hash, and a publish of what came, with
 * ioredis and its auto-pipelining. The library keeps no order books, so this program does.
 *
 *   node okx_api_peer.mjs FOLDER EXCHANGE_URL REDIS_PORT tickers|books INSTRUMENTS
 */
import { createRequire } from "node:module";
import process from "node:process";

const [folder, url, redisPort, channel, count] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { WebsocketClient } = require("okx-api");
const { Redis } = require("ioredis");

const TOP = 25;
const redis = new Redis({ port: Number(redisPort), enableAutoPipelining: true });
const client = new WebsocketClient({ wsUrl: `${url}/ws/v5/public` }, silent());
const books = new Map();

client.on("update", ({ arg, action, data }) => {
  const key = `okex/bench/${channel}:${arg.instId}`;
  for (const row of data) {
    redis.hset(key, channel === "books" ? bookRow(key, action, row) : row).catch(() => {});
    redis.publish(key, JSON.stringify(row)).catch(() => {});
  }
});
client.on("exception", () => {});

const args = Array.from({ length: Number(count) }, (_, i) => ({
  channel,
  instId: `COIN${String(i).padStart(3, "0")}-USDT`,
}));
client.subscribe(args);

function bookRow(key, action, { bids, asks, ts, seqId }) {
  const book = action === "snapshot" ? { bids: [], asks: [] } : books.get(key);
  books.set(key, book);
  for (const level of bids) put(book.bids, level, -1);
  for (const level of asks) put(book.asks, level, 1);
  return {
    bids: JSON.stringify(book.bids.slice(0, TOP)),
    asks: JSON.stringify(book.asks.slice(0, TOP)),
    ts,
    seqId,
  };
}

/** Sides are sorted lists; a level is found by a search over their prices. */
function put(side, level, sign) {
  const price = Number(level[0]) * sign;
  let low = 0;
  let high = side.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(side[middle][0]) * sign < price) low = middle + 1;
    else high = middle;
  }
  const found = side[low]?.[0] === level[0] ? 1 : 0;
  if (Number(level[1]) === 0) side.splice(low, found);
  else side.splice(low, found, level);
}

function silent() {
  const nothing = () => {};
  return { trace: nothing, info: nothing, error: nothing };
}
