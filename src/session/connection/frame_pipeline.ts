/**
 * What one connection makes of the frames that it receives, in the order in which they came: whose they are, which rows
 * are left out, what becomes of order books, and what was not pushed and has to be fetched. All of it happens within the
 * message event that brought the frame: no queue and no promise lies between the socket and the writes, which keeps
 * their order, keeps pace with a flood (`deno task bench`), and holds the socket back while this program is busy.
 */
import { roomLogger, sparseWarning } from "../../logging/log.ts";
import type { EventSink, ExchangeRejection, SessionEvent } from "../../model/events.ts";
import type { Stats } from "../../model/stats.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import { scalarText } from "../../okx/exact_json.ts";
import type { Arg, DataFrame, Frame, Row } from "../../okx/frame.ts";
import { seqIdOf, tsOf } from "../../okx/order_book.ts";
import { redactText } from "../../okx/redact.ts";
import type { RequestSigner } from "../../okx/sign.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Pacer } from "../../shared/async/pacer.ts";
import type { BookMarks } from "../recovery/book_marks.ts";
import { BookSync } from "../recovery/book_sync.ts";
import type { BookTiming } from "../recovery/books.ts";
import { Fetches } from "../recovery/fetches.ts";
import type { ListTiming } from "../recovery/missing_from_lists.ts";
import type { OpenRows } from "../recovery/open_rows.ts";
import type { Change, Subscriptions } from "../subscriptions/subscriptions.ts";
import type { Upstream } from "../subscriptions/upstream.ts";
import type { EventSource } from "./event_source.ts";
import { RowCheck } from "./row_check.ts";

/** What the pipeline of a connection shares with its connection, its server and other servers. */
export type FramePipelineOptions = {
  /** The connection, as whose events those of the pipeline are passed on. */
  readonly source: EventSource;
  readonly sink: EventSink<EventSource>;
  readonly subscriptions: Subscriptions;
  readonly stats: Stats;
  readonly bookMarks: BookMarks;
  readonly openRows: OpenRows;
  readonly bookTiming: BookTiming;
  readonly listTiming: ListTiming;
  readonly rest: RestHost;
  readonly restPacer: Pacer;
  readonly requestSigner: RequestSigner | undefined;
  /** Since when a series misses something, in Unix milliseconds; infinite: nothing. */
  readonly missingSince: (key: string) => number;
  /** Takes the login out of what the exchange says. */
  readonly mask: (text: string) => string;
  /** Called with every frame that holds no data. */
  readonly onControl: (frame: Exclude<Frame, { kind: "data" }>) => void;
  /** Runs an action of the connection: not after its end, and a fault of our own ends it. */
  readonly act: (action: () => void) => void;
};

const log = roomLogger("session");

/** One for each connection, from open to close. */
export class FramePipeline {
  readonly #options: FramePipelineOptions;
  readonly #books: BookSync;
  readonly #fetches: Fetches;
  readonly #rowCheck: RowCheck;
  readonly #warn = sparseWarning(log);
  /** Whether data came. */
  hasData = false;
  /** When anything was last received but a pong, in Unix milliseconds; 0: never. */
  receivedAt = 0;

  constructor(options: FramePipelineOptions) {
    this.#options = options;
    const { subscriptions, stats, act } = options;
    this.#rowCheck = new RowCheck(stats);
    this.#books = new BookSync({
      subscriptions,
      stats,
      marks: options.bookMarks,
      timing: options.bookTiming,
      emit: (event) => this.emit(event),
      onChanges: (changes) => this.onChanges(changes),
      requestSnapshot: (key, arg) => this.#fetches.fetchBook(key, arg),
    });
    this.#fetches = new Fetches({
      rest: options.rest,
      pacer: options.restPacer,
      timing: options.listTiming,
      sign: options.requestSigner,
      stats,
      missingSince: options.missingSince,
      openRows: options.openRows,
      onWhole: (key) => act(() => this.onChanges(subscriptions.onWhole(key))),
      onTrouble: (key, refusal) => act(() => this.#onTrouble(key, refusal)),
      onList: (topic, frame) => act(() => this.#onList(topic, frame)),
      onBookSnapshot: (key, row) => act(() => this.#books.onRestSnapshot(key, row)),
      onFault: (error) =>
        act(() => {
          throw error;
        }),
    });
  }

  /**
   * Takes the next frames. What the exchange sends may be anything: a message that cannot be read, or that a later step
   * throws at, is counted and left out; it costs neither the connection nor the messages after it.
   */
  onFrames(frames: readonly Frame[]): void {
    const { subscriptions, onControl, stats } = this.#options;
    for (const frame of frames) {
      try {
        if (frame.kind !== "data") {
          if (frame.kind === "unknown") {
            this.#warn("A message of the exchange is left out", { reason: frame.reason });
          }
          onControl(frame);
          continue;
        }
        this.hasData = true;
        const upstream = subscriptions.route(frame);
        if (upstream !== undefined) this.#onPush(upstream, frame);
        else this.#onSplit(frame);
      } catch (error) {
        stats.unreadable += 1;
        // The kind of the fault and where it is, not what was in the message.
        this.#warn("A message of the exchange cannot be used", { kind: frame.kind, ...faultOf(error) });
      }
    }
  }

  /** A push whose rows are of several subscriptions. */
  #onSplit(frame: DataFrame): void {
    const { subscriptions, stats } = this.#options;
    const { parts, others } = subscriptions.split(frame);
    if (others > 0) stats.unexpected += 1;
    for (const part of parts) this.#onPush(part.upstream, part.frame);
  }

  /** The rows of one subscription: checked, counted, and passed on. */
  #onPush(upstream: Upstream, push: DataFrame): void {
    const { subscriptions, stats, sink, source } = this.#options;
    const [topic] = upstream.list;
    if (topic === undefined || subscriptions.isLate(upstream, push)) return;
    const at = Date.now();
    const { frame: read, foreign, isBroken, isSpoiled, isTorn } = this.#rowCheck.check(upstream, push, at);
    if (foreign.length > 0) this.#onForeign(upstream, push, foreign, at);
    if (isSpoiled && topic.login) this.#fetches.onUnreadable(topic);
    const isLost = isBroken || (isSpoiled && upstream.traits.start !== "none");
    if (isLost && topic.storage !== "book") {
      this.onChanges(subscriptions.onUnreadable(upstream, performance.now()));
    }
    if (isTorn) this.onChanges(subscriptions.onTorn(upstream, performance.now()));
    if (isBroken && topic.storage === "bookSnapshot") {
      // Whatever stood before it in the push is older.
      return this.emit({ kind: "unreadable", topics: upstream.list, at });
    }
    const frame = topic.storage === "bookSnapshot" ? this.#withoutOlder(topic.upstream, read) : read;
    if (frame.rows.length === 0 && push.rows.length > 0) return;
    const changes = subscriptions.onPush(upstream, frame.rows.length, at);
    stats.rows += frame.rows.length;
    if (topic.storage === "book") {
      const verdict = this.#books.onFrame(upstream.key, frame, changes);
      const applied = verdict.applied ? frame : undefined;
      this.receivedAt = at;
      sink.onEvent(source, { kind: "book", topics: upstream.list, frame: applied, book: verdict.view, at });
      // That a book is broken is said before anything is done about it.
      return this.#books.resync(upstream.key, verdict);
    }
    // A small book is there before it is said to be.
    const isSmallBook = topic.storage === "bookSnapshot";
    if (changes.length > 0 && !isSmallBook) this.onChanges(changes);
    this.receivedAt = at;
    sink.onEvent(source, { kind: "rows", topics: upstream.list, frame, at });
    if (changes.length > 0 && isSmallBook) this.onChanges(changes);
    if (topic.login || topic.noInitialSnapshot || topic.storage === "instruments") {
      this.#fetches.onPushed(topic, frame, performance.now());
    }
  }

  /** Passes an event of the connection on. */
  emit(event: SessionEvent): void {
    if (event.kind !== "subscription") this.receivedAt = event.at;
    const { sink, source } = this.#options;
    sink.onEvent(source, event);
  }

  /** Passes on what subscriptions have changed to. */
  emitChanges(changes: readonly Change[]): void {
    for (const change of changes) this.emit({ kind: "subscription", ...change, at: Date.now() });
  }

  /** Emits as {@link emitChanges} does; then finds out what is current of those that have just been confirmed. */
  onChanges(changes: readonly Change[]): void {
    this.emitChanges(changes);
    this.findCurrent();
  }

  /** Fetches what is current of subscriptions whose channel pushes changes alone. */
  findCurrent(): void {
    const { subscriptions } = this.#options;
    for (const key of subscriptions.takeUnlisted()) {
      this.#fetches.onConfirmed(subscriptions.topicsOf(key));
    }
  }

  /** Expects the snapshot of a book, which is due from the exchange's answer on. */
  expectBook(key: string): void {
    this.#books.expect(key);
  }

  /** Returns the number at which a live book is; empty: none is known. */
  bookSeqId(key: string): string {
    return this.#books.seqIdOf(key);
  }

  /** Keeps a book from being live before it has reached a number. */
  waitForBook(key: string, seqId: string): void {
    this.#books.waitFor(key, seqId);
  }

  /**
   * Does what time asks for: snapshots whose last page has not come in time, books that are silent, behind or without a
   * snapshot. Returns the keys of books that fell silent although they were subscribed again before.
   */
  check(): string[] {
    const { subscriptions } = this.#options;
    for (const upstream of this.#rowCheck.torn(Date.now())) {
      this.onChanges(subscriptions.onTorn(upstream, performance.now()));
    }
    return this.#books.resyncDue();
  }

  /** Ends what is being fetched, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetches[Symbol.asyncDispose]();
  }

  /** Small books without those that are older than one that this or another connection brought. */
  #withoutOlder(key: string, frame: DataFrame): DataFrame {
    const marks = this.#options.bookMarks;
    const rows = (frame.rows as readonly Row[]).filter((row) =>
      marks.take(key, { seqId: seqIdOf(row) ?? "", ts: tsOf(row) })
    );
    return rows.length === frame.rows.length ? frame : { ...frame, rows, text: "", rowsAt: -1 };
  }

  /** Rows of something else are filed under what they are, unless that is subscribed by itself. */
  #onForeign({ arg, list }: Upstream, push: DataFrame, foreign: readonly unknown[], at: number): void {
    const { subscriptions } = this.#options;
    const rows = foreign.filter((row) => !subscriptions.isDesired(ownArg(arg, row)));
    const frame: DataFrame = { ...push, rows, action: "foreign", text: "", rowsAt: -1 };
    if (rows.length > 0) this.emit({ kind: "rows", topics: list, frame, at });
  }

  #onTrouble(key: string, { code, message }: ExchangeRejection): void {
    const refusal = { code, message: redactText(message, this.#options.mask) };
    this.emitChanges(this.#options.subscriptions.onTrouble(key, refusal));
  }

  /** Rows that were fetched because the channel does not push them. */
  #onList(topic: Topic, frame: DataFrame): void {
    const { subscriptions } = this.#options;
    const topics = subscriptions.topicsOf(topic.upstream);
    if (topics.length === 0) return;
    subscriptions.countRows(topic.upstream, frame.rows.length);
    this.emit({ kind: "rows", topics, frame, at: Date.now() });
  }
}

/** Returns the argument with which a row would be subscribed by itself. */
function ownArg(arg: Arg, row: unknown): Arg {
  const own = Object.keys(arg).map((name) => [name, scalarText((row as Row)[name]) ?? arg[name]]);
  return { ...Object.fromEntries(own), channel: arg.channel };
}

/** Returns what went wrong and in which file, for the developer who fixes it. */
function faultOf(error: unknown): { reason: string; position: string } {
  if (!(error instanceof Error)) return { reason: String(error), position: "" };
  const position = /([\w-]+\.[tj]s:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
  return { reason: redactText(`${error.name}: ${error.message}`).slice(0, 200), position };
}
