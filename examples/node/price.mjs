/**
 * The last price with node-redis alone, and nothing that is out of date:
 *
 *     npm install --no-save --no-package-lock --prefix examples/node redis
 *     node examples/node/price.mjs tickers:BTC-USDT [COUNT]
 *
 * Ends with 2 where the call is wrong, with 1 where Redis cannot be reached at the start.
 */
import process from "node:process";

const [path, count = "Infinity"] = process.argv.slice(2);
function fail(why, code) {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}
if (!path || path.startsWith("-") || !(Number(count) > 0)) {
  fail("usage: node price.mjs PATH [COUNT], as in: node price.mjs tickers:BTC-USDT", 2);
}
const { createClient } = await import("redis").catch(() => {
  fail("node-redis is missing: npm install --no-save --no-package-lock --prefix examples/node redis", 1);
});
const P = `okex/${process.env.OKWS_SERVER ?? "test"}`;
const MAX_AGE_MS = 60_000;

const say = (text) => process.stdout.write(`${text}\n`);
/** Channels whose rows have a last price. */
const TICKERS = /^((sprd-)?tickers|(spot|futures|swap|option|index)\/ticker):./;
let isStarted = false;
let complaint = "";
/** Says what is wrong with Redis once, however often it is tried again. */
function complain({ message, replies = [] }) {
  const why = replies.find((reply) => reply instanceof Error)?.message ?? message;
  if (why.startsWith("WRONGTYPE")) fail(`${path} is no single row, as tickers:BTC-USDT is one`, 2);
  if (!isStarted) fail(`redis: ${why}`, 1);
  if (why !== complaint) process.stderr.write(`redis: ${complaint = why}\n`);
}

function open() {
  try {
    return createClient({ url: process.env.REDIS_URL ?? "redis://localhost" });
  } catch (error) {
    fail(`REDIS_URL: ${error.message}`, 2);
  }
}
const redis = open();
const channel = redis.duplicate();
for (const each of [redis, channel]) each.on("error", complain);

let left = Number(count);
let shown = "";

/** What okws says of the path and the row are of one moment; what is not live is no price. */
async function show() {
  if (!redis.isReady) return;
  const [status, text, row] = await redis.multi()
    .get(`${P}/status`)
    .hGet(`${P}/subs`, path)
    .hGetAll(`${P}/${path}`)
    .exec();
  if (row.last === undefined && Object.keys(row).length > 0) {
    fail(`the rows of ${path} have no last price`, 2);
  }
  const record = JSON.parse(text ?? "null");
  if (record === null && !TICKERS.test(path)) {
    fail(`${path} is not subscribed, and no path of a last price, as tickers:BTC-USDT is one`, 2);
  }
  // Times are of Redis' clock.
  const [seconds] = await redis.time();
  const age = Number(seconds) * 1000 - (record?.receivedAt ?? 0);
  const isServed = status !== null && status !== "EXIT";
  const reason = record?.error?.message ?? record?.state ?? "not subscribed";
  const line = isServed && record?.state === "live" && age <= MAX_AGE_MS && row.last !== undefined
    ? `${path} ${row.last}`
    : `${path} no price: ${reason}`;
  if (line === shown) return;
  say(shown = line);
  if (--left <= 0) process.exit();
}

const showOrSay = () => show().catch(complain);

// node-redis subscribes again by itself; what was published meanwhile is in the row.
channel.on("ready", showOrSay);
// Silence is news, too.
setInterval(showOrSay, 1000);
await Promise.all([redis.connect(), channel.connect()]).catch(complain);
isStarted = true;
await channel.subscribe(`${P}/${path}`, showOrSay);
await showOrSay();
