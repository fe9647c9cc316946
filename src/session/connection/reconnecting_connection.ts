/**
 * One connection of a server by its name: connected for as long as anything is desired of it. It dials, runs the
 * connection, backs off, and dials again. It never gives up; it only waits longer.
 */
import type { ConnectionGroup, ConnectionName } from "../../model/events.ts";
import type { ConnectionState, ConnectionStatus } from "../../model/status.ts";
import { roomLogger } from "../../logging/log.ts";
import type { Protocol } from "../../okx/codec.ts";
import type { Mask } from "../../okx/redact.ts";
import type { Topic } from "../../okx/topic.ts";
import { backoff } from "../../shared/async/backoff.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { type Change, Subscriptions } from "../subscriptions/subscriptions.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import type { EventSource } from "./event_source.ts";
import { STOPPED } from "../subscriptions/rejections.ts";
import { dialReason, dialTrouble, lossTrouble } from "./trouble.ts";
import { CAN_CHOOSE_FAMILY, type FrameTap, SilentError } from "./socket.ts";

/** Which connection is shown to a recorder. */
export type TappedConnection = {
  readonly server: string;
  readonly connection: ConnectionName;
  readonly url: string;
  readonly protocol: Protocol;
  /** Takes logins out of what is recorded. */
  readonly mask: Mask;
};

/** Is shown every connection that opens, and returns what sees its frames. */
export type FrameRecorder = { open(connection: TappedConnection): FrameTap };

/** Resolves when a connection may be made, since others of the same address may be about to; or when the signal is aborted. */
export type AdmitDial = (signal: AbortSignal) => Promise<void>;

/** Settings of {@link ReconnectingConnection}. */
export type ReconnectingOptions = Omit<ConnectionOptions, "subscriptions" | "source" | "tap"> & {
  readonly name: ConnectionName;
  readonly group: ConnectionGroup;
  readonly server: string;
  /** Dials once even though nothing is desired yet, so that an unreachable exchange shows at once. */
  readonly eager: boolean;
  /** Shared by all connections: the exchange takes 3 new ones per second and IP (OKX v5, "Connect"). */
  readonly dials: Pacer & { readonly admit?: AdmitDial | undefined };
  /** Shared by all connections; undefined: nothing is recorded. */
  readonly recorder?: FrameRecorder | undefined;
  /** Called with a fault of our own, which ends it for good. */
  readonly onBroken: (error: unknown) => void;
};

const log = roomLogger("session");

/** A connection that is dialled again whenever it is lost, from {@link start} until {@link end}. */
export class ReconnectingConnection implements EventSource {
  readonly name: ConnectionName;
  readonly group: ConnectionGroup;
  /** What is desired of it, and what the exchange has said to that. */
  readonly subscriptions = new Subscriptions(Date.now);
  /** One of the topics of each upstream subscription. */
  readonly topics = new Map<string, Topic>();
  readonly #options: ReconnectingOptions;
  readonly #controller = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #connection: Connection | undefined;
  #wake: (() => void) | undefined;
  #state: ConnectionState = "idle";
  #since = Date.now();
  #attempts = 0;
  #lastError = "";
  /** When it is dialled again, on the monotonic clock. */
  #dueAt = 0;
  /** Whether only IPv4 addresses are dialled; changes where the host stays silent. */
  #ipv4Only = false;
  /** Whether it is connected though nothing is desired of it. */
  #isKept = false;
  /** A dead connection is found late: what is missing is missing since the last thing that came. */
  #receivedAt = 0;

  constructor(options: ReconnectingOptions) {
    this.name = options.name;
    this.group = options.group;
    this.#options = options;
  }

  /** Begins to dial when something is desired of it. */
  start(): void {
    this.#done = this.#run(this.#controller.signal).catch(this.#options.onBroken);
  }

  /** Connects, and goes on doing so, also while nothing is desired of it; or no longer. */
  keep(isKept: boolean): void {
    this.#isKept = isKept;
    this.#wake?.();
  }

  /** Ends it; resolves when it has ended. The last event is then a `down` where there was an `up`. */
  end(): Promise<void> {
    this.#controller.abort();
    return this.#done;
  }

  view(): ConnectionStatus {
    return {
      endpoint: this.name,
      url: this.#options.url,
      state: this.#state,
      since: this.#since,
      attempts: this.#connection?.useful === true ? 0 : this.#attempts,
      lastError: this.#lastError,
      connId: this.#connection?.connId ?? "",
      receivedAt: this.receivedAt,
      subscriptions: this.subscriptions.size,
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
    return this.#connection?.receivedAt || this.#receivedAt;
  }

  /** Desires a topic of this connection; returns what that changes. */
  add(topic: Topic): Change[] {
    if (!this.topics.has(topic.upstream)) this.topics.set(topic.upstream, topic);
    return this.subscriptions.add(topic);
  }

  /** Removes a topic of this connection; returns what that changes. */
  remove(topic: Topic): Change[] {
    const changes = this.subscriptions.remove(topic.path);
    const [left] = this.subscriptions.topicsOf(topic.upstream);
    if (left === undefined) this.topics.delete(topic.upstream);
    else this.topics.set(topic.upstream, left);
    return changes;
  }

  /** Has requests sent for what is newly desired, or no longer, after a dial where that is needed. */
  scheduleRequests(): void {
    this.#connection?.scheduleRequests();
    this.#wake?.();
  }

  /** Returns the number at which a live book is; empty: none is known. */
  bookSeqId(key: string): string {
    return this.#connection?.bookSeqId(key) ?? "";
  }

  /** Keeps a book from being live before it has reached a number. */
  waitForBook(key: string, seqId: string): void {
    this.#connection?.waitForBook(key, seqId);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { dials, stats, sink } = this.#options;
    let isFirst = this.#options.eager;
    while (!signal.aborted) {
      if (!this.#isNeeded && !isFirst) {
        // A new one is idle already; saying so would come after what is desired in the meantime.
        if (this.#state !== "idle") {
          this.#enter("idle");
          this.subscriptions.onIdle();
          sink.onEvent(this, { kind: "idle", connection: this.name, at: Date.now() });
        }
        await this.#untilDesired(signal);
        continue;
      }
      isFirst = false;
      await sleep(dials.take(performance.now()), signal);
      if (dials.admit !== undefined) await dials.admit(signal);
      if (signal.aborted) break;
      this.#enter("connecting");
      stats.dials += 1;
      const connection = new Connection({
        ...this.#options,
        subscriptions: this.subscriptions,
        source: this,
        tap: this.#tap(),
      });
      if (await this.#dial(connection, signal)) await this.#keep(connection, signal);
      if (signal.aborted) break;
      if (!this.#isNeeded) continue;
      this.#enter("waiting");
      await sleep(this.#dueAt - performance.now(), signal);
    }
    this.#enter("stopped");
  }

  #tap(): (() => FrameTap) | undefined {
    const { recorder, server, url, codec, mask: maskLogins, signer } = this.#options;
    if (recorder === undefined) return undefined;
    // The exchange may repeat the signature of a login, too.
    const mask = (text: string) => maskLogins(signer?.mask(text) ?? text);
    return () => recorder.open({ server, connection: this.name, url, protocol: codec.name, mask });
  }

  /** Returns whether the connection is open. */
  async #dial(connection: Connection, signal: AbortSignal): Promise<boolean> {
    this.#attempts += 1;
    try {
      await connection.open(signal, this.#ipv4Only);
      return true;
    } catch (error) {
      // An address that takes connections and stays silent keeps the runtime from trying the next one.
      const mayBeFamily = error instanceof SilentError && error.hasBothFamilies;
      this.#ipv4Only = CAN_CHOOSE_FAMILY && mayBeFamily && !this.#ipv4Only;
      this.#lastError = this.#options.mask(
        dialReason(error instanceof Error ? error.message : String(error)),
      );
      if (signal.aborted) return false;
      log.warn("Cannot connect", this.#fields({ reason: this.#lastError }));
      const nextAt = this.#planNext(connection);
      const trouble = { ...dialTrouble(this.#options.url, error, this.#lastError), nextAt };
      this.#emitChanges(this.subscriptions.onDown(trouble));
      return false;
    }
  }

  /** Runs an open connection to its end. Its owner learns of what is lost before the states that say so. */
  async #keep(connection: Connection, signal: AbortSignal): Promise<void> {
    const { stats, sink, onLost } = this.#options;
    const { name, subscriptions } = this;
    this.#connection = connection;
    this.#enter("connected");
    stats.connects += 1;
    log.info("Connected", this.#fields({}));
    sink.onEvent(this, { kind: "up", connection: name, at: Date.now() });
    this.#receivedAt = Date.now();
    await connection.run(signal);
    this.#receivedAt = this.receivedAt;
    // Back-off begins again with the first useful message, not with the open socket.
    if (connection.useful) this.#attempts = 1;
    this.#connection = undefined;
    this.#lastError = connection.reason;
    stats.disconnects += 1;
    const desired = subscriptions.size > 0;
    if (!signal.aborted) log.warn("Disconnected", this.#fields({ reason: connection.reason }));
    sink.onEvent(this, {
      kind: "down",
      connection: name,
      at: Date.now(),
      reason: connection.reason,
      desired,
    });
    const nextAt = this.#planNext(connection);
    const changes = subscriptions.onDown(signal.aborted ? STOPPED : { ...lossTrouble(connection), nextAt });
    const lost = changes.filter(({ state, again }) => state === "stale" && !again).map(({ topic }) => topic);
    onLost(lost, this.#receivedAt);
    this.#emitChanges(changes);
    if (connection.loginRefused) this.#emitChanges(subscriptions.onLoginRetry(nextAt));
  }

  /** When the next dial is due after the end of `connection`, in Unix milliseconds. */
  #planNext({ loginRefused }: Connection): number {
    const { loginRetryMs, backoff: bounds } = this.#options.timing;
    const pauseMs = loginRefused
      ? loginRetryMs * (1 + Math.random())
      : backoff(this.#attempts - 1, Math.random, bounds);
    this.#dueAt = performance.now() + pauseMs;
    return Math.round(Date.now() + pauseMs);
  }

  #emitChanges(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#options.sink.onEvent(this, { kind: "subscription", ...change, at: Date.now() });
    }
  }

  get #isNeeded(): boolean {
    return this.#isKept || this.subscriptions.size > 0;
  }

  #untilDesired(signal: AbortSignal): Promise<void> {
    if (this.#isNeeded || signal.aborted) return Promise.resolve();
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
    const { server, url } = this.#options;
    return { server, endpoint: this.name, url, ...more };
  }
}
