/**
 * One connection from open to close, telling its events in order. All of its state lives here and is thrown away with
 * it, so that nothing late from this connection can speak on the next one.
 *
 * A frame is decoded and told within the event that brought it: no queue and no promise lies between the socket and the
 * writes. That is what keeps pace with a flood (`deno task bench`), and what holds the socket back when this program
 * is busy.
 */
import type { ExchangeRejection, SessionEvent } from "../../model/events.ts";
import { type Budget, createBudget } from "../../shared/async/budget.ts";
import { roomLogger } from "../../logging/log.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import { seqIdOf, timeOf } from "../../okx/order_book.ts";
import { scalarText } from "../../okx/exact_json.ts";
import { errorAction } from "../../okx/error_codes.ts";
import type { AckFrame, Arg, DataFrame, ErrorFrame, Frame, Row } from "../../okx/frame.ts";
import type { Codec } from "../../okx/codec.ts";
import { withLoginHint } from "../../okx/login_hint.ts";
import { type Mask, redactEvent, redactText } from "../../okx/redact.ts";
import type { RequestSigner, Signer } from "../../okx/sign.ts";
import type { Stats } from "../../model/stats.ts";
import { BookSync } from "../recovery/book_sync.ts";
import type { BookMarks } from "../recovery/book_marks.ts";
import { DEFAULT_BOOK_TIMING } from "../recovery/books.ts";
import { Fetches } from "../recovery/fetches.ts";
import { FrameReader } from "./frame_reader.ts";
import { DEFAULT_LIST_TIMING } from "../recovery/missing_from_lists.ts";
import type { OpenRows } from "../recovery/open_rows.ts";
import { createHeartbeat, type Heartbeat } from "./heartbeat.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import { type Topic, topicKey } from "../../okx/topic.ts";
import { RowCheck } from "./row_check.ts";
import { openSocket, type Socket } from "./socket.ts";
import type { Timing } from "../timing.ts";
import type { Change, Subscriptions } from "../subscriptions/subscriptions.ts";
import type { Upstream } from "../subscriptions/upstream.ts";

/** What a connection needs to know. */
export type ConnectionOptions = {
  readonly url: string;
  readonly rest: RestHost;
  /** What the server speaks. */
  readonly codec: Codec;
  readonly subscriptions: Subscriptions;
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
  /** Shared by all connections: what the exchange's REST takes from one address. */
  readonly restPacer: Pacer;
  /** Since when a series misses something, in Unix milliseconds; infinite: nothing. */
  readonly missingSince: (key: string) => number;
  /** Hears of topics that were live and are not any more, and since when nothing is known of them. */
  readonly onLost: (topics: readonly Topic[], at: number) => void;
  /** Shared by all connections of the server: what is open in the account as far as it was told. */
  readonly openRows: OpenRows;
  /** Shared by all connections of the server: how far its books have come. */
  readonly bookMarks: BookMarks;
  /** Unix milliseconds as the exchange counts them, which a login has to name. */
  readonly clock: () => number;
  /** Hears of upstream subscriptions that stay silent though they were asked for anew. */
  readonly onStuck: (keys: readonly string[]) => void;
  /** Hears of upstream subscriptions that would have to wait for the hourly budget. */
  readonly onCrowded: (keys: readonly string[]) => void;
};

/** Events of one connection without its `up` and `down`, which its owner adds. */
export type ConnectionEvent = Exclude<SessionEvent, { kind: "up" | "down" | "idle" | "opened" | "closed" }>;

const HOUR_MS = 3_600_000;

/** One in so many of the hourly requests is kept for mending. */
const RESERVED = 5;

/** Requests for what is newly desired that go at once within so many milliseconds; after that they are gathered. */
const FLURRY = 10;
const FLURRY_MS = 2000;

/** Characters of the exchange's name for a socket; it has eight. */
const MAX_CONN_ID = 64;

const log = roomLogger("session");

/** See the module comment. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #books: BookSync;
  readonly #fetches: Fetches;
  readonly #reader: FrameReader;
  readonly #rowCheck: RowCheck;
  readonly #ended = Promise.withResolvers<void>();
  #emit: (event: ConnectionEvent) => void = () => {};
  #heartbeat: Heartbeat;
  #socket: Socket | undefined;
  /** What came before anybody listened; undefined since somebody does. */
  #early: (string | ArrayBuffer)[] | undefined = [];
  readonly #budget: Budget;
  /** Requests of the hour that are kept for what has to be asked for again. */
  readonly #reserve: number;
  /** What is desired in quick succession goes out together. */
  readonly #flurry = createBudget(FLURRY, FLURRY_MS);
  #budgetWarned = false;
  #floodOver = false;
  #requestsDue = false;
  #ready = false;
  #loginDeadline = Infinity;
  /** Over v3: when the login that was refused is tried again. */
  #loginAgainAt = Infinity;
  /** Why the connection ended; known when {@link run} has. */
  reason = "stopped";
  /** Whether anything useful was received: an answer or data. */
  useful = false;
  /** The exchange refused the credentials: dialling again soon cannot help. */
  loginRefused = false;
  /** The exchange's name for this socket, which its support asks for. */
  connId = "";

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#heartbeat = createHeartbeat(performance.now(), options.timing);
    this.#budget = createBudget(options.timing.requestsPerHour, HOUR_MS);
    this.#reserve = Math.floor(options.timing.requestsPerHour / RESERVED);
    const act = (action: () => void) => this.#act(action);
    const timing = options.timing.books ?? DEFAULT_BOOK_TIMING;
    this.#books = new BookSync({
      subscriptions: options.subscriptions,
      stats: options.stats,
      marks: options.bookMarks,
      // Only v5 repeats a quiet book; in v3 the silence of one says nothing.
      timing: this.#isV3() ? { ...timing, silentMs: Infinity } : timing,
      emit: (event) => this.#emit(event),
      onChanges: (changes) => this.#onChanges(changes),
      requestSnapshot: (key, arg) => this.#fetches.fetchBook(key, arg),
    });
    this.#rowCheck = new RowCheck(options.stats);
    this.#reader = new FrameReader({
      codec: options.codec,
      stats: options.stats,
      congested: options.congested,
      conflationKey: (text) => options.subscriptions.replaceableBy(text),
      onFrame: (frame) => this.#onFrame(frame),
      onFlood: () => this.#end("more frames than could be read"),
      act,
    });
    this.#fetches = new Fetches({
      rest: options.rest,
      pacer: options.restPacer,
      timing: options.timing.lists ?? DEFAULT_LIST_TIMING,
      sign: options.requestSigner,
      stats: options.stats,
      missingSince: options.missingSince,
      openRows: options.openRows,
      onWhole: (key) => act(() => this.#onChanges(options.subscriptions.onWhole(key))),
      onTrouble: (key, refusal) => act(() => this.#onTrouble(key, refusal)),
      onList: (topic, frame) => act(() => this.#onList(topic, frame)),
      onBookSnapshot: (key, row) => act(() => this.#books.onRestSnapshot(key, row)),
      onFault: (error) =>
        act(() => {
          throw error;
        }),
    });
  }

  /** Dials; rejects with the reason. */
  async open(signal: AbortSignal, ipv4Only = false): Promise<void> {
    this.#socket = await openSocket(this.#options.url, {
      onMessage: (data) =>
        this.#early === undefined ? this.#act(() => this.#onRaw(data)) : this.#early.push(data),
      onClose: (reason) => this.#end(this.#mask(reason)),
    }, { dialMs: this.#options.timing.dialMs, signal, ipv4Only });
    this.#heartbeat = createHeartbeat(performance.now(), this.#options.timing);
  }

  /** The number at which a live book is; empty: none is known. */
  bookSeqId(key: string): string {
    return this.#books.seqIdOf(key);
  }

  /** A book is not live before it has reached a number. */
  holdBook(key: string, seqId: string): void {
    this.#act(() => this.#books.waitFor(key, seqId));
  }

  /** Something new is wanted, or no longer; what is said at once goes out together. */
  scheduleRequests(): void {
    if (this.#requestsDue) return;
    this.#requestsDue = true;
    queueMicrotask(() => {
      this.#requestsDue = false;
      this.#act(() => this.#request());
    });
  }

  /** Runs the open connection to its end, telling every event. Rejects with a fault of `emit` or of our own only. */
  async run(signal: AbortSignal, emit: (event: ConnectionEvent) => void): Promise<void> {
    const { timing, subscriptions, signer } = this.#options;
    this.#emit = emit;
    const onAbort = () => this.#end("stopped");
    signal.addEventListener("abort", onAbort);
    const ticks = setInterval(() => this.#act(() => this.#tick()), timing.tickMs);
    try {
      if (signal.aborted) onAbort();
      this.#act(() => {
        this.#emitChanges(subscriptions.onUp());
        if (signer === undefined) this.#ready = true;
        else this.#login(signer);
        this.#request();
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const data of early) this.#onRaw(data);
      });
      await this.#ended.promise;
    } finally {
      this.#floodOver = true;
      clearInterval(ticks);
      signal.removeEventListener("abort", onAbort);
      this.#socket?.close();
      await this.#fetches[Symbol.asyncDispose]();
    }
  }

  /** Nothing is done after the end; a fault ends the connection with it. */
  #act(action: () => void): void {
    if (this.#floodOver) return;
    try {
      action();
    } catch (error) {
      this.#floodOver = true;
      this.#ended.reject(error);
    }
  }

  /** What was taken but is not read yet still counts. */
  #end(reason: string): void {
    this.#reader.finish(() => {
      this.reason = reason;
      this.#floodOver = true;
      this.#ended.resolve();
    });
  }

  #tick(): void {
    const { timing, signer, codec } = this.#options;
    const now = performance.now();
    if (now > this.#loginDeadline) return this.#end("no answer to the login");
    const pulse = this.#heartbeat.check(now);
    if (pulse === "ping") this.#socket?.send(codec.ping);
    if (pulse === "stale") return this.#end(`no answer to a ping within ${timing.pongMs} ms`);
    this.#reader.ease();
    if (signer !== undefined && now >= this.#loginAgainAt) this.#login(signer);
    const { changes, stuck } = this.#options.subscriptions.renew(now, timing.patience);
    this.#emitChanges(changes);
    for (const upstream of this.#rowCheck.torn(Date.now())) {
      this.#onChanges(this.#options.subscriptions.onTorn(upstream, now));
    }
    this.#options.stats.renewals += changes.length;
    const silent = [...stuck, ...this.#books.resyncDue()];
    this.#request();
    if (silent.length > 0) this.#options.onStuck(silent);
  }

  #onRaw(data: string | ArrayBuffer): void {
    this.#heartbeat.onFrame(performance.now());
    this.#reader.take(data);
  }

  #onFrame(frame: Frame): void {
    if (frame.kind === "data") this.#onData(frame);
    else this.#onControl(frame);
  }

  #onData(frame: DataFrame): void {
    const { subscriptions, stats } = this.#options;
    this.useful = true;
    const upstream = subscriptions.route(frame);
    if (upstream !== undefined) return this.#onPush(upstream, frame);
    const { parts, others } = subscriptions.split(frame);
    if (others > 0) stats.unexpected += 1;
    for (const part of parts) this.#onPush(part.upstream, part.frame);
  }

  #onPush(upstream: Upstream, push: DataFrame): void {
    const { subscriptions, stats } = this.#options;
    const [topic] = upstream.list;
    if (topic === undefined || subscriptions.isLate(upstream, push)) return;
    const at = Date.now();
    const { frame: read, foreign, isBroken, isSpoiled, isTorn } = this.#rowCheck.check(upstream, push, at);
    if (foreign.length > 0) this.#onForeign(upstream, push, foreign, at);
    if (isSpoiled && topic.login) this.#fetches.onUnreadable(topic);
    const isLost = isBroken || (isSpoiled && upstream.start !== "none");
    if (isLost && topic.storage !== "book") {
      this.#onChanges(subscriptions.onUnreadable(upstream, performance.now()));
    }
    if (isTorn) this.#onChanges(subscriptions.onTorn(upstream, performance.now()));
    if (isBroken && topic.storage === "view") {
      // Whatever stood before it in the push is older.
      return this.#emit({ kind: "unreadable", topics: upstream.list, at });
    }
    const frame = topic.storage === "view" ? this.#withoutOlder(topic.upstream, read) : read;
    if (frame.rows.length === 0 && push.rows.length > 0) return;
    const changes = subscriptions.onPush(upstream, frame.rows.length, at);
    stats.rows += frame.rows.length;
    if (topic.storage === "book") return this.#books.onFrame(upstream.list, frame, changes);
    if (changes.length > 0) this.#onChanges(changes);
    this.#emit({ kind: "rows", topics: upstream.list, frame, at });
    if (topic.login || topic.noInitialSnapshot || topic.storage === "instruments") {
      this.#fetches.onPushed(topic, frame, performance.now());
    }
  }

  /** Small books without those that are older than one that this or another connection brought. */
  #withoutOlder(key: string, frame: DataFrame): DataFrame {
    const marks = this.#options.bookMarks;
    const rows = (frame.rows as readonly Row[]).filter((row) =>
      marks.take(key, { seqId: seqIdOf(row) ?? "", ts: timeOf(row) })
    );
    return rows.length === frame.rows.length ? frame : { ...frame, rows, text: "", rowsAt: -1 };
  }

  /** Rows of something else are filed under what they are, unless that is subscribed and speaks for itself. */
  #onForeign({ arg, list }: Upstream, push: DataFrame, foreign: readonly unknown[], at: number): void {
    const { subscriptions } = this.#options;
    const rows = foreign.filter((row) => !subscriptions.isDesired(ownArg(arg, row)));
    const frame: DataFrame = { ...push, rows, action: "foreign", text: "", rowsAt: -1 };
    if (rows.length > 0) this.#emit({ kind: "rows", topics: list, frame, at });
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
    this.#emit({ kind: "notice", event: redactEvent(frame.event, mask), at: Date.now() });
    switch (frame.kind) {
      case "ack":
        this.useful = true;
        return this.#onAck(frame);
      case "error":
        return this.#onError({ ...frame, message: redactText(frame.message, mask) });
      case "login":
        this.#ready = true;
        this.#loginDeadline = Infinity;
        if (this.#isV3()) this.#emitChanges(subscriptions.onLogin());
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
    if (this.#isV3() && (!this.#ready || errorAction(frame.code) === "login")) {
      // The one socket has the public data too, which a refused login must not cost.
      this.#emitChanges(subscriptions.refuseAll(refusal, { onlyLogin: true }));
      this.#ready = true;
      this.#loginDeadline = Infinity;
      this.#loginAgainAt = performance.now() + this.#options.timing.loginRetryMs;
      return this.#request();
    }
    if (!this.#ready) {
      const message = withLoginHint(frame.code, frame.message);
      if (errorAction(frame.code) !== "retry") {
        this.loginRefused = true;
        this.#emitChanges(subscriptions.refuseAll({ ...refusal, message }));
      }
      return this.#end(`login refused with ${frame.code}: ${message}`);
    }
    const changes = subscriptions.onError(frame, performance.now());
    for (const { state } of changes) if (state === "refused") stats.refused += 1;
    this.#onChanges(changes);
  }

  #onAck(frame: AckFrame): void {
    const changes = this.#options.subscriptions.onAck(frame, performance.now());
    if (frame.op === "subscribe") {
      const keys = new Set([topicKey(frame.arg), ...changes.map(({ topic }) => topic.upstream)]);
      for (const key of keys) this.#books.expect(key);
    }
    this.#onEnded(changes);
  }

  /** What the exchange itself has ended misses something from now on, on a connection that goes on. */
  #onEnded(changes: readonly Change[]): void {
    const ended = changes.filter(({ state }) => state === "stale" || state === "refused");
    if (ended.length > 0) this.#options.onLost(ended.map(({ topic }) => topic), Date.now());
    this.#onChanges(changes);
  }

  #onChanges(changes: readonly Change[]): void {
    this.#emitChanges(changes);
    this.#findCurrent();
  }

  /** What is current of a subscription has to be found out. */
  #findCurrent(): void {
    const { subscriptions } = this.#options;
    for (const key of subscriptions.takeUnlisted()) {
      this.#fetches.onConfirmed(subscriptions.topicsOf(key));
    }
  }

  #onTrouble(key: string, { code, message }: ExchangeRejection): void {
    const refusal = { code, message: redactText(message, (text) => this.#mask(text)) };
    this.#emitChanges(this.#options.subscriptions.onTrouble(key, refusal));
  }

  #emitChanges(changes: readonly Change[]): void {
    for (const change of changes) this.#emit({ kind: "subscription", ...change, at: Date.now() });
  }

  /** Sends what is due; a full socket or a closed one is found by the heartbeat. */
  #request(): void {
    if (!this.#ready) return;
    this.#findCurrent();
    const { codec, subscriptions } = this.#options;
    const now = performance.now();
    const room = this.#budget.room(now);
    const spare = room - this.#reserve;
    const desireRoom = Math.min(spare, this.#flurry.room(now));
    if (room > 0) {
      const { requests, changes, desired } = subscriptions.due(now, {
        ...{ chunk: codec.chunk, room, desireRoom },
      });
      for (const { op, args, id } of requests) this.#socket?.send(codec.encodeRequest(op, args, id));
      this.#budget.spend(requests.length, now);
      this.#flurry.spend(desired, now);
      this.#emitChanges(changes);
    }
    if (spare > 0) return;
    this.#warnOfBudget();
    const waiting = subscriptions.waiting(now);
    if (waiting.length > 0) this.#options.onCrowded(waiting);
  }

  /** Whether what somebody begins to desire now would have to wait for the hourly budget. */
  get crowded(): boolean {
    return this.#budget.room(performance.now()) <= this.#reserve;
  }

  /** What is still wanted waits, and says so by its state; one line a connection is enough. */
  #warnOfBudget(): void {
    if (this.#budgetWarned) return;
    this.#budgetWarned = true;
    const { url, timing } = this.#options;
    log.warn("The hourly number of requests of a connection is used up but for a reserve", {
      url,
      requestsPerHour: timing.requestsPerHour,
    });
  }

  #login(signer: Signer): void {
    this.#budget.spend(1, performance.now());
    this.#loginAgainAt = Infinity;
    this.#loginDeadline = performance.now() + this.#options.timing.loginMs;
    this.#socket?.send(this.#options.codec.encodeLogin(signer(Math.floor(this.#options.clock() / 1000))));
  }

  #isV3(): boolean {
    return this.#options.codec.name === "v3";
  }

  #onList(topic: Topic, frame: DataFrame): void {
    const { subscriptions } = this.#options;
    const topics = subscriptions.topicsOf(topic.upstream);
    if (topics.length === 0) return;
    subscriptions.countRows(topic.upstream, frame.rows.length);
    this.#emit({ kind: "rows", topics, frame, at: Date.now() });
  }
}

/** The argument with which a row would be subscribed by itself. */
function ownArg(arg: Arg, row: unknown): Arg {
  const own = Object.keys(arg).map((name) => [name, scalarText((row as Row)[name]) ?? arg[name]]);
  return { ...Object.fromEntries(own), channel: arg.channel };
}
