/**
 * The simulated exchange on a loopback port: v5 and v3 over WebSocket, REST beside them, and a small command
 * interface for faults and for its trader. Listening and the turn of the market begin here; what is said is decided
 * elsewhere.
 */
import { adminPage } from "./admin.ts";
import { MarketClock } from "./clock.ts";
import { Connections, type MockStats } from "./connections.ts";
import { controlRefusal } from "./control_guard.ts";
import { Hub } from "./hub.ts";
import { createMarket } from "./market/market.ts";
import type { Market } from "./market/market.ts";
import { createRandom, seedOf } from "./market/random.ts";
import { createRest } from "./rest/rest.ts";
import { answerRest } from "./rest/reply.ts";
import type { Action } from "./faults/fault.ts";
import type { TraderActionName } from "./account/trader_action_names.ts";
import { Script } from "./faults/script.ts";
import type { ServerEndpoint } from "./faults/script_values.ts";
import { describeMock } from "./start_page.ts";

export type { MockStats };

export type MockOptions = {
  /** 127.0.0.1 unless given. */
  hostname?: string;
  /** 0, or none, takes a free one. */
  port?: number;
  seed?: number;
  /** Market steps a second for each instrument. */
  rate?: number;
  /** Faults from the start, such as `drop=20s,garbage=0.01,refuse=tickers:XRP-USDT,late-ack=2s,silent`. */
  faults?: string;
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

/** Starts a simulated exchange; rejects where its settings are wrong. */
export function startMock(options: MockOptions = {}): Promise<Mock> {
  return new Promise((resolve) => resolve(createMock(options)));
}

function createMock(options: MockOptions): Mock {
  const rate = options.rate ?? DEFAULT_RATE;
  if (!(rate > 0)) {
    throw new RangeError(`Cannot start the simulated exchange: rate must be positive: ${rate}`);
  }
  const random = createRandom(seedOf("server", options.seed ?? 1));
  const script = new Script(random);
  const actions = script.load(options.faults ?? "");
  return new Mock({ ...options, rate, random, script, actions });
}

/** What a {@link Mock} is made of besides its settings. */
type MockParts = MockOptions & {
  readonly rate: number;
  readonly random: () => number;
  readonly script: Script;
  /** What the faults from the start ask for. */
  readonly actions: readonly Action[];
};

/** A simulated exchange that runs. */
export class Mock implements AsyncDisposable {
  readonly port: number;
  /** `ws://127.0.0.1:port`, to which a path such as `/ws/v5/public` is added. */
  readonly url: string;
  readonly restUrl: string;
  readonly #seed: number;
  readonly #demo: boolean;
  readonly #hostname: string;
  readonly #now: () => number;
  readonly #script: Script;
  readonly #market: Market;
  readonly #hub = new Hub();
  readonly #clock: MarketClock;
  readonly #rest: ReturnType<typeof createRest>;
  readonly #connections: Connections;
  readonly #aborter = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #turnTimer: ReturnType<typeof setInterval>;
  /** The REST calls that were refused lately. */
  #refused: string[] = [];
  /** When all clients were last dropped, and when they were last looked after. */
  #droppedMs: number;
  #tickedMs: number;
  #closing: Promise<void> | undefined;

  constructor(parts: MockParts) {
    const { hostname = "127.0.0.1", port = 0, seed = 1, limits = false, now = Date.now } = parts;
    const { rate, random, script, demo = false } = parts;
    const marketOptions = {
      startMs: now(),
      coins: parts.coins ?? 0,
      ...(parts.snapshotMs === undefined ? {} : { snapshotMs: parts.snapshotMs }),
    };
    const market = createMarket({ ...marketOptions, seed });
    const hub = this.#hub;
    this.#seed = seed;
    this.#demo = demo;
    this.#hostname = hostname;
    this.#now = now;
    this.#script = script;
    this.#market = market;
    this.#clock = new MarketClock(market, hub, 1000 / rate);
    let otherMarket: Market | undefined;
    /** Production where this is demo trading, or the reverse: another market behind the same REST host. */
    const other = (nowMs: number): Market => {
      otherMarket ??= createMarket({ ...marketOptions, seed: seedOf("other environment", seed) });
      otherMarket.step(nowMs);
      return otherMarket;
    };
    this.#rest = createRest({ market, other, limits, demo });
    this.#connections = new Connections({ hub, script, market, random, limits, now });
    const { signal } = this.#aborter;
    this.#server = Deno.serve(
      { hostname, port, signal, onListen: () => {} },
      (request, info) => this.#handle(request, info),
    );
    for (const action of parts.actions) this.#act(action);
    this.#droppedMs = now();
    this.#tickedMs = now();
    this.#turnTimer = setInterval(() => this.#turn(), Math.max(SHORTEST_TURN_MS, 1000 / rate));
    this.port = this.#server.addr.port;
    this.url = `ws://${hostname}:${this.port}`;
    this.restUrl = `http://${hostname}:${this.port}`;
  }

  /** Carries out a command (`drop business`, `silent on`, `trade fill`, …); a bad one throws a SyntaxError. */
  command(text: string): string {
    const { answer, action } = this.#script.command(text);
    return this.#act(action) ?? answer;
  }

  stats(): MockStats {
    return this.#connections.stats();
  }

  /** Returns the REST calls that were refused lately, oldest first, as `CODE /path?query`. */
  refused(): readonly string[] {
    return this.#refused;
  }

  /**
   * Returns the last value sent of a row, to compare with what arrived in Redis. The key is the instrument, and in
   * private channels what names a row there: `ccy`, `posId`, `ordId`, `algoId`, …; none once a complete snapshot lacks
   * it.
   */
  lastSent(channel: string, key: string): unknown {
    return this.#hub.lastSent(channel, key);
  }

  /** Keys of a private channel's rows that are open now: live orders, positions that are not 0, coins with a balance. */
  openIds(channel: string): string[] {
    return this.#market.trader.openIds(channel, this.#market.nowMs);
  }

  /** Ends all clients, then listens no more. */
  close(): Promise<void> {
    return this.#closing ??= this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    clearInterval(this.#turnTimer);
    await this.#connections.close();
    this.#aborter.abort();
    await this.#server.finished;
  }

  /** Does what a command asks for; returns the answer where that is only known afterwards. */
  #act(action: Action | undefined): string | undefined {
    switch (action?.kind) {
      case "drop":
        this.#connections.drop(action.endpoint);
        return undefined;
      case "notice":
        this.#connections.announce(action.closeAfterMs);
        return undefined;
      case "reset":
        this.#market.resetSequences();
        return undefined;
      case "trade":
        return this.#trade(action.move);
      case "event":
        // What is due before it must not come after it.
        this.#clock.advance(this.#now());
        return this.#happen(action);
      case "pause":
      case "resume":
        this.#clock.paused = action.kind === "pause";
    }
    return undefined;
  }

  #trade(move: TraderActionName): string {
    const nowMs = this.#now();
    // What is due before it must not come after it.
    this.#clock.advance(nowMs);
    const changed = this.#market.trader.act(move, nowMs);
    this.#hub.turnPrompt(nowMs);
    return `trade ${move}: ${changed}`;
  }

  #happen({ name, about }: Extract<Action, { kind: "event" }>): string {
    const { events, nowMs } = this.#market;
    const changed = events.happen(name, Math.max(nowMs, this.#now()), about);
    this.#hub.turnPrompt(this.#now());
    return `event ${name}: ${changed}`;
  }

  /** TraderActions the market on, and what is due among the clients. */
  #turn(): void {
    const nowMs = this.#now();
    this.#clock.advance(nowMs);
    const { dropEveryMs } = this.#script;
    if (dropEveryMs === undefined) this.#droppedMs = nowMs;
    else if (nowMs - this.#droppedMs >= dropEveryMs) {
      this.#droppedMs = nowMs;
      this.#connections.drop(undefined);
    }
    if (nowMs - this.#tickedMs < 1000) return;
    this.#tickedMs = nowMs;
    this.#connections.tick();
  }

  async #handle(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    const url = new URL(request.url);
    const endpoint = PATHS.get(url.pathname);
    if (endpoint !== undefined) return this.#connections.upgrade(request, endpoint);
    if (url.pathname.startsWith("/api/v5/")) {
      return await this.#answerRest(url, request.headers, info.remoteAddr.hostname);
    }
    const reply = url.pathname.startsWith("/mock/") ? await this.#control(url, request) : undefined;
    if (reply !== undefined) return reply;
    if (url.pathname === "/") {
      return new Response(describeMock(url.host, { seed: this.#seed, demo: this.#demo }));
    }
    return new Response("Not found\n", { status: 404 });
  }

  async #answerRest(url: URL, headers: Headers, client: string): Promise<Response> {
    this.#clock.advance(this.#now());
    const faults = this.#script.restFaults(url.pathname.slice("/api/v5/".length));
    const answer = this.#rest(url, { nowMs: this.#now(), client, headers, faults });
    const { code } = answer.body;
    if (code !== "0") {
      this.#refused = [...this.#refused, `${code} ${url.pathname}${url.search}`].slice(-KEPT_REFUSALS);
    }
    return await answerRest(answer, faults, this.#aborter.signal);
  }

  /** Returns the interface of those who try something with the mock; undefined: it has no such page. */
  async #control(url: URL, request: Request): Promise<Response | undefined> {
    const refusal = controlRefusal(request, this.#hostname);
    if (refusal !== undefined) return new Response(`${refusal}\n`, { status: 403 });
    if (url.pathname === "/mock/stats") return Response.json(this.stats());
    if (url.pathname === "/mock/refused") return Response.json(this.#refused);
    if (request.method === "GET") {
      const parts = { hub: this.#hub, market: this.#market, faults: () => this.#script.names };
      const page = adminPage(url.pathname.slice(6), url.searchParams, parts);
      if (page !== undefined) return Response.json(page);
    }
    if (url.pathname !== "/mock/command" || request.method !== "POST") return undefined;
    return answerCommand(await request.text(), (text) => this.command(text));
  }
}

function answerCommand(text: string, command: (text: string) => string): Response {
  try {
    return new Response(`${command(text)}\n`);
  } catch (error) {
    if (error instanceof SyntaxError) return new Response(`${error.message}\n`, { status: 400 });
    throw error;
  }
}
