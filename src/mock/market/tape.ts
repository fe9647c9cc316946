/**
 * Every match of one instrument since somebody first listened to its trades, as numbers alone: what a test needs to
 * say which trades a client should have. Bounded; the oldest half goes when it is full.
 */

/** One match: its fills have the ids `lastId - count + 1` to `lastId`. */
export type TapeEntry = readonly [lastId: number, count: number, timeMs: number];

const MOST = 200_000;

export class Tape {
  #entries: TapeEntry[] = [];
  #fromId: number;
  #lastId: number;

  /** `lastId`: the last trade before the tape begins. */
  constructor(lastId: number) {
    this.#fromId = lastId + 1;
    this.#lastId = lastId;
  }

  /** The first id that the tape knows of. */
  get fromId(): number {
    return this.#fromId;
  }

  get lastId(): number {
    return this.#lastId;
  }

  add(lastId: number, count: number, timeMs: number): void {
    this.#entries.push([lastId, count, timeMs]);
    this.#lastId = lastId;
    if (this.#entries.length <= MOST) return;
    this.#entries = this.#entries.slice(MOST / 2);
    const [first] = this.#entries;
    if (first !== undefined) this.#fromId = first[0] - first[1] + 1;
  }

  /** Matches later than this id, oldest first. */
  after(id: number): TapeEntry[] {
    let from = this.#entries.length;
    while (from > 0 && this.#entries[from - 1]![0] > id) from--;
    return this.#entries.slice(from);
  }
}
