/**
 * One connection from open to close: dial, login, heartbeat, answers. All of its state lives here and is thrown away with
 * it, so that nothing late from this connection can be taken for something of the next one.
 */
import type { EventSink } from "../../model/events.ts";
import type { Stats } from "../../model/stats.ts";
import type { Codec } from "../../okx/codec.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import { errorAction } from "../../okx/error_codes.ts";
import type { AckFrame, ErrorFrame, Frame } from "../../okx/frame.ts";
import { withLoginHint } from "../../okx/login_hint.ts";
import { type Mask, redactEvent, redactText } from "../../okx/redact.ts";
import type { RequestSigner, Signer } from "../../okx/sign.ts";
import { type Topic, topicKey } from "../../okx/topic.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import { message } from "../../shared/messages/message.ts";
import type { BookMarks } from "../recovery/book_marks.ts";
import { DEFAULT_BOOK_TIMING } from "../recovery/books.ts";
import { DEFAULT_LIST_TIMING } from "../recovery/missing_from_lists.ts";
import type { OpenRows } from "../recovery/open_rows.ts";
import type { Change, Subscriptions } from "../subscriptions/subscriptions.ts";
import type { Timing } from "./timing.ts";
import type { EventSource } from "./event_source.ts";
import { FramePipeline } from "./frame_pipeline.ts";
import { FrameReader } from "./frame_reader.ts";
import { createHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { RequestSender } from "./request_sender.ts";
import { type FrameTap, openSocket, type Socket, type SocketHandlers } from "./socket.ts";

/** What a connection needs to know. */
export type ConnectionOptions = {
  readonly url: string;
  readonly rest: RestHost;
  /** The protocol of the server. */
  readonly codec: Codec;
  readonly subscriptions: Subscriptions;
  /** As whose events those of the connection are passed on, and where they go. */
  readonly source: EventSource;
  readonly sink: EventSink<EventSource>;
  /** Logs in before anything is subscribed. */
  readonly signer: Signer | undefined;
  /** Signs REST calls about the account; undefined without a login. */
  readonly requestSigner: RequestSigner | undefined;
  /** Takes the server's login out of what the exchange says. */
  readonly mask: Mask;
  readonly stats: Stats;
  readonly timing: Timing;
  /** Whether what is received piles up behind Redis: then frames that a newer one replaces are not even read. */
  readonly congested: () => boolean;
  /** Resolves when what is received has room again; undefined: it has. */
  readonly room: () => Promise<void> | undefined;
  /** Shared by all connections: what the exchange's REST takes from one address. */
  readonly restPacer: Pacer;
  /** Since when a series misses something, in Unix milliseconds; infinite: nothing. */
  readonly missingSince: (key: string) => number;
  /** Called with topics that were live and are not any more, and since when nothing is known of them. */
  readonly onLost: (topics: readonly Topic[], at: number) => void;
  /** Shared by all connections of the server: what is open in the account as far as it is known. */
  readonly openRows: OpenRows;
  /** Shared by all connections of the server: how far its books have come. */
  readonly bookMarks: BookMarks;
  /** Unix milliseconds as the exchange counts them, which a login has to name. */
  readonly clock: () => number;
  /** Records the frames of an open connection; undefined: nobody does. */
  readonly tap?: (() => FrameTap) | undefined;
  /** Called with upstream subscriptions that stay silent though they were asked for again. */
  readonly onStuck: (keys: readonly string[]) => void;
  /** Called with upstream subscriptions that would have to wait for the hourly budget. */
  readonly onCrowded: (keys: readonly string[]) => void;
};

/** Characters of the exchange's name for a socket; it has eight. */
const MAX_CONN_ID = 64;

/** Used once: opened, run, and thrown away. */
export class Connection implements SocketHandlers {
  readonly #options: ConnectionOptions;
  readonly #pipeline: FramePipeline;
  readonly #reader: FrameReader;
  readonly #requests: RequestSender;
  readonly #ended = Promise.withResolvers<void>();
  #heartbeat: Heartbeat;
  #socket: Socket | undefined;
  /** What came before the connection was run; undefined since it is. */
  #early: (string | ArrayBuffer)[] | undefined = [];
  #isOver = false;
  #requestsDue = false;
  #ready = false;
  #loginDeadline = Infinity;
  /** Over v3: when the login that was refused is tried again. */
  #loginAgainAt = Infinity;
  #wasAnswered = false;
  /** Why the connection ended; known when {@link run} has. */
  reason = "stopped";
  /** The exchange refused the credentials: dialling again soon cannot help. */
  loginRefused = false;
  /** The code with which the exchange answered the login that ended the connection. */
  loginCode: string | undefined;
  /** The exchange's name for this socket, which its support asks for. */
  connId = "";

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { timing, subscriptions, codec, stats } = options;
    this.#heartbeat = createHeartbeat(performance.now(), timing);
    const act = (action: () => void) => this.#act(action);
    const bookTiming = timing.books ?? DEFAULT_BOOK_TIMING;
    this.#pipeline = new FramePipeline({
      ...options,
      bookTiming: codec.repeatsBooks ? bookTiming : { ...bookTiming, silentMs: Infinity },
      listTiming: timing.lists ?? DEFAULT_LIST_TIMING,
      mask: (text) => this.#mask(text),
      onControl: (frame) => this.#onControl(frame),
      act,
    });
    this.#reader = new FrameReader({
      codec,
      stats,
      congested: options.congested,
      conflationKey: (text) => subscriptions.replaceableBy(text),
      pipeline: this.#pipeline,
      onFlood: () => this.#end(message("connection.flood").english),
      act,
    });
    this.#requests = new RequestSender({
      url: options.url,
      codec,
      subscriptions,
      requestsPerHour: timing.requestsPerHour,
      send: (text) => void this.#socket?.send(text),
      emitChanges: (changes) => this.#pipeline.emitChanges(changes),
      onCrowded: options.onCrowded,
    });
  }

  /** Whether anything useful was received: an answer or data. */
  get useful(): boolean {
    return this.#wasAnswered || this.#pipeline.hasData;
  }

  /** When anything was last received but a pong, in Unix milliseconds; 0: never. */
  get receivedAt(): number {
    return this.#pipeline.receivedAt;
  }

  /** Whether what somebody begins to desire now would have to wait for the hourly budget. */
  get crowded(): boolean {
    return this.#requests.crowded;
  }

  /** Dials, by `dial` where another network is meant; rejects with the reason. */
  async open(signal: AbortSignal, ipv4Only = false, dial = openSocket): Promise<void> {
    const { url, timing, tap } = this.#options;
    this.#socket = await dial(url, this, { dialMs: timing.dialMs, signal, ipv4Only, tap });
    this.#heartbeat = createHeartbeat(performance.now(), timing);
  }

  /** Takes a message of the socket. */
  onMessage(data: string | ArrayBuffer): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    if (this.#early !== undefined) return void this.#early.push(data);
    try {
      this.#heartbeat.onFrame(performance.now());
      this.#reader.take(data);
    } catch (error) {
      this.#fail(error);
    }
    return this.#options.room();
  }

  /** Ends with the socket, for this reason. */
  onClose(reason: string): void {
    this.#end(this.#mask(reason));
  }

  /** Returns the number at which a live book is; empty: none is known. */
  bookSeqId(key: string): string {
    return this.#pipeline.bookSeqId(key);
  }

  /** Keeps a book from being live before it has reached a number. */
  waitForBook(key: string, seqId: string): void {
    this.#act(() => this.#pipeline.waitForBook(key, seqId));
  }

  /** Has requests sent for what is newly desired, or no longer; what changes at once goes out together. */
  scheduleRequests(): void {
    if (this.#requestsDue) return;
    this.#requestsDue = true;
    queueMicrotask(() => {
      this.#requestsDue = false;
      this.#act(() => this.#request());
    });
  }

  /** Runs the open connection to its end. Rejects with a fault of the sink or of our own only. */
  async run(signal: AbortSignal): Promise<void> {
    const { timing, subscriptions, signer } = this.#options;
    const onAbort = () => this.#end("stopped");
    signal.addEventListener("abort", onAbort);
    const ticks = setInterval(() => this.#act(() => this.#tick()), timing.tickMs);
    try {
      if (signal.aborted) onAbort();
      this.#act(() => {
        this.#pipeline.emitChanges(subscriptions.onUp());
        if (signer === undefined) this.#ready = true;
        else this.#login(signer);
        this.#request();
      });
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const data of early) this.onMessage(data);
      await this.#ended.promise;
    } finally {
      this.#isOver = true;
      clearInterval(ticks);
      signal.removeEventListener("abort", onAbort);
      await this.#socket?.close();
      await this.#pipeline[Symbol.asyncDispose]();
    }
  }

  /** Nothing is done after the end; a fault ends the connection with it. */
  #act(action: () => void): void {
    if (this.#isOver) return;
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#ended.reject(error);
  }

  /** What was taken but is not read yet still counts. */
  #end(reason: string): void {
    this.#reader.finish(() => {
      this.reason = reason;
      this.#isOver = true;
      this.#ended.resolve();
    });
  }

  #tick(): void {
    const { timing, signer, codec, subscriptions, stats, onStuck } = this.#options;
    const now = performance.now();
    if (now > this.#loginDeadline) return this.#end(message("connection.no_login").english);
    const pulse = this.#heartbeat.check(now);
    if (pulse === "ping") this.#socket?.send(codec.ping);
    if (pulse === "stale") return this.#end(message("connection.no_pong", { ms: timing.pongMs }).english);
    this.#reader.ease();
    if (signer !== undefined && now >= this.#loginAgainAt) this.#login(signer);
    const { changes, stuck } = subscriptions.renew(now, timing.patience);
    this.#pipeline.emitChanges(changes);
    stats.renewals += changes.length;
    const silent = [...stuck, ...this.#pipeline.check()];
    this.#request();
    if (silent.length > 0) onStuck(silent);
  }

  #onControl(frame: Exclude<Frame, { kind: "data" }>): void {
    const { subscriptions, stats } = this.#options;
    const mask = (text: string) => this.#mask(text);
    if (frame.kind === "pong") return;
    if (frame.kind === "unknown") {
      stats.unreadable += 1;
      return;
    }
    const { connId } = frame.event;
    if (typeof connId === "string") this.connId = redactText(connId, mask).slice(0, MAX_CONN_ID);
    this.#pipeline.emit({ kind: "notice", event: redactEvent(frame.event, mask), at: Date.now() });
    switch (frame.kind) {
      case "ack":
        this.#wasAnswered = true;
        return this.#onAck(frame);
      case "error":
        return this.#onError({ ...frame, message: redactText(frame.message, mask) });
      case "login":
        this.#ready = true;
        this.#loginDeadline = Infinity;
        if (this.#options.codec.sharesSocket) this.#pipeline.emitChanges(subscriptions.onLogin());
        return this.#request();
      case "notice": {
        const { event: name, channel, connCount } = frame.event;
        if (name !== "channel-conn-count-error") return;
        const { loginRetryMs } = this.#options.timing;
        return this.#onEnded(
          subscriptions.onTooMany(String(channel), String(connCount), performance.now(), loginRetryMs),
        );
      }
    }
  }

  /** The signer knows the last signature too. */
  #mask(text: string): string {
    const { mask, signer } = this.#options;
    return mask(signer?.mask(text) ?? text);
  }

  #onError(frame: ErrorFrame): void {
    const { subscriptions, stats } = this.#options;
    const refusal = { code: frame.code, message: frame.message };
    if (this.#options.codec.sharesSocket && (!this.#ready || errorAction(frame.code) === "login")) {
      const { loginRetryMs: retryMs } = this.#options.timing;
      this.#pipeline.emitChanges(subscriptions.refuseAll(refusal, { onlyLogin: true, retryMs }));
      this.#ready = true;
      this.#loginDeadline = Infinity;
      this.#loginAgainAt = performance.now() + retryMs;
      return this.#request();
    }
    if (!this.#ready) {
      this.loginCode = frame.code;
      const said = withLoginHint(frame.code, frame.message);
      if (errorAction(frame.code) !== "retry") {
        this.loginRefused = true;
        this.#pipeline.emitChanges(subscriptions.refuseAll({ ...refusal, message: said }));
      }
      return this.#end(message("connection.login_refused", { code: frame.code, reason: said }).english);
    }
    const changes = subscriptions.onError(frame, performance.now());
    for (const { state, again } of changes) if (state === "refused" && !again) stats.refused += 1;
    this.#pipeline.onChanges(changes);
  }

  #onAck(frame: AckFrame): void {
    const changes = this.#options.subscriptions.onAck(frame, performance.now());
    if (frame.op === "subscribe") {
      const keys = new Set([topicKey(frame.arg), ...changes.map(({ topic }) => topic.upstream)]);
      for (const key of keys) this.#pipeline.expectBook(key);
    }
    this.#onEnded(changes);
  }

  /** What the exchange itself has ended misses something from now on, on a connection that goes on. */
  #onEnded(changes: readonly Change[]): void {
    const ended = changes.filter(({ state }) => state === "stale" || state === "refused");
    if (ended.length > 0) this.#options.onLost(ended.map(({ topic }) => topic), Date.now());
    this.#pipeline.onChanges(changes);
  }

  /** Sends what is due, once the login is through. */
  #request(): void {
    if (!this.#ready) return;
    this.#pipeline.findCurrent();
    this.#requests.sendDue();
  }

  #login(signer: Signer): void {
    const { timing, codec, clock } = this.#options;
    this.#loginAgainAt = Infinity;
    this.#loginDeadline = performance.now() + timing.loginMs;
    this.#requests.sendLogin(codec.encodeLogin(signer(Math.floor(clock() / 1000))));
  }
}
