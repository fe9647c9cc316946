/**
 * An exchange without manners on a loopback port: it says yes to every request and otherwise sends what a test gives it, text
 * or bytes of any size, over v5 and v3; its REST answers whatever `rest` makes of a request.
 */
import type { FakeArg } from "./fake_okx.ts";
import { freePort } from "./free_port.ts";

/** One open socket. */
export type HostileSocket = {
  /** `public`, `private`, `business` or `v3`. */
  readonly endpoint: string;
  /** Request texts, pings left out. */
  readonly requests: string[];
  readonly open: boolean;
  /** Sends, and waits while the other side has not taken what was sent before. */
  send(data: string | Uint8Array<ArrayBuffer>): Promise<void>;
};

/** An exchange whose every frame a test writes. */
export type HostileOkx = AsyncDisposable & {
  /** As a server's `endpoint` takes it. */
  readonly url: string;
  readonly sockets: readonly HostileSocket[];
  /** The newest open socket of an endpoint. */
  socket(endpoint?: string): HostileSocket | undefined;
  /** Sends a v5 push on the newest socket of an endpoint. */
  push(arg: FakeArg, rows: unknown, endpoint?: string): Promise<void>;
  rest: (url: URL) => Response | Promise<Response>;
  /** The answer to a login; `undefined` for a yes. */
  login: ((text: string) => string) | undefined;
  /** The answer to a subscribe request; `undefined` for a yes. */
  answer: ((text: string) => string | undefined) | undefined;
};

/** Bytes that may wait for the other side before a sender waits. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** Starts one that answers REST with an empty list. */
export function startHostileOkx(): HostileOkx {
  const sockets: HostileSocket[] = [];
  const raw = new Set<WebSocket>();
  const ending = new AbortController();
  const okx: HostileOkx = {
    url: "",
    sockets,
    socket: (endpoint = "public") => sockets.findLast((each) => each.endpoint === endpoint && each.open),
    async push(arg, rows, endpoint = "public") {
      await okx.socket(endpoint)?.send(JSON.stringify({ arg, data: rows }));
    },
    rest: () => Response.json({ code: "0", msg: "", data: [] }),
    login: undefined,
    answer: undefined,
    async [Symbol.asyncDispose]() {
      ending.abort();
      for (const socket of raw) socket.close();
      await server.finished;
    },
  };
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: freePort(),
      onListen: () => {},
      signal: ending.signal,
      onError: () => new Response(),
    },
    (request) => {
      const url = new URL(request.url);
      const endpoint = /^\/ws\/(?:v5\/)?(public|private|business|v3)$/.exec(url.pathname)?.[1];
      if (endpoint === undefined) return okx.rest(url);
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      raw.add(socket);
      socket.onclose = () => raw.delete(socket);
      socket.onerror = (event) => event.preventDefault();
      const requests: string[] = [];
      socket.onmessage = ({ data }) => {
        const text = String(data);
        if (text === "ping") return socket.send("pong");
        requests.push(text);
        for (const answer of answersTo(okx, text)) socket.send(answer);
      };
      sockets.push({
        endpoint,
        requests,
        get open() {
          return socket.readyState === WebSocket.OPEN;
        },
        async send(data) {
          if (socket.readyState !== WebSocket.OPEN) return;
          socket.send(data);
          while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > WAITING_BYTES) {
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        },
      });
      return response;
    },
  );
  return Object.assign(okx, { url: `ws://127.0.0.1:${server.addr.port}` });
}

function answersTo(okx: HostileOkx, text: string): string[] {
  const { op, id, args = [] } = JSON.parse(text) as { op: string; id?: string; args?: unknown[] };
  if (op === "login") {
    const yes = { event: "login", code: "0", msg: "", success: true, connId: "a" };
    return [okx.login?.(text) ?? JSON.stringify(yes)];
  }
  const special = okx.answer?.(text);
  if (special !== undefined) return [special];
  // v3 names a channel by its path, v5 by an object.
  return args.map((arg) =>
    JSON.stringify(
      typeof arg === "string" ? { event: op, channel: arg } : { id, event: op, arg, connId: "a" },
    )
  );
}
