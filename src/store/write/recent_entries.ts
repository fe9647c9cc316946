/**
 * The entries of streams that Redis has taken lately. A Redis that is back, or another one that replaced it, may lack the
 * last of them: a replica was behind, a file was not written yet, or the server was no master any more when it took them.
 * What is remembered here can be added again; of what is forgotten, or was written by an earlier process, it is known at least
 * that it is gone.
 */
import { Fifo } from "../../shared/fifo.ts";
import { compareStreamIds } from "./stream_id.ts";
import { bytesOf, type Write } from "./write.ts";

type Event = Write & { readonly kind: "append" | "erase" };
type Taken = { readonly write: Event; readonly at: number };

/** What a stream lacks for good: everything behind one id up to another. */
export type LostEntries = {
  readonly key: string;
  /** The last id that the stream has; undefined: it is empty. */
  readonly after: string | undefined;
  readonly upTo: string;
};

/** What Redis lacks of what it had taken. */
export type MissingEntries = {
  /** To be written again, in their order. */
  readonly writes: readonly Write[];
  readonly lost: readonly LostEntries[];
};

/** Longer than sentinels take to find out, as they are set up by default, that a master is gone. */
const KEEP_MS = 60_000;

const MAX_BYTES = 8 * 1024 * 1024;

/** Remembers the newest entries of all streams together. */
export class RecentEntries {
  readonly #keepMs: number;
  readonly #maxBytes: number;
  #events = new Fifo<Taken>();
  #bytes = 0;
  /** The last id that Redis has taken, and the last one that is forgotten, by stream. */
  readonly #taken = new Map<string, string>();
  readonly #forgotten = new Map<string, string>();

  constructor({ keepMs = KEEP_MS, maxBytes = MAX_BYTES } = {}) {
    this.#keepMs = keepMs;
    this.#maxBytes = maxBytes;
  }

  /** Redis has taken these writes; `at` in milliseconds of a clock that only runs. */
  note(writes: readonly Write[], at: number): void {
    for (const write of writes) {
      if (write.kind === "row" && isEmpty(write.row)) this.#remove(write.key);
      if (write.kind !== "append" && write.kind !== "erase") continue;
      this.#events.push({ write, at });
      this.#bytes += bytesOf(write);
      if (write.kind === "append") this.#taken.set(write.key, write.id);
    }
    this.#forget(at);
  }

  /**
   * Notes the last ids of streams that earlier processes have written, undefined for one that is empty: what is there up to
   * them cannot be added again. Of a stream that has taken something of ours more is known already.
   */
  inherit(last: ReadonlyMap<string, string | undefined>): void {
    for (const [key, id] of last) {
      if (id === undefined || this.#taken.get(key) !== this.#forgotten.get(key)) continue;
      if (compareStreamIds(id, this.#taken.get(key)) <= 0) continue;
      this.#taken.set(key, id);
      this.#forgotten.set(key, id);
    }
  }

  /** Returns the streams that have taken something, of ours or of an earlier process. */
  keys(): string[] {
    return [...this.#taken.keys()];
  }

  /**
   * Returns what is missing of streams whose last ids are `last`, undefined for one that is empty. Streams that are not in it
   * are not looked at.
   */
  missing(last: ReadonlyMap<string, string | undefined>): MissingEntries {
    const behind = new Map(
      [...last].filter(([key, id]) => compareStreamIds(id, this.#taken.get(key)) < 0),
    );
    const lost = [...behind].flatMap(([key, after]): LostEntries[] => {
      const upTo = this.#forgotten.get(key);
      return upTo === undefined || compareStreamIds(after, upTo) >= 0 ? [] : [{ key, after, upTo }];
    });
    const writes = this.#events.toArray().map(({ write }) => write).filter((write) =>
      behind.has(write.key) &&
      (write.kind === "erase" || compareStreamIds(behind.get(write.key), write.id) < 0)
    );
    return {
      writes: writes.map((write) => write.kind === "append" ? { ...write, again: true } : write),
      lost,
    };
  }

  #forget(now: number): void {
    for (let next = this.#events.first; next !== undefined; next = this.#events.first) {
      if (now - next.at <= this.#keepMs && this.#bytes <= this.#maxBytes) break;
      const { write } = next;
      this.#events.shift();
      this.#bytes -= bytesOf(write);
      if (write.kind === "append" && this.#taken.has(write.key)) this.#forgotten.set(write.key, write.id);
    }
  }

  /** A stream was deleted by okws itself. */
  #remove(key: string): void {
    if (!this.#taken.delete(key)) return;
    this.#forgotten.delete(key);
    const before = this.#events.toArray();
    this.#events = new Fifo();
    this.#bytes = 0;
    for (const event of before) {
      if (event.write.key === key) continue;
      this.#events.push(event);
      this.#bytes += bytesOf(event.write);
    }
  }
}

function isEmpty(row: Readonly<Record<string, unknown>>): boolean {
  for (const _ in row) return false;
  return true;
}
