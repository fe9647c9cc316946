/**
 * A sorted set: a map from member to entry beside the entries in order of score, then bytes. The order is kept in
 * blocks, so that an insertion moves one block's worth of memory however large the set is; appending at the end and
 * trimming at the front, which is what time series do, hardly cost anything.
 */

export type ScoredMember = { readonly member: string; readonly score: number };

/** Where an entry is, or would be: a block and an index in it. */
type Spot = { block: number; at: number };

const BLOCK_ENTRIES = 512;

export class SortedSet {
  readonly kind = "zset";
  readonly #entries = new Map<string, ScoredMember>();
  /** None of them is empty. */
  readonly #blocks: ScoredMember[][] = [];

  get size(): number {
    return this.#entries.size;
  }

  score(member: string): number | undefined {
    return this.#entries.get(member)?.score;
  }

  /** Adds the member or moves it. */
  set(member: string, score: number): void {
    const before = this.#entries.get(member);
    if (before !== undefined) this.#remove(before);
    // Redis keeps small sets packed and forgets the sign of a zero there.
    const entry = { member, score: score === 0 ? 0 : score };
    this.#entries.set(member, entry);
    this.#insert(entry);
  }

  delete(member: string): boolean {
    const entry = this.#entries.get(member);
    if (entry === undefined) return false;
    this.#remove(entry);
    return this.#entries.delete(member);
  }

  rank(member: string): number | undefined {
    const entry = this.#entries.get(member);
    return entry === undefined ? undefined : this.#rankOf(this.#find((other) => compare(other, entry) < 0));
  }

  /** Entries in order from `start` up to, not including, `end`. */
  slice(start: number, end: number): ScoredMember[] {
    const found: ScoredMember[][] = [];
    let from = 0;
    for (const block of this.#blocks) {
      if (from >= end) break;
      if (from + block.length > start) found.push(block.slice(Math.max(0, start - from), end - from));
      from += block.length;
    }
    return found.flat();
  }

  /** Removes entries by rank and gives them back. */
  cut(start: number, count: number): ScoredMember[] {
    const removed: ScoredMember[] = [];
    let left = count;
    let block = 0;
    let skip = start;
    while (left > 0) {
      const entries = this.#blocks[block];
      if (entries === undefined) break;
      if (skip >= entries.length) {
        skip -= entries.length;
        block++;
        continue;
      }
      const taken = entries.splice(skip, left);
      for (const entry of taken) removed.push(entry);
      left -= taken.length;
      if (entries.length === 0) this.#blocks.splice(block, 1);
    }
    for (const { member } of removed) this.#entries.delete(member);
    return removed;
  }

  /** Returns how many entries have a score below `score`, or up to it when `inclusive`. */
  countBelow(score: number, inclusive: boolean): number {
    return this.#rankOf(
      this.#find((entry) => entry.score < score || (inclusive && entry.score === score)),
    );
  }

  #insert(entry: ScoredMember): void {
    const spot = this.#find((other) => compare(other, entry) < 0);
    const entries = this.#blocks[spot.block];
    if (entries !== undefined) {
      entries.splice(spot.at, 0, entry);
      if (entries.length > BLOCK_ENTRIES) {
        this.#blocks.splice(spot.block + 1, 0, entries.splice(BLOCK_ENTRIES / 2));
      }
      return;
    }
    const last = this.#blocks.at(-1);
    if (last === undefined || last.length >= BLOCK_ENTRIES) this.#blocks.push([entry]);
    else last.push(entry);
  }

  #remove(entry: ScoredMember): void {
    const { block, at } = this.#find((other) => compare(other, entry) < 0);
    this.#blocks[block]?.splice(at, 1);
    if (this.#blocks[block]?.length === 0) this.#blocks.splice(block, 1);
  }

  /** Returns the first spot where `before` no longer holds. */
  #find(before: (entry: ScoredMember) => boolean): Spot {
    const block = search(this.#blocks, (entries) => {
      const last = entries.at(-1);
      return last !== undefined && before(last);
    });
    return { block, at: search(this.#blocks[block] ?? [], before) };
  }

  #rankOf({ block, at }: Spot): number {
    let rank = at;
    for (let i = 0; i < block; i++) rank += this.#blocks[i]?.length ?? 0;
    return rank;
  }
}

function search<T>(items: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && before(item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(left: ScoredMember, right: ScoredMember): number {
  if (left.score !== right.score) return left.score < right.score ? -1 : 1;
  return left.member < right.member ? -1 : left.member > right.member ? 1 : 0;
}
