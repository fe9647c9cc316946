/**
 * A bare relay, the least that a program in Deno can do: it publishes each frame twice, as it came, and keeps nothing. One
 * write to Redis for all frames of a turn.
 *
 *   deno run -A scripts/bench/programs/relay.ts EXCHANGE_URL REDIS_PORT tickers|books INSTRUMENTS
 */
import { instrumentNames } from "../exchange/instruments.ts";

const [url = "", redisPort, channel = "", count] = Deno.args;
const redis = await Deno.connect({ port: Number(redisPort) });
redis.setNoDelay();
const encoder = new TextEncoder();
const start = `{"arg":{"channel":"${channel}","instId":"`;
/** Frames are left out while so much waits: without a bound it ends in a flood. */
const MAX_WAITING = 16 * 1024 * 1024;

let waiting = "";
let writing = false;

const socket = new WebSocket(`${url}/ws/v5/public`);
socket.onopen = () => {
  const args = instrumentNames(Number(count)).map((instId) => ({ channel, instId }));
  socket.send(JSON.stringify({ op: "subscribe", args }));
};
socket.onmessage = ({ data }) => {
  if (!data.startsWith(start) || waiting.length > MAX_WAITING) return;
  const instId = data.slice(start.length, data.indexOf('"', start.length));
  waiting += publish(`okex/bench/${channel}:${instId}`, data) + publish(`okex/bench/${channel}`, data);
  if (!writing) void write();
};
for await (const _ of redis.readable);

async function write(): Promise<void> {
  writing = true;
  while (waiting !== "") {
    let bytes = encoder.encode(waiting);
    waiting = "";
    while (bytes.length > 0) bytes = bytes.subarray(await redis.write(bytes));
    // What comes in one turn goes in one write.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  writing = false;
}

function publish(name: string, text: string): string {
  return `*3\r\n$7\r\nPUBLISH\r\n$${name.length}\r\n${name}\r\n$${text.length}\r\n${text}\r\n`;
}
