/**
 * The simulated exchange on a loopback port: v5 and v3 over WebSocket, REST beside them, and a small command
 * interface for faults and for its trader. Sockets and timers begin here; what is said is decided elsewhere.
 */
import { adminPage } from "./admin.ts";
import { MarketClock } from "./clock.ts";
import { closeSockets } from "./close_sockets.ts";
import { Connection } from "./connection.ts";
import { controlRefusal } from "./control_guard.ts";
import type { Payload } from "./hub.ts";
import { Hub } from "./hub.ts";
import { createMarket } from "./market/market.ts";
import type { Market } from "./market/market.ts";
import { createRandom, seedOf } from "./market/random.ts";
import { createReplay } from "./replay.ts";
import { createRest } from "./rest/rest.ts";
import { answerRest } from "./rest/reply.ts";
import type { Action } from "./faults/fault.ts";
import type { MoveName } from "./account/trader_action_names.ts";
import { Script } from "./faults/script.ts";
import type { ServerEndpoint } from "./faults/script_values.ts";
import type { Session } from "./session.ts";
import { describeMock } from "./start_page.ts";
import { V3Session } from "./v3/session.ts";
import { V5Session } from "./v5.ts";

export type MockOptions = {
  /** 127.0.0.1 unless given. */
  hostname?: string;
  /** 0, or none, takes a free one. */
  port?: number;
  seed?: number;
  /** Market steps a second for each instrument; with a recording, frames a second for each subscription. */
  rate?: number;
  /** Faults from the start, such as `drop=20s,garbage=0.01,refuse=tickers:XRP-USDT,late-ack=2s,silent`. */
  faults?: string;
  /** A file of recorded frames to send instead of the market. */
  replay?: string;
  /** The time between regular snapshots of `account` and `positions`; 5000 unless given. */
  snapshotMs?: number;
  /** Made-up coins that are traded besides, to try what many instruments cost. */
  coins?: number;
  /** This is demo trading: REST answers from it only to calls with the header `x-simulated-trading: 1`, else from production. */
  demo?: boolean;
  /** Enforces the exchange's limits on connections and requests. */
  limits?: boolean;
  now?: () => number;
};

export type MockStats = {
  connections: number;
  subscriptions: number;
  framesSent: number;
  connectionsTotal: number;
  requests: number;
};

export type Mock = AsyncDisposable & {
  readonly port: number;
  /** `ws://127.0.0.1:port`, to which a path such as `/ws/v5/public` is added. */
  readonly url: string;
  readonly restUrl: string;
  /** Carries out a command (`drop business`, `silent on`, `trade fill`, …); a bad one throws a SyntaxError. */
  command(text: string): string;
  stats(): MockStats;
  /** The REST calls that were refused lately, oldest first, as `CODE /path?query`. */
  refused(): readonly string[];
  /**
   * The last value sent of a row, to compare with what arrived in Redis. The key is the instrument, and in private
   * channels what names a row there: `ccy`, `posId`, `ordId`, `algoId`, …; none once a complete snapshot lacks it.
   */
  lastSent(channel: string, key: string): unknown;
  /** Keys of a private channel's rows that are open now: live orders, positions that are not 0, coins held. */
  openIds(channel: string): string[];
  close(): Promise<void>;
};

const PATHS: ReadonlyMap<string, ServerEndpoint> = new Map([
  ["/ws/v5/public", "public"],
  ["/ws/v5/private", "private"],
  ["/ws/v5/business", "business"],
  ["/ws/v3", "v3"],
]);
/** Ten steps a second give a ticker subscription about seven pushes a second. */
const DEFAULT_RATE = 10;
const SHORTEST_TURN_MS = 10;
const KEPT_REFUSALS = 200;
/** Official limits: three new connections a second, 480 requests an hour on each. */
const CONNECTIONS_PER_SECOND = 3;
const REQUESTS_PER_HOUR = 480;

export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const { hostname = "127.0.0.1", port = 0, seed = 1, limits = false, now = Date.now } = options;
  const rate = options.rate ?? DEFAULT_RATE;
  if (!(rate > 0)) {
    throw new RangeError(`Cannot start the simulated exchange: rate must be positive: ${rate}`);
  }
  const random = createRandom(seedOf("server", seed));
  const script = new Script(random);
  const actions = script.load(options.faults ?? "");
  const replay = options.replay === undefined
    ? undefined
    : createReplay(await Deno.readTextFile(options.replay), rate);
  const marketOptions = {
    startMs: now(),
    coins: options.coins ?? 0,
    ...(options.snapshotMs === undefined ? {} : { snapshotMs: options.snapshotMs }),
  };
  const market = createMarket({ ...marketOptions, seed });
  const hub = new Hub();
  const clock = new MarketClock(market, hub, replay === undefined ? 1000 / rate : SHORTEST_TURN_MS);
  let otherMarket: Market | undefined;
  /** Production where this is demo trading, or the reverse: another market behind the same REST host. */
  const other = (nowMs: number): Market => {
    otherMarket ??= createMarket({ ...marketOptions, seed: seedOf("other environment", seed) });
    otherMarket.step(nowMs);
    return otherMarket;
  };
  const rest = createRest({ market, other, limits, demo: options.demo ?? false });
  const connections = new Map<WebSocket, Connection>();
  let refused: string[] = [];
  const counts = { framesSent: 0, connectionsTotal: 0, requests: 0 };
  const aborter = new AbortController();
  let recentConnects: number[] = [];

  const stats = (): MockStats => ({
    ...counts,
    connections: connections.size,
    subscriptions: [...connections.values()].reduce((sum, { subscriptions }) => sum + subscriptions, 0),
  });

  const drop = (endpoint: ServerEndpoint | undefined) => {
    for (const connection of connections.values()) {
      if (endpoint === undefined || connection.endpoint === endpoint) {
        connection.close(4006, "Abnormal disconnect");
      }
    }
  };

  const trade = (move: MoveName): string => {
    const nowMs = now();
    // What is due before it must not come after it.
    clock.advance(nowMs);
    const changed = market.desk.act(move, nowMs);
    hub.turnPrompt(nowMs);
    return `trade ${move}: ${changed}`;
  };

  const happen = ({ name, about }: Extract<Action, { kind: "event" }>): string => {
    const told = market.events.happen(name, Math.max(market.nowMs, now()), about);
    hub.turnPrompt(now());
    return `event ${name}: ${told}`;
  };

  /** Does what a command asks for; gives the answer where that is only known afterwards. */
  const act = (action: Action | undefined): string | undefined => {
    switch (action?.kind) {
      case "drop":
        drop(action.endpoint);
        return undefined;
      case "notice":
        for (const connection of connections.values()) {
          const { session } = connection;
          if (session instanceof V5Session) connection.announce(session.notice, action.closeAfterMs);
        }
        return undefined;
      case "reset":
        market.resetSequences();
        return undefined;
      case "trade":
        return trade(action.move);
      case "event":
        // What is due before it must not come after it.
        clock.advance(now());
        return happen(action);
      case "pause":
      case "resume":
        clock.paused = action.kind === "pause";
    }
    return undefined;
  };

  const command = (text: string): string => {
    const { answer, action } = script.command(text);
    return act(action) ?? answer;
  };

  const createSession = (endpoint: ServerEndpoint): Session => {
    const connId = Math.floor(random() * 0x100000000).toString(16).padStart(8, "0");
    const limit = limits ? { requestsPerHour: REQUESTS_PER_HOUR } : {};
    const shared = { market, script, connId, ...(replay === undefined ? {} : { replay }) };
    if (endpoint === "v3") return new V3Session(shared);
    const connCount = (channel: string) =>
      [...connections.values()].filter(({ session }) =>
        session instanceof V5Session && session.channels.includes(channel)
      ).length;
    return new V5Session({ ...shared, endpoint, connCount, ...limit });
  };

  const upgrade = (request: Request, endpoint: ServerEndpoint): Response => {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("This path speaks WebSocket\n", { status: 426 });
    }
    recentConnects = recentConnects.filter((timeMs) => now() - timeMs < 1000);
    if (limits && recentConnects.length >= CONNECTIONS_PER_SECOND) {
      return new Response("Too many connections\n", { status: 429 });
    }
    recentConnects.push(now());
    // The runtime's own pings would end a client that has gone silent before the exchange's rules do.
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    counts.connectionsTotal++;
    socket.onopen = () => connections.set(socket, connect(socket, endpoint));
    socket.onmessage = ({ data }) => {
      counts.requests++;
      if (typeof data === "string") connections.get(socket)?.receive(data);
    };
    socket.onclose = () => forget(socket);
    // A close event follows every error.
    socket.onerror = (event) => event.preventDefault();
    return response;
  };

  const connect = (socket: WebSocket, endpoint: ServerEndpoint): Connection =>
    new Connection({
      endpoint,
      hub,
      script,
      now,
      session: createSession(endpoint),
      wire: {
        get isOpen() {
          return socket.readyState === WebSocket.OPEN;
        },
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        send: (payload: Payload) => socket.send(payload),
        close: (code, reason) => {
          if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
        },
      },
      later: (job, delayMs) => {
        const timer = setTimeout(job, delayMs);
        return () => clearTimeout(timer);
      },
      onSent: () => counts.framesSent++,
    });

  const forget = (socket: WebSocket) => {
    connections.get(socket)?.end();
    connections.delete(socket);
  };

  const handle = async (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> => {
    const url = new URL(request.url);
    const endpoint = PATHS.get(url.pathname);
    if (endpoint !== undefined) return upgrade(request, endpoint);
    if (url.pathname.startsWith("/api/v5/")) {
      clock.advance(now());
      const { headers } = request;
      const faults = script.restFaults(url.pathname.slice("/api/v5/".length));
      const answer = rest(url, { nowMs: now(), client: info.remoteAddr.hostname, headers, faults });
      const { code } = answer.body;
      if (code !== "0") refused = [...refused, `${code} ${url.pathname}${url.search}`].slice(-KEPT_REFUSALS);
      return await answerRest(answer, faults, aborter.signal);
    }
    if (url.pathname.startsWith("/mock/")) {
      const refusal = controlRefusal(request, hostname);
      if (refusal !== undefined) return new Response(`${refusal}\n`, { status: 403 });
    }
    if (url.pathname === "/mock/stats") return Response.json(stats());
    if (url.pathname === "/mock/refused") return Response.json(refused);
    if (url.pathname.startsWith("/mock/") && request.method === "GET") {
      const faults = () => script.names;
      const page = adminPage(url.pathname.slice(6), url.searchParams, { hub, market, faults });
      if (page !== undefined) return Response.json(page);
    }
    if (url.pathname === "/mock/command" && request.method === "POST") {
      return answerCommand(await request.text(), command);
    }
    if (url.pathname === "/") {
      return new Response(describeMock(url.host, { seed, demo: options.demo ?? false }));
    }
    return new Response("Not found\n", { status: 404 });
  };

  const server = Deno.serve({ hostname, port, signal: aborter.signal, onListen: () => {} }, handle);
  for (const action of actions) act(action);

  let droppedMs = now();
  let tickedMs = now();
  const turn = setInterval(() => {
    const nowMs = now();
    clock.advance(nowMs);
    const { dropEveryMs } = script;
    if (dropEveryMs === undefined) droppedMs = nowMs;
    else if (nowMs - droppedMs >= dropEveryMs) {
      droppedMs = nowMs;
      drop(undefined);
    }
    if (nowMs - tickedMs < 1000) return;
    tickedMs = nowMs;
    for (const connection of connections.values()) connection.tick();
  }, Math.max(SHORTEST_TURN_MS, 1000 / rate));

  let closing: Promise<void> | undefined;
  const close = () =>
    closing ??= (async () => {
      clearInterval(turn);
      await closeSockets(connections);
      aborter.abort();
      await server.finished;
    })();

  const host = `${hostname}:${server.addr.port}`;
  return {
    port: server.addr.port,
    url: `ws://${host}`,
    restUrl: `http://${host}`,
    command,
    stats,
    refused: () => refused,
    lastSent: (channel, key) => hub.lastSent(channel, key),
    openIds: (channel) => market.desk.openIds(channel, market.nowMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function answerCommand(text: string, command: (text: string) => string): Response {
  try {
    return new Response(`${command(text)}\n`);
  } catch (error) {
    if (error instanceof SyntaxError) return new Response(`${error.message}\n`, { status: 400 });
    throw error;
  }
}
