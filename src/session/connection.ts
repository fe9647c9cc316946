/**
 * One connection from open to close, as a stream of session events. All of its state lives here and is thrown away
 * with it, so that nothing late from this connection can speak on the next one.
 */
import { Queue } from "../async/queue.ts";
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
import { createHeartbeat } from "./heartbeat.ts";
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

type Inbound =
  | { readonly kind: "raw"; readonly data: string | ArrayBuffer }
  | { readonly kind: "seed"; readonly frame: DataFrame }
  | { readonly kind: "filled"; readonly filled: HoleFilled }
  | { readonly kind: "bookSeed"; readonly key: string; readonly arg: Arg; readonly row: Row }
  | { readonly kind: "tick" | "poke" }
  | { readonly kind: "closed"; readonly reason: string };

/** Events of one connection without its `up` and `down`, which its owner adds. */
export type ConnectionEvent = Exclude<SessionEvent, { kind: "up" | "down" | "idle" | "opened" | "closed" }>;

/** Frames that may wait to be decoded; decoding keeps pace with the socket, so this is never reached in health. */
const MAX_INBOX = 50_000;

const log = roomLogger("session");

/** See the module comment. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #inbox = new Queue<Inbound>(MAX_INBOX);
  readonly #books: Books;
  readonly #seeds = new AbortController();
  readonly #pendingSeeds = new Set<Promise<void>>();
  /** While congested: the newest frame of each replaceable subscription, unread. */
  readonly #held = new Map<string, string>();
  #socket: Socket | undefined;
  #ready = false;
  #loginDeadline = Infinity;
  /** Over v3: when the login that was refused is tried again. */
  #loginAgainAt = Infinity;
  /** Why the connection ended; known when the stream of events is over. */
  reason = "stopped";
  /** Whether anything useful was received: an answer or data. */
  useful = false;
  /** The exchange refused the credentials: dialling again soon cannot help. */
  loginRefused = false;
  /** The exchange's name for this socket, which its support asks for. */
  connId = "";

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const timing = options.timing.books ?? DEFAULT_BOOK_TIMING;
    // Only v5 repeats a quiet book; in v3 the silence of one says nothing.
    this.#books = new Books(this.#isV3() ? { ...timing, silentMs: Infinity } : timing);
  }

  /** Dials; rejects with the reason. */
  async open(signal: AbortSignal): Promise<void> {
    this.#socket = await openSocket(this.#options.url, {
      onMessage: (data) => {
        if (!this.#inbox.push({ kind: "raw", data })) this.#end("more frames than could be read");
      },
      onClose: (reason) => this.#end(reason),
    }, { dialMs: this.#options.timing.dialMs, signal });
  }

  /** Something new is wanted, or no longer. */
  poke(): void {
    this.#inbox.push({ kind: "poke" });
  }

  /** Runs the open connection to its end. */
  async *events(signal: AbortSignal): AsyncGenerator<ConnectionEvent, void, void> {
    const { timing, subscriptions, signer, stats, codec } = this.#options;
    const heartbeat = createHeartbeat(performance.now(), timing);
    const onAbort = () => this.#end("stopped");
    signal.addEventListener("abort", onAbort);
    const ticks = setInterval(() => this.#inbox.push({ kind: "tick" }), timing.tickMs);
    try {
      if (signal.aborted) onAbort();
      yield* toEvents(subscriptions.onUp());
      if (signer === undefined) this.#ready = true;
      else this.#login(signer);
      yield* this.#request();
      for await (const item of this.#inbox) {
        switch (item.kind) {
          case "raw": {
            heartbeat.onFrame(performance.now());
            stats.messages += 1;
            stats.characters += typeof item.data === "string" ? item.data.length : item.data.byteLength;
            if (this.#hold(item.data)) break;
            if (this.#held.size > 0) yield* this.#release();
            const decoded = codec.decode(item.data);
            // Only a promise is awaited: v5 decodes at once, and a promise for each frame would cost it dearly.
            for (const frame of decoded instanceof Promise ? await decoded : decoded) {
              // Not yield*, which would cost several promises for each value here.
              for (const event of this.#onFrame(frame)) yield event;
            }
            break;
          }
          case "seed": {
            const { topics } = subscriptions.onData(item.frame.arg, "");
            yield { kind: "rows", topics, frame: item.frame, at: Date.now() };
            break;
          }
          case "filled":
            yield* this.#onFilled(item.filled);
            break;
          case "bookSeed": {
            const verdict = this.#books.onSeed(item.key, item.row, performance.now());
            const { topics } = subscriptions.onData(item.arg, "");
            if (verdict !== undefined) {
              yield { kind: "book", topics, frame: undefined, book: verdict.view, at: Date.now() };
              yield* toEvents(subscriptions.onBookLive(item.key));
            }
            break;
          }
          case "tick":
          case "poke": {
            if (performance.now() > this.#loginDeadline) this.#end("no answer to the login");
            const pulse = heartbeat.check(performance.now());
            if (pulse === "ping") this.#socket?.send(codec.ping);
            if (pulse === "stale") this.#end(`no answer to a ping within ${timing.pongMs} ms`);
            if (!this.#options.congested()) yield* this.#release();
            if (signer !== undefined && performance.now() >= this.#loginAgainAt) this.#login(signer);
            yield* this.#mendBooks();
            yield* this.#request();
            break;
          }
          case "closed":
            yield* this.#release();
            this.reason = item.reason;
            return;
        }
      }
    } finally {
      clearInterval(ticks);
      signal.removeEventListener("abort", onAbort);
      this.#socket?.close();
      this.#seeds.abort();
      await Promise.all(this.#pendingSeeds);
    }
  }

  *#onFrame(frame: Frame): Generator<ConnectionEvent> {
    if (frame.kind !== "data") return yield* this.#onControl(frame);
    const event = this.#onData(frame);
    if (event.changes.length > 0) yield* this.#onChanges(event.changes);
    if (event.rows !== undefined) yield event.rows;
  }

  /** Keeps a frame back when it piles up; answers whether it did. Those of v3 do not show whose they are unread. */
  #hold(text: string | ArrayBuffer): boolean {
    if (typeof text !== "string" || this.#isV3() || !this.#options.congested()) return false;
    const place = this.#options.subscriptions.replaceableBy(text);
    if (place === undefined) return false;
    if (this.#held.has(place)) this.#options.stats.skipped += 1;
    this.#held.set(place, text);
    return true;
  }

  *#release(): Generator<ConnectionEvent> {
    const texts = [...this.#held.values()];
    this.#held.clear();
    // A text is decoded at once, whatever the wire.
    const decode = (text: string) => this.#options.codec.decode(text) as readonly Frame[];
    for (const frame of texts.flatMap(decode)) yield* this.#onFrame(frame);
  }

  #onData(frame: DataFrame): { changes: Change[]; rows: ConnectionEvent | undefined } {
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
      return { changes, rows: undefined };
    }
    this.#options.stats.rows += frame.rows.length;
    if (topic.storage !== "latest") {
      const fresh = this.#options.backfill.onRows(topic.upstream, topic, frame, Date.now());
      if (fresh.rows.length === 0 && frame.rows.length > 0) return { changes, rows: undefined };
      frame = fresh;
    }
    if (topic.storage === "book") return this.#onBook(topics, frame, changes);
    return { changes, rows: { kind: "rows", topics, frame, at: Date.now() } };
  }

  /** A broken book says so before anything is done about it; then it alone is subscribed again. */
  #onBook(
    topics: readonly Topic[],
    frame: DataFrame,
    changes: Change[],
  ): { changes: Change[]; rows: ConnectionEvent } {
    const key = (topics[0] as Topic).upstream;
    const verdict = this.#books.onFrame(key, frame, performance.now());
    const passed = verdict.applied ? frame : undefined;
    const rows: ConnectionEvent = { kind: "book", topics, frame: passed, book: verdict.view, at: Date.now() };
    const live = verdict.view.state === "live" ? this.#options.subscriptions.onBookLive(key) : [];
    return { changes: [...changes, ...live, ...this.#resync(key, verdict)], rows };
  }

  /** From the exchange's answer on a snapshot is due. */
  #expectBook(key: string): void {
    const [topic] = this.#options.subscriptions.topicsOf(key);
    if (topic?.storage === "book") this.#books.expect(key, topic.arg, performance.now());
  }

  #resync(key: string, verdict: BookVerdict): Change[] {
    if (verdict.broken === undefined) return [];
    this.#options.stats.gaps += 1;
    return this.#options.subscriptions.resync(key, performance.now(), this.#books.mendDelay(key));
  }

  *#mendBooks(): Generator<ConnectionEvent> {
    const { subscriptions } = this.#options;
    for (const { key, verdict } of this.#books.silent(performance.now())) {
      const topics = subscriptions.topicsOf(key);
      if (topics.length === 0) this.#books.remove(key);
      else {
        yield { kind: "book", topics, frame: undefined, book: verdict.view, at: Date.now() };
        yield* toEvents(this.#resync(key, verdict));
      }
    }
    for (const { key, arg } of this.#books.seedsDue(performance.now())) {
      if (subscriptions.topicsOf(key).length === 0) this.#books.remove(key);
      else if (seedCall(arg) !== undefined) this.#seedBook(key, arg);
      else yield* toEvents(subscriptions.resync(key, performance.now(), 0));
    }
  }

  *#onControl(frame: Exclude<Frame, { kind: "data" }>): Generator<ConnectionEvent> {
    const { subscriptions, stats } = this.#options;
    if (frame.kind === "pong") return;
    if (frame.kind === "unknown") {
      stats.unreadable += 1;
      return;
    }
    if (typeof frame.event.connId === "string") this.connId = frame.event.connId;
    const notice: Row = redactEvent(frame.event);
    yield { kind: "notice", event: notice, at: Date.now() };
    switch (frame.kind) {
      case "ack":
        this.useful = true;
        if (frame.op === "subscribe") this.#expectBook(topicKey(frame.arg));
        return yield* this.#onChanges(subscriptions.onAck(frame, performance.now()));
      case "error":
        return yield* this.#onError({ ...frame, message: redactText(frame.message) });
      case "login":
        this.#ready = true;
        this.#loginDeadline = Infinity;
        if (this.#isV3()) yield* toEvents(subscriptions.onLogin());
        return yield* this.#request();
      case "notice": {
        const { event: name, channel, connCount } = frame.event;
        if (name !== "channel-conn-count-error") return;
        return yield* this.#onChanges(subscriptions.onTooMany(String(channel), String(connCount)));
      }
    }
  }

  *#onError(frame: ErrorFrame): Generator<ConnectionEvent> {
    const { subscriptions, stats } = this.#options;
    const refusal = { code: frame.code, message: frame.message };
    if (this.#isV3() && (!this.#ready || faultAction(frame.code) === "login")) {
      // The one socket has the public data too, which a refused login must not cost.
      yield* toEvents(subscriptions.refuseAll(refusal, { onlyLogin: true }));
      this.#ready = true;
      this.#loginDeadline = Infinity;
      this.#loginAgainAt = performance.now() + this.#options.timing.loginRetryMs;
      return yield* this.#request();
    }
    if (!this.#ready) {
      if (faultAction(frame.code) !== "retry") {
        this.loginRefused = true;
        yield* toEvents(subscriptions.refuseAll(refusal));
      }
      return this.#end(`login refused with ${frame.code}: ${frame.message}`);
    }
    const changes = subscriptions.onError(frame, performance.now());
    for (const { state } of changes) if (state === "refused") stats.refused += 1;
    yield* this.#onChanges(changes);
  }

  *#onChanges(changes: readonly Change[]): Generator<ConnectionEvent> {
    yield* toEvents(changes);
    for (const { topic, state } of changes) {
      if (state !== "live") continue;
      if (topic.endpoint !== "v3") this.#seed(topic);
      this.#fill(topic);
    }
  }

  /** Sends what is due; a full socket or a closed one is found by the heartbeat. */
  *#request(): Generator<ConnectionEvent> {
    if (!this.#ready) return;
    const { codec } = this.#options;
    const { requests, changes } = this.#options.subscriptions.due(performance.now(), { chunk: codec.chunk });
    for (const { op, args, id } of requests) this.#socket?.send(codec.encodeRequest(op, args, id));
    yield* toEvents(changes);
  }

  #login(signer: Signer): void {
    this.#loginAgainAt = Infinity;
    this.#loginDeadline = performance.now() + this.#options.timing.loginMs;
    this.#socket?.send(this.#options.codec.encodeLogin(signer(Math.floor(Date.now() / 1000))));
  }

  #isV3(): boolean {
    return this.#options.codec.name === "v3";
  }

  #seed(topic: Change["topic"]): void {
    const query = seedQuery(topic);
    if (query === undefined) return;
    const { signal } = this.#seeds;
    const work = fetchSeed(this.#options.rest, topic.arg, query, signal).then((frame) => {
      if (frame !== undefined && !signal.aborted) this.#inbox.push({ kind: "seed", frame });
    }).finally(() => this.#pendingSeeds.delete(work));
    this.#pendingSeeds.add(work);
  }

  *#onFilled({ key, arg, rows, hole }: HoleFilled): Generator<ConnectionEvent> {
    const topics = this.#options.subscriptions.topicsOf(key);
    const at = Date.now();
    if (topics.length > 0 && rows.length > 0) {
      yield { kind: "rows", topics, frame: { kind: "data", arg, rows, action: "fill", text: "" }, at };
    }
    for (const topic of topics) yield { kind: "hole", topic, ...hole, at };
  }

  /** Fetches what a series missed; the first of the topics of one upstream does it for all. */
  #fill(topic: Topic): void {
    const { rest, restPacer, backfill } = this.#options;
    const { signal } = this.#seeds;
    const turn = () => sleep(restPacer.take(performance.now()), signal);
    const work = backfill.onLive(topic, Date.now(), { rest, turn, signal }).then((filled) => {
      if (filled !== undefined && !signal.aborted) this.#inbox.push({ kind: "filled", filled });
    }).finally(() => this.#pendingSeeds.delete(work));
    this.#pendingSeeds.add(work);
  }

  #seedBook(key: string, arg: Arg): void {
    const call = seedCall(arg);
    if (call === undefined) return;
    const { signal } = this.#seeds;
    const { rest, restPacer } = this.#options;
    const work = (async () => {
      await sleep(restPacer.take(performance.now()), signal);
      if (signal.aborted) return;
      const [row] = await fetchRows(rest, call.path, call.query, signal);
      if (row !== undefined && !signal.aborted) this.#inbox.push({ kind: "bookSeed", key, arg, row });
    })().catch((error) => {
      if (!signal.aborted) log.warn("Cannot fetch a book yet", { ...call.query, reason: String(error) });
    }).finally(() => this.#pendingSeeds.delete(work));
    this.#pendingSeeds.add(work);
  }

  #end(reason: string): void {
    // A full inbox must not keep the end from being seen.
    if (!this.#inbox.push({ kind: "closed", reason })) {
      this.reason = reason;
      this.#inbox.close();
    }
  }
}

function* toEvents(changes: readonly Change[]): Generator<ConnectionEvent> {
  for (const change of changes) yield { kind: "subscription", ...change, at: Date.now() };
}
