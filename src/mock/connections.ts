/** The clients of the simulated exchange: their sockets, from the upgrade on, and what is done to all of them. */
import { acceptWebSocket } from "../shared/accept_websocket.ts";
import { Connection } from "./connection.ts";
import type { Script } from "./faults/script.ts";
import type { ServerEndpoint } from "./faults/script_values.ts";
import type { Hub, Payload } from "./hub.ts";
import type { Market } from "./market/market.ts";
import type { Random } from "./market/random.ts";
import type { Session } from "./session.ts";
import { V3Session } from "./v3/session.ts";
import { V5Session } from "./v5.ts";

/** Official limits: three new connections a second, 480 requests an hour on each. */
const CONNECTIONS_PER_SECOND = 3;
const REQUESTS_PER_HOUR = 480;

/** How long a client may take to answer a close before it is left alone. */
const CLOSE_WAIT_MS = 250;

export type MockStats = {
  connections: number;
  subscriptions: number;
  framesSent: number;
  connectionsTotal: number;
  requests: number;
};

export type ConnectionsOptions = {
  readonly hub: Hub;
  readonly script: Script;
  readonly market: Market;
  readonly random: Random;
  /** Enforces the exchange's limits on connections and requests. */
  readonly limits: boolean;
  readonly now: () => number;
};

/** The clients that are connected now. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Map<WebSocket, Connection>();
  readonly #counts = { framesSent: 0, connectionsTotal: 0, requests: 0 };
  /** When the newest ones came. */
  #recentMs: number[] = [];

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Makes a client's request a socket. */
  upgrade(request: Request, endpoint: ServerEndpoint): Response {
    const { limits, now } = this.#options;
    this.#recentMs = this.#recentMs.filter((timeMs) => now() - timeMs < 1000);
    if (limits && this.#recentMs.length >= CONNECTIONS_PER_SECOND) {
      return new Response("Too many connections\n", { status: 429 });
    }
    const response = acceptWebSocket(request, {
      onOpen: (socket) => this.#open.set(socket, this.#connect(socket, endpoint)),
      onText: (socket, text) => {
        this.#counts.requests++;
        this.#open.get(socket)?.receive(text);
      },
      onClose: (socket) => this.#forget(socket),
    });
    if (response.status === 101) {
      this.#recentMs.push(now());
      this.#counts.connectionsTotal++;
    }
    return response;
  }

  /** Ends the clients of an endpoint, or all, as the exchange does abnormally. */
  drop(endpoint: ServerEndpoint | undefined): void {
    for (const connection of this.#open.values()) {
      if (endpoint === undefined || connection.endpoint === endpoint) {
        connection.close(4006, "Abnormal disconnect");
      }
    }
  }

  /** Sends the notice of a service upgrade to all v5 clients. */
  announce(closeAfterMs: number): void {
    for (const connection of this.#open.values()) {
      const { session } = connection;
      if (session instanceof V5Session) connection.announce(session.notice, closeAfterMs);
    }
  }

  /** Ends those that have been silent for too long. */
  tick(): void {
    for (const connection of this.#open.values()) connection.tick();
  }

  stats(): MockStats {
    return {
      ...this.#counts,
      connections: this.#open.size,
      subscriptions: [...this.#open.values()].reduce((sum, { subscriptions }) => sum + subscriptions, 0),
    };
  }

  /** Closes all and waits for the clients' answers, but not for ever. */
  async close(): Promise<void> {
    const closed = [...this.#open].map(([socket, connection]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.addEventListener("close", () => resolve(), { once: true });
      if (socket.readyState === WebSocket.CLOSED) resolve();
      connection.close(1001, "Going away");
      return promise;
    });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, CLOSE_WAIT_MS);
    await Promise.race([Promise.all(closed), late.promise]);
    clearTimeout(timer);
  }

  #connect(socket: WebSocket, endpoint: ServerEndpoint): Connection {
    const { hub, script, now } = this.#options;
    return new Connection({
      endpoint,
      hub,
      script,
      now,
      session: this.#createSession(endpoint),
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
      onSent: () => this.#counts.framesSent++,
    });
  }

  #createSession(endpoint: ServerEndpoint): Session {
    const { market, script, random, limits } = this.#options;
    const connId = Math.floor(random() * 0x100000000).toString(16).padStart(8, "0");
    const limit = limits ? { requestsPerHour: REQUESTS_PER_HOUR } : {};
    const shared = { market, script, connId };
    if (endpoint === "v3") return new V3Session(shared);
    const connCount = (channel: string) => this.#countOf(channel);
    return new V5Session({ ...shared, endpoint, connCount, ...limit });
  }

  /** Returns how many v5 clients have subscribed to a channel. */
  #countOf(channel: string): number {
    return [...this.#open.values()].filter(({ session }) =>
      session instanceof V5Session && session.channels.includes(channel)
    ).length;
  }

  #forget(socket: WebSocket): void {
    this.#open.get(socket)?.end();
    this.#open.delete(socket);
  }
}
