/**
 * What came last of each upstream subscription: what is older is left out of all of its paths, and a path that joins one
 * which is live already has it at once, since the exchange sends it nothing of its own until something changes. Streams
 * have nothing that is current, and what is open in an account, or listed, is asked for again.
 */
import { snapshotFrame } from "../../model/book_snapshot.ts";
import type { BookView, SessionEvent } from "../../model/events.ts";
import { type DataFrame, isRow } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { isOrdered, LaggingRows } from "./lagging_rows.ts";
import { idOf } from "./push.ts";

type Rows = SessionEvent & { readonly kind: "rows" };
type Book = SessionEvent & { readonly kind: "book" };

/** Rows of one upstream subscription that are remembered; a family has fewer options. */
const MAX_ROWS = 10_000;

/** What one upstream subscription has brought. `rows`: the newest push of each id, as the exchange sent it. */
type Entry = {
  readonly paths: Set<string>;
  /** The members of a row that name it; undefined: all rows are of the one thing that is subscribed. */
  readonly key: readonly string[] | undefined;
  readonly rows: Map<string, { readonly frame: DataFrame; readonly at: number }>;
  /** The book as it is; its lists change with every push. */
  book: BookView | undefined;
  bookAt: number;
};

/** The newest rows of each upstream subscription of one server. One server. */
export class NewestRows {
  readonly #entries = new Map<string, Entry>();
  /** Wanted paths that nothing has come for. */
  readonly #empty = new Set<string>();
  readonly #lagging: LaggingRows;

  /** `toRedisTime` as of {@link LaggingRows}. */
  constructor(toRedisTime?: (at: number) => number) {
    this.#lagging = new LaggingRows(toRedisTime);
  }

  /**
   * Takes rows that were pushed. Returns them without those that are older than what came last; the same push where none is.
   */
  onRows({ topics, frame, at }: Rows): DataFrame {
    const [topic] = topics;
    const entry = frame.rows.length === 0 ? undefined : this.#serve(topics);
    if (topic === undefined || entry === undefined || !isKept(topic) || frame.action === "backfill") {
      return frame;
    }
    const { key = NO_KEY } = entry;
    let older: Set<unknown> | undefined;
    for (const row of frame.rows) {
      const id = isRow(row) ? idOf(key, row) ?? "" : "";
      if (!this.#keep(entry, topic, id, row, frame, at)) (older ??= new Set()).add(row);
    }
    if (older === undefined) return frame;
    const rows = frame.rows.filter((row) => older?.has(row) !== true);
    return { ...frame, rows, text: "", rowsAt: -1 };
  }

  /** Takes a book after a push, or in another state. */
  onBook({ topics, frame, book, at }: Book): void {
    const entry = this.#serve(topics);
    if (entry === undefined) return;
    entry.book = book;
    if (frame !== undefined || entry.bookAt === 0) entry.bookAt = at;
  }

  /** Takes the state of a path. Returns what it alone is to receive, because nothing else would bring it. */
  onState({ topic, state }: SessionEvent & { readonly kind: "subscription" }): readonly (Rows | Book)[] {
    const { path, upstream } = topic;
    if (state === "gone") {
      const entry = this.#entries.get(upstream);
      entry?.paths.delete(path);
      if (entry?.paths.size === 0) this.#entries.delete(upstream);
      this.#empty.delete(path);
      return NOTHING;
    }
    let entry = this.#entries.get(upstream);
    if (entry === undefined) this.#entries.set(upstream, entry = createEntry(topic));
    if (!entry.paths.has(path)) this.#empty.add(path);
    entry.paths.add(path);
    if (state === "live") return this.#empty.has(path) ? this.#currentOf(topic, entry) : NOTHING;
    // What is not live may have changed since; what says its own time stays until something newer comes. A path that has
    // just joined says nothing of the others.
    if (!this.#empty.has(path)) {
      if (!isOrdered(topic)) entry.rows.clear();
      entry.book = undefined;
      entry.bookAt = 0;
    }
    return NOTHING;
  }

  #currentOf(topic: Topic, { rows, book, bookAt: at }: Entry): readonly (Rows | Book)[] {
    const topics = [topic];
    if (book?.state === "live") {
      const frame = snapshotFrame(topic, book);
      return [{ kind: "book", topics, frame, book, at }];
    }
    const newest = [...rows.values()].toSorted((a, b) => a.at - b.at);
    return newest.map(({ frame, at }) => ({ kind: "rows", topics, frame, at }));
  }

  /** Returns what these paths share; they have something now. */
  #serve(topics: readonly Topic[]): Entry | undefined {
    if (this.#empty.size > 0) topics.forEach(({ path }) => this.#empty.delete(path));
    return topics[0] === undefined ? undefined : this.#entries.get(topics[0].upstream);
  }

  /** Returns whether a row is kept, or would be where there is room for it: whether it is not older than what is. */
  #keep(
    entry: Entry,
    topic: Topic,
    id: string,
    row: unknown,
    { kind, arg, action }: DataFrame,
    at: number,
  ): boolean {
    const before = entry.rows.get(id)?.frame.rows[0];
    if (before === undefined && entry.rows.size >= MAX_ROWS) return true;
    const isOlder = isOrdered(topic) && isRow(before) && isRow(row) &&
      this.#lagging.isOlder(`${topic.upstream}\n${id}`, before, row, at);
    // A message of its own would hold all that was sent with it.
    if (!isOlder) entry.rows.set(id, { frame: { kind, arg, rows: [row], action, text: "" }, at });
    return !isOlder;
  }
}

function createEntry({ arg, sentKey: key }: Topic): Entry {
  const isOne = key.every((name) => arg[name] !== undefined);
  return { paths: new Set(), key: isOne ? undefined : key, rows: new Map(), book: undefined, bookAt: 0 };
}

const NOTHING: readonly (Rows | Book)[] = [];
const NO_KEY: readonly string[] = [];

/** Returns whether the newest row of a subscription says what is current of it. */
function isKept({ storage, login }: Topic): boolean {
  return !login && (storage === "latest" || storage === "bookSnapshot" || storage === "candle");
}
