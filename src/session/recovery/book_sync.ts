/**
 * What a connection does about its order books: it emits the state of each, and resyncs a broken one by itself. That a
 * book is broken is emitted before anything is done about it. What becomes of a push is returned, and emitted by
 * `frame_pipeline.ts` as that of every other push; only what time, REST or another connection brings is emitted here.
 */
import type { SessionEvent } from "../../model/events.ts";
import type { Arg, DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Stats } from "../../model/stats.ts";
import type { BookMarks } from "./book_marks.ts";
import { type BookTiming, type BookVerdict, OrderBooks } from "./books.ts";
import { BEHIND } from "../subscriptions/rejections.ts";
import type { Change, Subscriptions } from "../subscriptions/subscriptions.ts";

/** What the books need of their connection. */
export type BookSyncOptions = {
  readonly subscriptions: Subscriptions;
  readonly stats: Stats;
  readonly timing: BookTiming;
  readonly marks: BookMarks;
  /** Called with what is said of a book without a push. */
  readonly emit: (event: SessionEvent & { kind: "book" }) => void;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Asks for a REST snapshot; answers false where the exchange has none for the channel. */
  readonly requestSnapshot: (key: string, arg: Arg) => boolean;
};

/** Keeps the order books of one connection in sync. `key` names the upstream subscription. */
export class BookSync {
  readonly #options: BookSyncOptions;
  readonly #books: OrderBooks;
  /** Which desire for a subscription its book is of. */
  readonly #generations = new Map<string, number>();

  constructor(options: BookSyncOptions) {
    this.#options = options;
    this.#books = new OrderBooks(options.timing, options.marks);
  }

  /**
   * Applies a push of a book, and what it changed of the subscription. Returns what the book is by it, which is to be emitted;
   * where that is `broken`, {@link resync} comes after.
   */
  onFrame(key: string, frame: DataFrame, changes: readonly Change[]): BookVerdict {
    const { subscriptions, onChanges } = this.#options;
    this.#follow(key);
    const verdict = this.#books.onFrame(key, frame, performance.now());
    onChanges(changes);
    if (verdict.view.state === "live") onChanges(subscriptions.onBookLive(key));
    else if (this.#books.isBehind(key)) onChanges(subscriptions.onBookBehind(key));
    return verdict;
  }

  /** Applies a REST snapshot; one that is no longer desired is left. */
  onRestSnapshot(key: string, row: Row): void {
    const { subscriptions, onChanges } = this.#options;
    const verdict = this.#books.onRestSnapshot(key, row, performance.now());
    const topics = subscriptions.topicsOf(key);
    if (this.#books.isBehind(key)) onChanges(subscriptions.onBookBehind(key));
    if (verdict === undefined || topics.length === 0) return;
    this.#emit(topics, verdict);
    if (verdict.view.state === "live") onChanges(subscriptions.onBookLive(key));
  }

  /** Returns the number at which a live book is; empty: none is known. */
  seqIdOf(key: string): string {
    return this.#books.seqIdOf(key);
  }

  /** Keeps a book from being live before it has reached a number: what was emitted of it last is of that. */
  waitFor(key: string, seqId: string): void {
    const { subscriptions, onChanges } = this.#options;
    const topics = subscriptions.topicsOf(key);
    if (topics[0] === undefined) return;
    const verdict = this.#books.waitFor(key, topics[0].arg, seqId, performance.now());
    if (verdict === undefined) return;
    onChanges(subscriptions.onBookBehind(key));
    this.#emit(topics, verdict);
  }

  /** Expects a snapshot, which is due from the exchange's answer on. */
  expect(key: string): void {
    const [topic] = this.#options.subscriptions.topicsOf(key);
    if (topic?.storage !== "book") return;
    this.#follow(key);
    this.#books.expect(key, topic.arg, performance.now());
  }

  /**
   * Resyncs the books that fell silent, that do not catch up, and that wait for a REST snapshot. Returns those that fell
   * silent again though they were subscribed again.
   */
  resyncDue(): string[] {
    const { subscriptions, onChanges, requestSnapshot } = this.#options;
    const now = performance.now();
    const stuck: string[] = [];
    for (const { key, verdict } of this.#books.behind(now)) {
      const topics = subscriptions.topicsOf(key);
      if (topics.length > 0) this.#emit(topics, verdict);
      this.resync(key, verdict);
    }
    for (const { key, verdict, again } of this.#books.silent(now)) {
      const topics = subscriptions.topicsOf(key);
      if (topics.length === 0) {
        this.#remove(key);
        continue;
      }
      this.#emit(topics, verdict);
      this.resync(key, verdict);
      if (again) stuck.push(key);
    }
    for (const { key, arg } of this.#books.snapshotsDue(now)) {
      if (subscriptions.topicsOf(key).length === 0) this.#remove(key);
      else if (!requestSnapshot(key, arg)) onChanges(subscriptions.resync(key, now, 0));
    }
    return stuck;
  }

  /** Asks for a broken book again, which was emitted as that. */
  resync(key: string, { broken }: BookVerdict): void {
    if (broken === undefined) return;
    const { subscriptions, stats, onChanges } = this.#options;
    stats.gaps += 1;
    const reason = broken === "behind" ? BEHIND : undefined;
    onChanges(subscriptions.resync(key, performance.now(), this.#books.resyncDelay(key), reason));
  }

  /** A book that is subscribed again has nothing in common with the one of before. */
  #follow(key: string): void {
    const generation = this.#options.subscriptions.generationOf(key);
    if (this.#generations.get(key) === generation) return;
    this.#generations.set(key, generation);
    this.#books.begin(key);
  }

  #remove(key: string): void {
    this.#books.remove(key);
    this.#generations.delete(key);
  }

  #emit(topics: readonly Topic[], { view }: BookVerdict): void {
    this.#options.emit({ kind: "book", topics, frame: undefined, book: view, at: Date.now() });
  }
}
