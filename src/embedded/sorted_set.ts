/**
 * A sorted set: a map from member to entry beside an array in order of score, then bytes. Appending at the end and
 * trimming at the front, which is what time series do, are cheap; an insertion in the middle moves memory.
 */

export type ScoredMember = { readonly member: string; readonly score: number };

export class SortedSet {
  readonly kind = "zset";
  readonly #entries = new Map<string, ScoredMember>();
  readonly #order: ScoredMember[] = [];

  get size(): number {
    return this.#order.length;
  }

  score(member: string): number | undefined {
    return this.#entries.get(member)?.score;
  }

  /** Adds the member or moves it. */
  set(member: string, score: number): void {
    const before = this.#entries.get(member);
    if (before !== undefined) this.#order.splice(this.#place(before), 1);
    // Redis keeps small sets packed and forgets the sign of a zero there.
    const entry = { member, score: score === 0 ? 0 : score };
    this.#entries.set(member, entry);
    const last = this.#order[this.#order.length - 1];
    if (last === undefined || compare(last, entry) < 0) this.#order.push(entry);
    else this.#order.splice(this.#place(entry), 0, entry);
  }

  delete(member: string): boolean {
    const entry = this.#entries.get(member);
    if (entry === undefined) return false;
    this.#order.splice(this.#place(entry), 1);
    return this.#entries.delete(member);
  }

  rank(member: string): number | undefined {
    const entry = this.#entries.get(member);
    return entry === undefined ? undefined : this.#place(entry);
  }

  /** Entries in order from `start` up to, not including, `end`. */
  slice(start: number, end: number): ScoredMember[] {
    return this.#order.slice(start, end);
  }

  /** Removes entries by place and gives them back. */
  cut(start: number, count: number): ScoredMember[] {
    const removed = this.#order.splice(start, count);
    for (const { member } of removed) this.#entries.delete(member);
    return removed;
  }

  /** How many entries have a score below `score`, or up to it when `inclusive`. */
  countBelow(score: number, inclusive: boolean): number {
    return this.#search((entry) => entry.score < score || (inclusive && entry.score === score));
  }

  #place(entry: ScoredMember): number {
    return this.#search((other) => compare(other, entry) < 0);
  }

  /** The first place where `before` no longer holds. */
  #search(before: (entry: ScoredMember) => boolean): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#order[middle];
      if (entry !== undefined && before(entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(left: ScoredMember, right: ScoredMember): number {
  if (left.score !== right.score) return left.score < right.score ? -1 : 1;
  return left.member < right.member ? -1 : left.member > right.member ? 1 : 0;
}
