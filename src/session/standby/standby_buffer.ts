/**
 * What the connections of a server have brought while the service stands by: of states, latest rows and books the newest, of
 * series the pushes of the last seconds. What is older has been written by the service that writes. Bounded by time and bytes.
 */
import { snapshotFrame } from "../../model/book_snapshot.ts";
import type { SessionEvent } from "../../model/events.ts";
import { isRow, type Row } from "../../okx/frame.ts";
import { canMissRows, type Topic } from "../../okx/topic.ts";
import type { ReconnectingConnection } from "../connection/reconnecting_connection.ts";

/** An event, and the connection that has brought it; undefined: it is one of the server. */
export type BufferedEvent = {
  readonly connection: ReconnectingConnection | undefined;
  readonly event: SessionEvent;
};

/** How much is kept of the pushes of series. */
export type BufferOptions = { readonly keepMs: number; readonly maxBytes: number };

type BufferEntry = BufferedEvent & { readonly bytes: number; readonly number: number };
type RowsEvent = SessionEvent & { readonly kind: "rows" };

/** Latest rows of one server; more than it has instruments. */
const MAX_ROWS = 100_000;

/** What a row costs beside its text. */
const ROW_BYTES = 200;

/**
 * Returns whether what a topic brings can be buffered: it is current by itself, or a series. What is listed or of an account
 * cannot.
 */
export function isBufferable({ storage, login, keep, merge, absent, noInitialSnapshot }: Topic): boolean {
  if (login || noInitialSnapshot || keep !== undefined) return false;
  if (merge !== undefined || absent !== undefined) return false;
  return storage === "latest" || storage === "bookSnapshot" || storage === "book" || storage === "candle" ||
    storage === "events";
}

/** The events of one server. */
export class StandbyBuffer {
  readonly #options: BufferOptions;
  /** What is said of the server and its paths, by what it is about. */
  readonly #states = new Map<string, BufferEntry>();
  /** Latest rows and books; those of which the newest came last are last. */
  readonly #rows = new Map<string, BufferEntry>();
  /** Pushes of series, and of bars the newest of each. */
  readonly #series = new Map<string, BufferEntry>();
  /** Since when a subscription is live without a break, Unix ms. */
  readonly #liveSince = new Map<string, number>();
  /** The number of the first push that came after its last break. */
  readonly #unbroken = new Map<string, number>();
  /** When the last push of a series came that is not kept any more, Unix ms. */
  readonly #forgotten = new Map<string, number>();
  #count = 0;
  #bytes = 0;

  constructor(options: BufferOptions) {
    this.#options = options;
  }

  /** Takes an event. */
  add(connection: ReconnectingConnection | undefined, event: SessionEvent): void {
    const entry = { connection, event, bytes: 0, number: this.#count++ };
    switch (event.kind) {
      case "rows":
        return this.#addRows(entry, event);
      case "book":
        return void renew(this.#rows, `book\n${event.topics[0]?.upstream}`, entry);
      case "unreadable":
        return void renew(this.#rows, `unreadable\n${event.topics[0]?.upstream}`, entry);
      case "subscription":
        // What else is desired of the same subscription goes on.
        if (event.state === "gone") return void this.#states.delete(`state\n${event.topic.path}`);
        this.#noteState(event);
        return void renew(this.#states, `state\n${event.topic.path}`, entry);
      case "up":
      case "down":
      case "idle":
        return void renew(this.#states, `link\n${event.connection}`, entry);
      case "notice":
        // The service that writes has received it, too.
        return;
      default:
        this.#states.set(`other\n${entry.number}`, entry);
    }
  }

  /**
   * Returns since when all that a subscription has brought is kept, Unix ms; infinite: it is not live.
   */
  bufferedSince(upstream: string, now: number): number {
    this.#forget(now);
    return Math.max(this.#liveSince.get(upstream) ?? Infinity, this.#forgotten.get(upstream) ?? 0);
  }

  /**
   * Returns the rows of a series that are kept and have come since its last break: of these none is missing between two others.
   */
  *rowsOf(upstream: string): Iterable<unknown> {
    const first = this.#unbroken.get(upstream) ?? 0;
    for (const { event, number } of this.#series.values()) {
      if (event.kind !== "rows" || event.topics[0]?.upstream !== upstream || number < first) continue;
      yield* event.frame.rows;
    }
  }

  /** Returns what is kept, in the order in which it is to be taken: states first, then the rows that they are about. */
  *release(): Iterable<BufferedEvent> {
    yield* this.#states.values();
    for (const { connection, event } of this.#rows.values()) {
      if (!("topics" in event) || !this.#isLive(event.topics)) continue;
      const [topic] = event.topics;
      if (event.kind !== "book" || topic === undefined) yield { connection, event };
      else if (event.book.state === "live") {
        yield { connection, event: { ...event, frame: snapshotFrame(topic, event.book) } };
      }
    }
    yield* this.#series.values();
  }

  #isLive(topics: readonly Topic[]): boolean {
    return topics.some(({ upstream }) => this.#liveSince.has(upstream));
  }

  #noteState({ topic: { upstream }, state, at }: SessionEvent & { readonly kind: "subscription" }): void {
    if (state !== "live") {
      this.#liveSince.delete(upstream);
      this.#unbroken.set(upstream, this.#count);
    } else if (!this.#liveSince.has(upstream)) this.#liveSince.set(upstream, at);
  }

  #addRows(entry: BufferEntry, event: RowsEvent): void {
    const { topics: [topic], frame, at } = event;
    if (topic === undefined || frame.action === "foreign") return;
    if (canMissRows(topic)) {
      const [row] = frame.rows;
      const bar = topic.storage === "candle" && frame.rows.length === 1 && Array.isArray(row)
        ? `bar\n${topic.upstream}\n${row[0]}`
        : `${entry.number}`;
      const bytes = frame.text.length + ROW_BYTES * (1 + frame.rows.length);
      const before = renew(this.#series, bar, { ...entry, bytes });
      this.#bytes += bytes - (before?.bytes ?? 0);
      return this.#forget(at);
    }
    if (frame.rows.length === 0) {
      return void renew(this.#rows, `none\n${topic.upstream}`, entry);
    }
    for (const row of frame.rows) {
      const key = `row\n${topic.upstream}\n${nameOf(topic, row)}`;
      if (this.#rows.size >= MAX_ROWS && !this.#rows.has(key)) continue;
      // A message of its own would keep all that was sent with it.
      const single = frame.rows.length === 1 ? frame : { ...frame, rows: [row], text: "", rowsAt: -1 };
      renew(this.#rows, key, { ...entry, event: { ...event, frame: single } });
    }
  }

  #forget(now: number): void {
    const { keepMs, maxBytes } = this.#options;
    for (const [key, { event, bytes }] of this.#series) {
      if (event.at >= now - keepMs && this.#bytes <= maxBytes) return;
      this.#series.delete(key);
      this.#bytes -= bytes;
      if (event.kind === "rows") this.#forgotten.set(event.topics[0]?.upstream ?? "", event.at);
    }
  }
}

/** Puts it behind all others; returns what it replaces. */
function renew(map: Map<string, BufferEntry>, key: string, entry: BufferEntry): BufferEntry | undefined {
  const before = map.get(key);
  map.delete(key);
  map.set(key, entry);
  return before;
}

/** Returns what distinguishes a row from others of its subscription. */
function nameOf({ sentKey, arg }: Topic, row: unknown): string {
  if (!isRow(row)) return "";
  return sentKey.filter((name) => arg[name] === undefined).map((name) => String((row as Row)[name] ?? ""))
    .join("\n");
}
