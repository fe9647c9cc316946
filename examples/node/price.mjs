/**
 * The last price with node-redis alone, and nothing that is out of date: `npm install redis`, then
 *
 *     node examples/node/price.mjs tickers:BTC-USDT [COUNT]
 */
import process from "node:process";

const [path, count = "Infinity"] = process.argv.slice(2);
if (path === undefined || path.startsWith("-") || !(Number(count) > 0)) {
  process.stderr.write("usage: node price.mjs PATH [COUNT], as in: node price.mjs tickers:BTC-USDT\n");
  process.exit(2);
}
const { createClient } = await import("redis").catch(() => {
  process.stderr.write("node-redis is missing: npm install redis\n");
  process.exit(1);
});
const P = `okex/${process.env.OKWS_SERVER ?? "test"}`;
const MAX_AGE_MS = 60_000;

const say = (text) => process.stdout.write(`${text}\n`);
const complain = (error) => process.stderr.write(`redis: ${error.message}\n`);

const redis = createClient({ url: process.env.REDIS_URL ?? "redis://localhost" });
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
  const record = JSON.parse(text ?? "null");
  // Times are of Redis' clock.
  const [seconds] = await redis.time();
  const age = Number(seconds) * 1000 - (record?.receivedAt ?? 0);
  const isServed = status !== null && status !== "EXIT";
  const reason = record?.error?.message ?? record?.state ?? "not subscribed";
  const line = isServed && record?.state === "live" && age <= MAX_AGE_MS
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
await redis.connect();
await channel.connect();
await channel.subscribe(`${P}/${path}`, showOrSay);
await showOrSay();
