/**
 * One connection from open to close, telling its events in order. All of its state lives here and is thrown away with
 * it, so that nothing late from this connection can speak on the next one.
 *
 * A frame is decoded and told within the event that brought it: no queue and no promise lies between the socket and the
 * writes. That is what keeps pace with a flood (`deno task bench`), and what holds the socket back when this program
 * is busy.
 */
import { Jobs } from "../async/jobs.ts";
import type { SessionEvent } from "../event.ts";
import { faultAction } from "../okx/fault.ts";
import type { Arg, DataFrame, ErrorFrame, Frame, Row } from "../okx/frame.ts";
import { roomLogger } from "../log.ts";
import type { Codec } from "../okx/codec.ts";
import { redactEvent, redactText } from "../okx/redact.ts";
import type { Signer } from "../okx/sign.ts";
import type { Stats } from "../stats.ts";
import type { Backfill, HoleFilled } from "./backfill.ts";
import { Books, type BookTiming, type BookVerdict, DEFAULT_BOOK_TIMING, seedCall } from "./books.ts";
import { createHeartbeat, type Heartbeat } from "./heartbeat.ts";
import { fetchSeed, seedQuery } from "./seed.ts";
import type { Pacer } from "../async/pacer.ts";
import { sleep } from "../async/sleep.ts";
import { fetchRows } from "../okx/rest.ts";
import { type Topic, topicKey } from "../okx/topic.ts";
import { openSocket, type Socket } from "./socket.ts";
import type { Change, Subscriptions } from "./subscriptions.ts";

/** Deadlines of a connection in milliseconds. */
export type Timing = {
  readonly dialMs: number;
  /** Silence after which a ping is sent; the exchange closes after 30 s of it. */
  readonly idleMs: number;
  readonly pongMs: number;
  readonly loginMs: number;
  /** A refused login is tried again, since keys get repaired, but rarely. */
  readonly loginRetryMs: number;
  readonly tickMs: number;
  readonly books?: BookTiming;
};

/** What suits the live exchange. */
export const DEFAULT_TIMING: Timing = {
  dialMs: 10_000,
  idleMs: 15_000,
  pongMs: 10_000,
  loginMs: 10_000,
  loginRetryMs: 60_000,
  tickMs: 500,
};

/** What a connection needs to know. */
export type ConnectionOptions = {
  readonly url: string;
  readonly rest: string;
  /** What the server speaks. */
  readonly codec: Codec;
  readonly subscriptions: Subscriptions;
  /** Logs in before anything is subscribed. */
  readonly signer: Signer | undefined;
  readonly stats: Stats;
  readonly timing: Timing;
  /** Whether what is received piles up behind Redis: then frames that a newer one replaces are not even read. */
  readonly congested: () => boolean;
  /** Shared by all connections: what the exchange's REST takes from one address. */
  readonly restPacer: Pacer;
  /** Lives as long as the session: it knows what earlier connections received. */
  readonly backfill: Backfill;
};

/** Events of one connection without its `up` and `down`, which its owner adds. */
export type ConnectionEvent = Exclude<SessionEvent, { kind: "up" | "down" | "idle" | "opened" | "closed" }>;

/** Frames of the deflated wire that may wait to be inflated. */
const MAX_WAITING = 20_000;

const log = roomLogger("session");

/** See the module comment. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #books: Books;
  /** Fetches for this connection: lists, what series missed, seeds of books. */
  readonly #jobs = new Jobs();
  /** While congested: the newest frame of each replaceable subscription, unread. */
  readonly #held = new Map<string, string>();
  readonly #ended = Promise.withResolvers<void>();
  #emit: (event: ConnectionEvent) => void = () => {};
  #heartbeat: Heartbeat;
  #socket: Socket | undefined;
  /** What came before anybody listened; undefined since somebody does. */
  #early: (string | ArrayBuffer)[] | undefined = [];
  /** Over v3: frames that are being inflated, one after the other. */
  #inflating: Promise<void> | undefined;
  #waiting = 0;
  #over = false;
  #poked = false;
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
    const timing = options.timing.books ?? DEFAULT_BOOK_TIMING;
    // Only v5 repeats a quiet book; in v3 the silence of one says nothing.
    this.#books = new Books(this.#isV3() ? { ...timing, silentMs: Infinity } : timing);
  }

  /** Dials; rejects with the reason. */
  async open(signal: AbortSignal): Promise<void> {
    this.#socket = await openSocket(this.#options.url, {
      onMessage: (data) =>
        this.#early === undefined ? this.#act(() => this.#onRaw(data)) : this.#early.push(data),
      onClose: (reason) => this.#end(reason),
    }, { dialMs: this.#options.timing.dialMs, signal });
    this.#heartbeat = createHeartbeat(performance.now(), this.#options.timing);
  }

  /** Something new is wanted, or no longer; what is said at once goes out together. */
  poke(): void {
    if (this.#poked) return;
    this.#poked = true;
    queueMicrotask(() => {
      this.#poked = false;
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
        this.#tell(subscriptions.onUp());
        if (signer === undefined) this.#ready = true;
        else this.#login(signer);
        this.#request();
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const data of early) this.#onRaw(data);
      });
      await this.#ended.promise;
    } finally {
      this.#over = true;
      clearInterval(ticks);
      signal.removeEventListener("abort", onAbort);
      this.#socket?.close();
      await this.#jobs[Symbol.asyncDispose]();
    }
  }

  /** Nothing is done after the end; a fault ends the connection with it. */
  #act(action: () => void): void {
    if (this.#over) return;
    try {
      action();
    } catch (error) {
      this.#over = true;
      this.#ended.reject(error);
    }
  }

  /** What is being inflated, and what was held back, still counts. */
  #end(reason: string): void {
    const finish = () =>
      this.#act(() => {
        this.#release();
        this.reason = reason;
        this.#over = true;
        this.#ended.resolve();
      });
    if (this.#inflating === undefined) finish();
    else this.#inflating.then(finish);
  }

  #tick(): void {
    const { timing, signer, codec, congested } = this.#options;
    const now = performance.now();
    if (now > this.#loginDeadline) return this.#end("no answer to the login");
    const pulse = this.#heartbeat.check(now);
    if (pulse === "ping") this.#socket?.send(codec.ping);
    if (pulse === "stale") return this.#end(`no answer to a ping within ${timing.pongMs} ms`);
    if (!congested()) this.#release();
    if (signer !== undefined && now >= this.#loginAgainAt) this.#login(signer);
    this.#mendBooks();
    this.#request();
  }

  #onRaw(data: string | ArrayBuffer): void {
    const { stats, codec } = this.#options;
    this.#heartbeat.onFrame(performance.now());
    stats.messages += 1;
    stats.characters += typeof data === "string" ? data.length : data.byteLength;
    if (this.#hold(data)) return;
    if (this.#held.size > 0) this.#release();
    if (this.#inflating !== undefined) return this.#inflateLater(data);
    const decoded = codec.decode(data);
    if (decoded instanceof Promise) return this.#inflateLater(data, decoded);
    for (const frame of decoded) this.#onFrame(frame);
  }

  /** One after the other, so that order holds. */
  #inflateLater(data: string | ArrayBuffer, decoded?: Promise<readonly Frame[]>): void {
    if (++this.#waiting > MAX_WAITING) return this.#end("more frames than could be read");
    const before = this.#inflating ?? Promise.resolve();
    const work = before.then(() => decoded ?? this.#options.codec.decode(data)).then((frames) => {
      this.#waiting -= 1;
      if (this.#inflating === work) this.#inflating = undefined;
      this.#act(() => {
        for (const frame of frames) this.#onFrame(frame);
      });
    });
    this.#inflating = work;
  }

  #onFrame(frame: Frame): void {
    if (frame.kind === "data") this.#onData(frame);
    else this.#onControl(frame);
  }

  /** Keeps a frame back when it piles up; answers whether it did. Those of v3 do not show whose they are unread. */
  #hold(text: string | ArrayBuffer): boolean {
    if (!this.#options.congested() || typeof text !== "string" || this.#isV3()) return false;
    const place = this.#options.subscriptions.replaceableBy(text);
    if (place === undefined) return false;
    if (this.#held.has(place)) this.#options.stats.skipped += 1;
    this.#held.set(place, text);
    return true;
  }

  #release(): void {
    if (this.#held.size === 0) return;
    const texts = [...this.#held.values()];
    this.#held.clear();
    // A text is decoded at once, whatever the wire.
    const decode = (text: string) => this.#options.codec.decode(text) as readonly Frame[];
    for (const frame of texts.flatMap(decode)) this.#onFrame(frame);
  }

  #onData(frame: DataFrame): void {
    // The words before the data name the instrument in v5 alone.
    const words = this.#isV3() ? "" : frame.text;
    const begins = frame.action === "snapshot" || frame.action === "partial";
    const { topics, changes, late = false } = this.#options.subscriptions.onData(frame.arg, words, {
      begins,
    });
    this.useful = true;
    const [topic] = topics;
    if (topic === undefined) {
      if (!late) this.#options.stats.unexpected += 1;
      return;
    }
    this.#options.stats.rows += frame.rows.length;
    let fresh = frame;
    if (topic.storage !== "latest") {
      fresh = this.#options.backfill.onRows(topic.upstream, topic, frame, Date.now());
      if (fresh.rows.length === 0 && frame.rows.length > 0) return this.#onChanges(changes);
    }
    if (topic.storage === "book") return this.#onBook(topics, fresh, changes);
    if (changes.length > 0) this.#onChanges(changes);
    this.#emit({ kind: "rows", topics, frame: fresh, at: Date.now() });
  }

  /** A broken book says so before anything is done about it; then it alone is subscribed again. */
  #onBook(topics: readonly Topic[], frame: DataFrame, changes: readonly Change[]): void {
    const key = (topics[0] as Topic).upstream;
    const verdict = this.#books.onFrame(key, frame, performance.now());
    const passed = verdict.applied ? frame : undefined;
    const live = verdict.view.state === "live" ? this.#options.subscriptions.onBookLive(key) : [];
    this.#onChanges([...changes, ...live]);
    this.#emit({ kind: "book", topics, frame: passed, book: verdict.view, at: Date.now() });
    this.#resync(key, verdict);
  }

  /** From the exchange's answer on a snapshot is due. */
  #expectBook(key: string): void {
    const [topic] = this.#options.subscriptions.topicsOf(key);
    if (topic?.storage === "book") this.#books.expect(key, topic.arg, performance.now());
  }

  #resync(key: string, verdict: BookVerdict): void {
    if (verdict.broken === undefined) return;
    this.#options.stats.gaps += 1;
    this.#tell(this.#options.subscriptions.resync(key, performance.now(), this.#books.mendDelay(key)));
  }

  #mendBooks(): void {
    const { subscriptions } = this.#options;
    for (const { key, verdict } of this.#books.silent(performance.now())) {
      const topics = subscriptions.topicsOf(key);
      if (topics.length === 0) this.#books.remove(key);
      else {
        this.#emit({ kind: "book", topics, frame: undefined, book: verdict.view, at: Date.now() });
        this.#resync(key, verdict);
      }
    }
    for (const { key, arg } of this.#books.seedsDue(performance.now())) {
      if (subscriptions.topicsOf(key).length === 0) this.#books.remove(key);
      else if (seedCall(arg) !== undefined) this.#seedBook(key, arg);
      else this.#tell(subscriptions.resync(key, performance.now(), 0));
    }
  }

  #onControl(frame: Exclude<Frame, { kind: "data" }>): void {
    const { subscriptions, stats } = this.#options;
    if (frame.kind === "pong") return;
    if (frame.kind === "unknown") {
      stats.unreadable += 1;
      return;
    }
    if (typeof frame.event.connId === "string") this.connId = frame.event.connId;
    this.#emit({ kind: "notice", event: redactEvent(frame.event), at: Date.now() });
    switch (frame.kind) {
      case "ack":
        this.useful = true;
        if (frame.op === "subscribe") this.#expectBook(topicKey(frame.arg));
        return this.#onChanges(subscriptions.onAck(frame, performance.now()));
      case "error":
        return this.#onError({ ...frame, message: redactText(frame.message) });
      case "login":
        this.#ready = true;
        this.#loginDeadline = Infinity;
        if (this.#isV3()) this.#tell(subscriptions.onLogin());
        return this.#request();
      case "notice": {
        const { event: name, channel, connCount } = frame.event;
        if (name !== "channel-conn-count-error") return;
        return this.#onChanges(subscriptions.onTooMany(String(channel), String(connCount)));
      }
    }
  }

  #onError(frame: ErrorFrame): void {
    const { subscriptions, stats } = this.#options;
    const refusal = { code: frame.code, message: frame.message };
    if (this.#isV3() && (!this.#ready || faultAction(frame.code) === "login")) {
      // The one socket has the public data too, which a refused login must not cost.
      this.#tell(subscriptions.refuseAll(refusal, { onlyLogin: true }));
      this.#ready = true;
      this.#loginDeadline = Infinity;
      this.#loginAgainAt = performance.now() + this.#options.timing.loginRetryMs;
      return this.#request();
    }
    if (!this.#ready) {
      if (faultAction(frame.code) !== "retry") {
        this.loginRefused = true;
        this.#tell(subscriptions.refuseAll(refusal));
      }
      return this.#end(`login refused with ${frame.code}: ${frame.message}`);
    }
    const changes = subscriptions.onError(frame, performance.now());
    for (const { state } of changes) if (state === "refused") stats.refused += 1;
    this.#onChanges(changes);
  }

  #onChanges(changes: readonly Change[]): void {
    this.#tell(changes);
    for (const { topic, state } of changes) {
      if (state !== "live") continue;
      if (topic.endpoint !== "v3") this.#seed(topic);
      this.#fill(topic);
    }
  }

  #tell(changes: readonly Change[]): void {
    for (const change of changes) this.#emit({ kind: "subscription", ...change, at: Date.now() });
  }

  /** Sends what is due; a full socket or a closed one is found by the heartbeat. */
  #request(): void {
    if (!this.#ready) return;
    const { codec, subscriptions } = this.#options;
    const { requests, changes } = subscriptions.due(performance.now(), { chunk: codec.chunk });
    for (const { op, args, id } of requests) this.#socket?.send(codec.encodeRequest(op, args, id));
    this.#tell(changes);
  }

  #login(signer: Signer): void {
    this.#loginAgainAt = Infinity;
    this.#loginDeadline = performance.now() + this.#options.timing.loginMs;
    this.#socket?.send(this.#options.codec.encodeLogin(signer(Math.floor(Date.now() / 1000))));
  }

  #isV3(): boolean {
    return this.#options.codec.name === "v3";
  }

  /** The full list of a channel that pushes changes only. */
  #seed(topic: Topic): void {
    const query = seedQuery(topic);
    if (query === undefined) return;
    const { rest, subscriptions } = this.#options;
    const deliver = (frame: DataFrame) =>
      this.#act(() => {
        const topics = subscriptions.topicsOf(topic.upstream);
        if (topics.length > 0) this.#emit({ kind: "rows", topics, frame, at: Date.now() });
      });
    this.#jobs.start((signal) => fetchSeed(rest, topic.arg, query, signal), deliver, this.#onFault);
  }

  /** What a series missed; the first of the topics of one upstream fetches it for all. */
  #fill(topic: Topic): void {
    const { rest, backfill } = this.#options;
    const turn = () => this.#turn();
    const task = (signal: AbortSignal) => backfill.onLive(topic, Date.now(), { rest, turn, signal });
    this.#jobs.start(task, (filled) => this.#act(() => this.#onFilled(filled)), this.#onFault);
  }

  #onFilled({ key, arg, rows, hole }: HoleFilled): void {
    const topics = this.#options.subscriptions.topicsOf(key);
    const at = Date.now();
    if (topics.length > 0 && rows.length > 0) {
      this.#emit({ kind: "rows", topics, frame: { kind: "data", arg, rows, action: "fill", text: "" }, at });
    }
    for (const topic of topics) this.#emit({ kind: "hole", topic, ...hole, at });
  }

  #seedBook(key: string, arg: Arg): void {
    const call = seedCall(arg);
    if (call === undefined) return;
    const task = async (signal: AbortSignal) => {
      await this.#turn();
      return signal.aborted
        ? undefined
        : (await fetchRows(this.#options.rest, call.path, call.query, signal))[0];
    };
    const deliver = (row: DataFrame["rows"][number]) =>
      this.#act(() => {
        const verdict = this.#books.onSeed(key, row as Row, performance.now());
        const topics = this.#options.subscriptions.topicsOf(key);
        if (verdict === undefined || topics.length === 0) return;
        this.#emit({ kind: "book", topics, frame: undefined, book: verdict.view, at: Date.now() });
        this.#tell(this.#options.subscriptions.onBookLive(key));
      });
    const onFailure = (error: unknown) =>
      log.warn("Cannot fetch a book yet", { ...call.query, reason: String(error) });
    this.#jobs.start(task, deliver, onFailure);
  }

  /** Waits for a turn in the pace that the exchange's REST allows. */
  #turn(): Promise<void> {
    return sleep(this.#options.restPacer.take(performance.now()), this.#jobs.signal);
  }

  readonly #onFault = (error: unknown): void =>
    this.#act(() => {
      throw error;
    });
}
