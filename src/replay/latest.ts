/** What a client that subscribes in the middle gets first: a whole book, or the last push. One entry a subscription. */
import type { RecordedPush } from "../recording/frames.ts";
import { isBook, ReplayedBook } from "./book_state.ts";

type Entry = { push: RecordedPush; book: ReplayedBook | undefined };

/** Keeps up with the recording. */
export class Latest {
  readonly #entries = new Map<string, Entry>();

  apply(push: RecordedPush): void {
    const entry = this.#entries.get(push.key) ?? { push, book: undefined };
    this.#entries.set(push.key, entry);
    entry.push = push;
    if (isBook(push)) (entry.book ??= new ReplayedBook()).apply(push);
  }

  /** Returns the first frames for a subscription that takes these pushes. */
  *firstFrames(takes: (push: RecordedPush) => boolean): Iterable<RecordedPush["raw"]> {
    for (const { push, book } of this.#entries.values()) {
      if (!takes(push)) continue;
      const first = book === undefined ? push.raw : book.snapshot(push);
      if (first !== undefined) yield first;
    }
  }
}
