/** Demo trading has its REST on the hosts of the real market: every call has to say which of them is meant. */
import assert from "node:assert/strict";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

/** An exchange that drops its second candle, and remembers how REST was asked. */
function startExchange() {
  const calls: { readonly path: string; readonly demo: string | null }[] = [];
  let dials = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/ws/")) {
      calls.push({ path: pathname.replace("/api/v5", ""), demo: request.headers.get("x-simulated-trading") });
      return Response.json({ code: "0", msg: "", data: [] });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => {
      if (data === "ping") return socket.send("pong");
      const { op, id, args } = JSON.parse(data);
      if (op === "login") return socket.send(JSON.stringify({ event: "login", code: "0", msg: "" }));
      for (const arg of args) {
        socket.send(JSON.stringify({ id, event: op, arg }));
        if (arg.channel !== "candle1m") continue;
        const minute = 60_000 * (dials++ === 0 ? 1 : 5);
        const bar = [String(minute), "1", "1", "1", "1", "1", "1", "1", "1"];
        socket.send(JSON.stringify({ arg, data: [bar] }));
        if (minute === 60_000) socket.close(4006);
      }
    };
    return response;
  });
  return {
    url: `ws://127.0.0.1:${server.addr.port}`,
    calls,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

for (const [kind, query, header] of [["demo", "?brokerId=9999", "1"], ["other", "", null]] as const) {
  Deno.test(`every REST call to a ${kind} exchange says the same of demo trading, signed or not`, async () => {
    await using exchange = startExchange();
    await using _run = await startService({
      endpoint: `${exchange.url}${query}`,
      servers: [LOGIN],
      channels: ["instruments:SPOT", "orders:ANY", "candle1m:BTC-USDT"],
    });
    const wanted = [/^\/public\/time/, /^\/public\/instruments/, /^\/trade\/orders-/, /^\/market\/.*candles/];
    await waitFor(
      "a call of each kind",
      () => wanted.every((path) => exchange.calls.some((call) => path.test(call.path))),
    );
    assert.deepEqual(exchange.calls.filter(({ demo }) => demo !== header), []);
  });
}
