/**
 * A scripted exchange on a loopback port. Each dial is asked what to do with it, every request text is kept with its
 * time, and a relay of plain TCP stands in front, so that a connection can also break in the middle of a frame, as
 * no WebSocket server would do it by itself.
 */
import { freePort } from "./free_port.ts";

/** The exchange's argument object. */
export type FakeArg = { readonly channel: string; readonly [name: string]: string };

/** One text that a client sent. `op` is `ping` for the heartbeat and empty for what cannot be read. */
export type FakeRequest = {
  readonly at: number;
  readonly text: string;
  readonly op: string;
  readonly id: string | undefined;
  readonly args: readonly FakeArg[];
};

/** What happens to one dial. Everything left out is what a healthy exchange does. */
export type Plan = {
  /** `hang` never answers, `refuse` answers with status 503. */
  readonly handshake?: "accept" | "refuse" | "hang";
  /** Called when the connection is open; may send, drop, close or fall silent. */
  readonly onOpen?: (connection: FakeConnection) => void;
  /** The frames that answer a request, in this order; {@link healthy} unless given. */
  readonly answer?: (request: FakeRequest, connection: FakeConnection) => readonly unknown[];
  readonly pong?: boolean;
};

/** One dial and what became of it. Times are milliseconds of `performance.now()`. */
export type FakeConnection = {
  /** Counts the dials of all endpoints from 0. */
  readonly index: number;
  /** `public`, `private` or `business`. */
  readonly endpoint: string;
  readonly dialledAt: number;
  readonly requests: readonly FakeRequest[];
  readonly open: boolean;
  /** With `true` nothing is sent any more, not even pong. */
  silent: boolean;
  /** Sends a text as it is, anything else as JSON; nothing when the connection is silent or gone. */
  send(frame: unknown): void;
  /** Sends a push. */
  push(arg: FakeArg, rows: readonly unknown[], more?: Readonly<Record<string, unknown>>): void;
  later(afterMs: number, frame: unknown): void;
  /** Ends the connection as the protocol wants it. */
  close(code?: number, reason?: string): void;
  /** Breaks the connection without a word. */
  drop(): void;
  /** Sends the first half of a frame and breaks the connection. */
  dropInside(frame: unknown): void;
  /** From now on the client's bytes, its close among them, do not arrive. */
  goDeaf(): void;
  /** The args of all subscribe (or unsubscribe) requests. */
  asked(op: "subscribe" | "unsubscribe"): FakeArg[];
};

/** The scripted exchange. */
export type FakeOkx = AsyncDisposable & {
  /** `ws://127.0.0.1:port`, as a server's `endpoint` takes it. */
  readonly url: string;
  /** All dials, in order. */
  readonly connections: readonly FakeConnection[];
  /** The dials of one endpoint, in order. */
  at(endpoint: string): FakeConnection[];
  /** The last dial of an endpoint, while it is open. */
  current(endpoint?: string): FakeConnection | undefined;
  /** What REST answers: rows, or a whole response; no rows unless set. */
  rest: (url: URL) => readonly unknown[] | Response;
  /** What the next dials will get. */
  plan(next: Plan | ((connection: FakeConnection) => Plan)): void;
};

/** Starts an exchange that treats each dial as `plan` says. */
export function startFakeOkx(plan: Plan | ((connection: FakeConnection) => Plan) = {}): FakeOkx {
  const connections: FakeConnection[] = [];
  const ending = new AbortController();
  let current = plan;

  const handle = (
    request: Request,
    info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Response | Promise<Response> => {
    const { pathname } = new URL(request.url);
    const endpoint = /^\/ws\/v5\/(public|private|business)$/.exec(pathname)?.[1];
    if (endpoint === undefined) {
      const answer = okx.rest(new URL(request.url));
      return answer instanceof Response ? answer : Response.json({ code: "0", msg: "", data: answer });
    }
    const link = relay.links.get(info.remoteAddr.port);
    if (link === undefined) return new Response("not through the relay", { status: 500 });
    const connection = new Dial(connections.length, endpoint, link);
    connections.push(connection);
    const mine = typeof current === "function" ? current(connection) : current;
    if (mine.handshake === "refuse") return new Response("not now", { status: 503 });
    if (mine.handshake === "hang") {
      return new Promise((resolve) => {
        ending.signal.addEventListener("abort", () => resolve(new Response("over", { status: 503 })));
      });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    connection.accept(socket, mine);
    return response;
  };

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: freePort(), onListen: () => {}, signal: ending.signal },
    handle,
  );
  const relay = startRelay(server.addr.port);
  const okx: FakeOkx = {
    url: `ws://127.0.0.1:${relay.port}`,
    rest: () => [],
    connections,
    at: (endpoint) => connections.filter((each) => each.endpoint === endpoint),
    current: (endpoint = "public") => connections.findLast((each) => each.endpoint === endpoint && each.open),
    plan: (next) => current = next,
    async [Symbol.asyncDispose]() {
      for (const connection of connections) (connection as Dial).end();
      await relay[Symbol.asyncDispose]();
      // That a connection is cut is found out by reading it, which has to be over before the test is.
      await Promise.all(connections.map((connection) => (connection as Dial).closed));
      ending.abort();
      await server.finished;
    },
  };
  return okx;
}

/** The answers of a healthy exchange: yes to everything, one answer for each argument. */
export function healthy(request: FakeRequest): unknown[] {
  if (request.op === "login") return [{ event: "login", code: "0", msg: "", connId: "a4d3ae55" }];
  return request.args.map((arg) => acknowledge(request, arg));
}

/** Says yes to one argument; `echo: false` leaves out the id, as the exchange did before May 2025. */
export function acknowledge(request: FakeRequest, arg: FakeArg, options: { echo?: boolean } = {}): unknown {
  return { ...echoOf(request, options), event: request.op, arg, connId: "a4d3ae55" };
}

/** Refuses one argument in the exchange's words: there is no `arg` in it. */
export function refuse(
  request: FakeRequest,
  arg: FakeArg,
  options: { echo?: boolean; code?: string } = {},
): unknown {
  const named = Object.entries(arg).map(([name, value]) => `${name}:${value}`).join(", ");
  const msg = `Wrong URL or ${named} doesn't exist. Please use the correct URL, channel and parameters.`;
  return {
    ...echoOf(request, options),
    event: "error",
    code: options.code ?? "60018",
    msg,
    connId: "a4d3ae55",
  };
}

function echoOf(request: FakeRequest, { echo = true }: { echo?: boolean }): { id?: string } {
  return echo && request.id !== undefined ? { id: request.id } : {};
}

class Dial implements FakeConnection {
  readonly requests: FakeRequest[] = [];
  silent = false;
  #socket: WebSocket | undefined;
  readonly #link: Link;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #closed = Promise.withResolvers<void>();
  #wasOpen = false;

  constructor(readonly index: number, readonly endpoint: string, link: Link) {
    this.#link = link;
  }

  get dialledAt(): number {
    return this.#link.openedAt;
  }

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN && !this.#link.cut;
  }

  /** Resolves when a connection that was open is closed. */
  get closed(): Promise<void> {
    return this.#wasOpen ? this.#closed.promise : Promise.resolve();
  }

  accept(socket: WebSocket, { onOpen, answer = healthy, pong = true }: Plan): void {
    this.#socket = socket;
    socket.onopen = () => {
      this.#wasOpen = true;
      onOpen?.(this);
    };
    socket.onmessage = ({ data }) => {
      const request = readRequest(String(data));
      this.requests.push(request);
      if (request.op === "ping") {
        if (pong) this.send("pong");
        return;
      }
      for (const frame of answer(request, this)) this.send(frame);
    };
    socket.onclose = () => {
      this.#stopTimers();
      this.#closed.resolve();
    };
    socket.onerror = (event) => event.preventDefault();
  }

  send(frame: unknown): void {
    if (!this.silent && this.open) this.#socket?.send(textOf(frame));
  }

  push(arg: FakeArg, rows: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): void {
    this.send({ arg, ...more, data: rows });
  }

  later(afterMs: number, frame: unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.send(frame);
    }, afterMs);
    this.#timers.add(timer);
  }

  close(code = 4006, reason = "Abnormal disconnect"): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }

  drop(): void {
    this.#stopTimers();
    this.#link.end();
  }

  dropInside(frame: unknown): void {
    const text = textOf(frame);
    this.#link.endAfter(Math.ceil(text.length / 2));
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  goDeaf(): void {
    this.#link.deaf = true;
  }

  asked(op: "subscribe" | "unsubscribe"): FakeArg[] {
    return this.requests.filter((request) => request.op === op).flatMap((request) => request.args);
  }

  end(): void {
    this.drop();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function readRequest(text: string): FakeRequest {
  const at = performance.now();
  if (text === "ping") return { at, text, op: "ping", id: undefined, args: [] };
  try {
    const { op = "", id, args = [] } = JSON.parse(text) as { op?: string; id?: string; args?: FakeArg[] };
    return { at, text, op, id, args };
  } catch {
    return { at, text, op: "", id: undefined, args: [] };
  }
}

function textOf(frame: unknown): string {
  return typeof frame === "string" ? frame : JSON.stringify(frame);
}

/** One TCP connection through a relay. */
export type Link = {
  readonly openedAt: number;
  readonly cut: boolean;
  /** With `true` the client's bytes are thrown away. */
  deaf: boolean;
  /** With `true` the server's bytes are thrown away. */
  mute: boolean;
  end(): void;
  /** Lets this many more bytes through to the client and then breaks the connection. */
  endAfter(bytes: number): void;
};

/** A relay of plain TCP. `links` holds its connections by the port that the target sees. */
export type Relay = AsyncDisposable & { readonly port: number; readonly links: ReadonlyMap<number, Link> };

/** Forwards connections to a port of this machine. */
export function startRelay(target: number): Relay {
  const links = new Map<number, Link>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const work = new Set<Promise<void>>();
  const open = new Set<Link>();

  const relay = async (client: Deno.TcpConn) => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    let cut = false;
    let room = Infinity;
    const link: Link = {
      openedAt: performance.now(),
      get cut() {
        return cut;
      },
      deaf: false,
      mute: false,
      end() {
        if (cut) return;
        cut = true;
        open.delete(link);
        client.close();
        server.close();
      },
      endAfter: (bytes) => room = bytes,
    };
    links.set(server.localAddr.port, link);
    open.add(link);
    const forward = async (from: Deno.TcpConn, to: Deno.TcpConn, allowed: (bytes: number) => number) => {
      const buffer = new Uint8Array(64 * 1024);
      try {
        for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
          const part = buffer.subarray(0, allowed(count));
          for (let sent = 0; sent < part.length;) sent += await to.write(part.subarray(sent));
          if (room <= 0) break;
        }
      } catch {
        // One side is gone; so is the other in a moment.
      }
      link.end();
    };
    await Promise.all([
      forward(client, server, (count) => link.deaf ? 0 : count),
      forward(server, client, (count) => {
        const pass = link.mute ? 0 : Math.min(count, room);
        room -= pass;
        return pass;
      }),
    ]);
  };

  const accepting = (async () => {
    for await (const client of listener) {
      const one = relay(client).catch(() => client.close()).finally(() => work.delete(one));
      work.add(one);
    }
  })();
  return {
    port: listener.addr.port,
    links,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const link of open) link.end();
      await Promise.all(work);
    },
  };
}
