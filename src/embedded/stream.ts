/**
 * A stream: entries in order of id. An id is one bigint, milliseconds in the upper 64 bits and the sequence in the
 * lower, so that comparing and stepping are plain arithmetic.
 */

export type StreamEntry = { readonly id: bigint; readonly fields: readonly string[] };

/** How far an approximate trim may leave more than asked for: Redis frees whole nodes of this many entries. */
const NODE_ENTRIES = 100;
const SEQUENCE_MASK = 2n ** 64n - 1n;

export const MAX_ID = 2n ** 128n - 1n;

export function makeId(milliseconds: bigint, sequence: bigint): bigint {
  return (milliseconds << 64n) | sequence;
}

export function millisecondsOf(id: bigint): bigint {
  return id >> 64n;
}

export function sequenceOf(id: bigint): bigint {
  return id & SEQUENCE_MASK;
}

export function formatId(id: bigint): string {
  return `${id >> 64n}-${id & SEQUENCE_MASK}`;
}

export class Stream {
  readonly kind = "stream";
  readonly #entries: StreamEntry[] = [];
  lastId = 0n;
  /** The highest id that was deleted by name; Redis does not count what a trim removes. */
  maxDeletedId = 0n;
  added = 0;

  get size(): number {
    return this.#entries.length;
  }

  at(index: number): StreamEntry | undefined {
    return this.#entries.at(index);
  }

  /** Returns the id that `*` stands for at this moment; undefined when there is none left. */
  nextId(now: number): bigint | undefined {
    const id = makeId(BigInt(now), 0n);
    if (id > this.lastId) return id;
    return this.lastId === MAX_ID ? undefined : this.lastId + 1n;
  }

  /** The caller has made sure that `id` is above `lastId`. */
  append(id: bigint, fields: readonly string[]): void {
    this.#entries.push({ id, fields });
    this.lastId = id;
    this.added++;
  }

  /** Entries with `from` <= id <= `to`, oldest first or newest first, at most `count` of them. */
  range(from: bigint, to: bigint, options: { count?: number; reverse?: boolean } = {}): StreamEntry[] {
    const { count = Infinity, reverse = false } = options;
    const start = this.#countBelow(from);
    const end = this.#countBelow(to + 1n);
    if (!reverse) return this.#entries.slice(start, Math.min(end, start + count));
    return this.#entries.slice(Math.max(start, end - count), Math.max(start, end)).reverse();
  }

  delete(id: bigint): boolean {
    const index = this.#countBelow(id);
    if (this.#entries[index]?.id !== id) return false;
    this.#entries.splice(index, 1);
    if (id > this.maxDeletedId) this.maxDeletedId = id;
    return true;
  }

  /** Drops the oldest entries beyond a length or below an id; returns how many. */
  trim(rule: { maxLength: number } | { minId: bigint }, approximateLimit?: number): number {
    let excess = "maxLength" in rule ? this.size - rule.maxLength : this.#countBelow(rule.minId);
    if (approximateLimit !== undefined) {
      const allowed = approximateLimit > 0 ? Math.min(excess, approximateLimit) : excess;
      // The last node goes too when nothing in it is to stay.
      excess = allowed >= this.size ? this.size : Math.floor(allowed / NODE_ENTRIES) * NODE_ENTRIES;
    }
    if (excess <= 0) return 0;
    return this.#entries.splice(0, excess).length;
  }

  #countBelow(id: bigint): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
