/**
 * Keeps one endpoint of one server connected for as long as anything is wanted of it: dial, run the connection, back
 * off, again. It never gives up; it only waits longer.
 */
import { backoff } from "../../shared/async/backoff.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import { sleep } from "../../shared/async/sleep.ts";
import type { ConnectionName, SessionEvent } from "../../model/events.ts";
import { roomLogger } from "../../logging/log.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { CAN_CHOOSE_FAMILY, SilentError } from "./socket.ts";

/** `idle`: nothing is wanted; `waiting`: backing off after a failure. */
export type ConnectionState = "idle" | "waiting" | "connecting" | "connected" | "stopped";

/** What can be told of a session at any time. */
export type ConnectionView = {
  readonly endpoint: ConnectionName;
  readonly url: string;
  readonly state: ConnectionState;
  /** Unix milliseconds since when. */
  readonly since: number;
  /** Dials in a row without anything useful received. */
  readonly attempts: number;
  readonly lastError: string;
  readonly connId: string;
  /** When anything was last received on it but a pong, in Unix milliseconds; 0: never. */
  readonly receivedAt: number;
  /** Upstream subscriptions that it carries. */
  readonly subscriptions: number;
};

/** Settings of {@link ReconnectingConnection}. */
export type ReconnectingOptions = ConnectionOptions & {
  readonly endpoint: ConnectionName;
  readonly server: string;
  /** Dials once even though nothing is wanted yet, so that an unreachable exchange shows at once. */
  readonly eager: boolean;
  /** Shared by all sessions: the exchange takes 3 new connections per second and IP (OKX v5, "Connect"). */
  readonly dials: Pacer;
};

const log = roomLogger("session");

/** See the module comment. */
export class ReconnectingConnection {
  readonly #options: ReconnectingOptions;
  #connection: Connection | undefined;
  #wake: (() => void) | undefined;
  #state: ConnectionState = "idle";
  #since = Date.now();
  #attempts = 0;
  #lastError = "";
  /** Whether only IPv4 addresses are dialled; changes where the host stays silent. */
  #ipv4Only = false;
  /** A dead connection is found late: what is missing is missing since the last thing that came. */
  #receivedAt = 0;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
  }

  view(): ConnectionView {
    const { endpoint, url } = this.#options;
    return {
      endpoint,
      url,
      state: this.#state,
      since: this.#since,
      attempts: this.#attempts,
      lastError: this.#lastError,
      connId: this.#connection?.connId ?? "",
      receivedAt: this.#receivedAt,
      subscriptions: this.#options.subscriptions.size,
    };
  }

  /** Whether what is newly desired would have to wait here for the hourly number of requests. */
  get crowded(): boolean {
    return this.#connection?.crowded ?? false;
  }

  /** Whether it is connected now. */
  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** When anything was last received on it but a pong, in Unix milliseconds; 0: never. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** What is wanted has changed. */
  scheduleRequests(): void {
    this.#connection?.scheduleRequests();
    this.#wake?.();
  }

  /** The number at which a live book is; empty: none is known. */
  bookSeqId(key: string): string {
    return this.#connection?.bookSeqId(key) ?? "";
  }

  /** See `holdBook()` of the connection. */
  holdBook(key: string, seqId: string): void {
    this.#connection?.holdBook(key, seqId);
  }

  /** Goes on until the signal is aborted; the last event told is then a `down` where there was an `up`. */
  async run(signal: AbortSignal, emit: (event: SessionEvent) => void): Promise<void> {
    const { subscriptions, endpoint, dials, stats } = this.#options;
    let unasked = this.#options.eager;
    while (!signal.aborted) {
      if (subscriptions.size === 0 && !unasked) {
        // A new session is idle already; saying so would come after what is wanted in the meantime.
        if (this.#state !== "idle") {
          this.#enter("idle");
          emit({ kind: "idle", endpoint, at: Date.now() });
        }
        await this.#wanted(signal);
        continue;
      }
      unasked = false;
      await sleep(dials.take(performance.now()), signal);
      if (signal.aborted) break;
      this.#enter("connecting");
      stats.dials += 1;
      const connection = new Connection(this.#options);
      if (await this.#dial(connection, signal)) await this.#keep(connection, signal, emit);
      if (signal.aborted) break;
      if (subscriptions.size === 0) continue;
      this.#enter("waiting");
      const pause = connection.loginRefused
        ? this.#options.timing.loginRetryMs * (1 + Math.random())
        : backoff(this.#attempts - 1, Math.random);
      await sleep(pause, signal);
    }
    this.#enter("stopped");
  }

  /** Answers whether the connection is open. */
  async #dial(connection: Connection, signal: AbortSignal): Promise<boolean> {
    this.#attempts += 1;
    try {
      await connection.open(signal, this.#ipv4Only);
      return true;
    } catch (error) {
      // An address that takes connections and stays silent keeps the runtime from trying the next one.
      const mayBeFamily = error instanceof SilentError && error.hasBothFamilies;
      this.#ipv4Only = CAN_CHOOSE_FAMILY && mayBeFamily && !this.#ipv4Only;
      this.#lastError = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) log.warn("Cannot connect", this.#fields({ reason: this.#lastError }));
      return false;
    }
  }

  async #keep(
    connection: Connection,
    signal: AbortSignal,
    emit: (event: SessionEvent) => void,
  ): Promise<void> {
    const { subscriptions, endpoint, stats } = this.#options;
    this.#connection = connection;
    this.#enter("connected");
    stats.connects += 1;
    log.info("Connected", this.#fields({}));
    emit({ kind: "up", endpoint, at: Date.now() });
    this.#receivedAt = Date.now();
    await connection.run(signal, (event) => {
      if (event.kind !== "subscription") this.#receivedAt = event.at;
      if (connection.useful) this.#attempts = 0;
      emit(event);
    });
    this.#connection = undefined;
    this.#lastError = connection.reason;
    stats.disconnects += 1;
    const wanted = subscriptions.size > 0;
    if (!signal.aborted) log.warn("Disconnected", this.#fields({ reason: connection.reason }));
    emit({ kind: "down", endpoint, at: Date.now(), reason: connection.reason, wanted });
    const changes = subscriptions.onDown();
    const lost = changes.filter(({ state }) => state === "stale").map(({ topic }) => topic);
    this.#options.onLost(lost, this.#receivedAt);
    for (const change of changes) emit({ kind: "subscription", ...change, at: Date.now() });
    if (this.#attempts === 0) this.#attempts = 1;
  }

  #wanted(signal: AbortSignal): Promise<void> {
    if (this.#options.subscriptions.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#wake = undefined;
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", done);
    });
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#since = Date.now();
  }

  #fields(more: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { server, endpoint, url } = this.#options;
    return { server, endpoint, url, ...more };
  }
}
