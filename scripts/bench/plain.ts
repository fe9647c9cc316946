/**
 * The plain way, as a program would be written without okws: parse each message, then hset and publish with ioredis
 * and its auto-pipelining, nothing awaited. It has no bound; that is part of what is compared.
 *
 *   deno run -A scripts/bench/plain.ts FLOOD_PORT REDIS_PORT
 */
import { Redis } from "ioredis";

const [floodPort, redisPort] = Deno.args.map(Number);
const redis = new Redis({ port: redisPort as number, enableAutoPipelining: true });
const socket = new WebSocket(`ws://127.0.0.1:${floodPort}/ws/v5/public`);

socket.onopen = () => {
  const args = Array.from({ length: 50 }, (_, i) => ({ channel: "tickers", instId: `COIN${i}-USDT` }));
  socket.send(JSON.stringify({ op: "subscribe", args }));
};

socket.onmessage = (event) => {
  const message = JSON.parse(event.data);
  if (message.data === undefined) return;
  for (const row of message.data) {
    const key = `okex/bench/tickers:${row.instId}`;
    redis.hset(key, row).catch(() => {});
    redis.publish(key, JSON.stringify(row)).catch(() => {});
  }
  redis.publish("okex/bench/tickers", event.data).catch(() => {});
};
