/**
 * The generator of the benchmark of order books, a process of its own: an exchange that answers every subscription of
 * `books` with a snapshot of 400 levels a side and then sends increments of about 400 bytes, so many a second over all
 * books. Each increment changes six levels, most of them near the best, and keeps the book whole.
 *
 *   deno run -A scripts/bench/book_feed.ts PORT MESSAGES_PER_SECOND
 */
const port = Number(Deno.args[0]);
const rate = Number(Deno.args[1]);

const DEPTH = 400;

/** One subscription; `turn` makes its pushes different from those of others. */
type Feed = { readonly socket: WebSocket; readonly instId: string; seqId: number; turn: number };

const feeds: Feed[] = [];
let sent = 0;

Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response(String(sent));
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = (event) => {
    if (event.data === "ping") return socket.send("pong");
    const { op, args, id } = JSON.parse(event.data);
    for (const arg of args) {
      socket.send(JSON.stringify({ id, event: op, arg, connId: "books" }));
      const known = feeds.findIndex((feed) => feed.socket === socket && feed.instId === arg.instId);
      if (known >= 0) feeds.splice(known, 1);
      if (op !== "subscribe") continue;
      const feed: Feed = { socket, instId: arg.instId, seqId: 1_000_000, turn: feeds.length };
      socket.send(snapshot(feed));
      feeds.push(feed);
    }
  };
  return response;
});

const start = performance.now();
let due = 0;
let last = start;
const turn = () => {
  const now = performance.now();
  due += (now - last) / 1000 * rate;
  last = now;
  for (; due >= 1 && feeds.length > 0; due--) {
    const feed = feeds[sent % feeds.length] as Feed;
    if (feed.socket.readyState !== WebSocket.OPEN) continue;
    feed.socket.send(increment(feed));
    sent += 1;
  }
  setTimeout(turn, 1);
};
turn();

function price(place: number): string {
  return (60_000 + place / 10).toFixed(1);
}

/** Bids below place 0, asks from it on; sizes differ from push to push. */
function level(place: number, n: number): string {
  return `["${price(place)}","${
    (1 + (n * 7919 + Math.abs(place) * 104729) % 100_000 / 10_000).toFixed(4)
  }","0","${1 + n % 9}"]`;
}

function snapshot({ instId, seqId }: Feed): string {
  const bids = Array.from({ length: DEPTH }, (_, i) => level(-1 - i, i));
  const asks = Array.from({ length: DEPTH }, (_, i) => level(i, i));
  return message(instId, "snapshot", { bids, asks, prevSeqId: -1, seqId });
}

/** Three levels of each side: one of the best five, one of the best 25, one anywhere. */
function increment(feed: Feed): string {
  const n = ++feed.turn;
  const places = [n % 5, 5 + n % 20, 25 + (n * 31) % (DEPTH - 25)];
  const bids = places.map((place) => level(-1 - place, n));
  const asks = places.map((place) => level(place, n));
  const prevSeqId = feed.seqId;
  feed.seqId += 3;
  return message(feed.instId, "update", { bids, asks, prevSeqId, seqId: feed.seqId });
}

function message(
  instId: string,
  action: string,
  { bids, asks, prevSeqId, seqId }: {
    readonly bids: readonly string[];
    readonly asks: readonly string[];
    readonly prevSeqId: number;
    readonly seqId: number;
  },
): string {
  return `{"arg":{"channel":"books","instId":"${instId}"},"action":"${action}","data":[{"asks":[${asks}],"bids":[${bids}],` +
    `"ts":"${Date.now()}","checksum":0,"prevSeqId":${prevSeqId},"seqId":${seqId}}]}`;
}
