/**
 * The generator of the benchmark, a process of its own: an exchange that answers every subscription and then sends
 * prebuilt ticker frames of 50 instruments as fast as the connection takes them, or at a given rate.
 *
 *   deno run -A scripts/bench/flood.ts PORT [MESSAGES_PER_SECOND]
 */
const port = Number(Deno.args[0]);
const rate = Number(Deno.args[1] ?? "0");

/** Different rows per instrument, so that consecutive frames differ as real ones do. */
const VARIANTS = 20;

/** What may wait in the socket before the generator pauses. */
const MAX_BUFFERED = 2 * 1024 * 1024;

const INSTRUMENTS = Array.from({ length: 50 }, (_, i) => `COIN${i}-USDT`);
const frames = buildFrames();

Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response("flood\n");
  const { socket, response } = Deno.upgradeWebSocket(request);
  let flooding = false;
  socket.onmessage = (event) => {
    if (event.data === "ping") return socket.send("pong");
    const { op, args, id } = JSON.parse(event.data);
    for (const arg of args) socket.send(JSON.stringify({ id, event: op, arg, connId: "flood" }));
    if (!flooding) setTimeout(() => flood(socket), 200);
    flooding = true;
  };
  return response;
});

function flood(socket: WebSocket): void {
  const start = performance.now();
  let sent = 0;
  const turn = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const due = rate > 0 ? (performance.now() - start) / 1000 * rate : Infinity;
    while (sent < due && socket.bufferedAmount < MAX_BUFFERED) {
      for (let i = 0; i < 100 && sent < due; i++) socket.send(frames[sent++ % frames.length] as string);
    }
    setTimeout(turn, 0);
  };
  turn();
}

function buildFrames(): string[] {
  const built: string[] = [];
  for (let variant = 0; variant < VARIANTS; variant++) {
    for (const [i, instId] of INSTRUMENTS.entries()) {
      const price = (1000 + i * 10 + variant * 0.1).toFixed(1);
      const row = {
        ...{ instType: "SPOT", instId, last: price, lastSz: "0.00164251", askPx: price, askSz: "0.15455902" },
        ...{ bidPx: price, bidSz: "1.70080521", open24h: "63958.9", high24h: "64496.9", low24h: "63309.4" },
        ...{
          sodUtc0: "63484.7",
          sodUtc8: "63445.9",
          volCcy24h: "229576048.730317321",
          vol24h: "3601.1585121",
        },
        // The frames are sent round and round: a time that went back would make a row an older one, which is left out.
        ts: "1786613174873",
      };
      built.push(`{"arg":{"channel":"tickers","instId":"${instId}"},"data":[${JSON.stringify(row)}]}`);
    }
  }
  return built;
}
