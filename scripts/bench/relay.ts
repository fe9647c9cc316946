/**
 * A bare relay, the least that a program in Deno can do with books: it publishes each frame twice, as it came, and keeps
 * nothing. One write to Redis for all frames of a turn.
 *
 *   deno run -A scripts/bench/relay.ts FEED_PORT REDIS_PORT BOOKS
 */
const [feedPort, redisPort, books] = Deno.args.map(Number);
const redis = await Deno.connect({ port: redisPort as number });
const encoder = new TextEncoder();
let waiting = "";
let writing = false;

const socket = new WebSocket(`ws://127.0.0.1:${feedPort}/ws/v5/public`);
socket.onopen = () => {
  const args = Array.from(
    { length: books as number },
    (_, i) => ({ channel: "books", instId: `COIN${i}-USDT` }),
  );
  socket.send(JSON.stringify({ op: "subscribe", args }));
};
socket.onmessage = ({ data }) => {
  if (!data.startsWith('{"arg"')) return;
  const instId = data.slice(35, data.indexOf('"', 35));
  waiting += publish(`okex/bench/books:${instId}`, data) + publish("okex/bench/books", data);
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

function publish(channel: string, text: string): string {
  return `*3\r\n$7\r\nPUBLISH\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`;
}
