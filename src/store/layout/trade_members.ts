/**
 * How the rows of legacy trades and orders are named in the index that all instruments of a product share: by their id, and
 * where another instrument has a row of that id, by both. Ids are unique per instrument only.
 */

/** Most names remembered of one path. */
const MAX_NAMES = 500_000;

/** Names remembered beyond those of rows that are there: the writes that remove the others may wait. */
const WAITING = 200;

/** The names of rows in the indexes that instruments share. */
export class TradeMembers {
  readonly #maxRow: number;
  /** How many names are remembered of each path that an earlier process has left many of. */
  readonly #limits = new Map<string, number>();
  /** Which path has a name in an index. */
  readonly #owners = new Map<string, string>();
  /** The names of each path, the newest last. */
  readonly #names = new Map<string, Set<string>>();

  /** `maxRow`: rows that a path keeps. Names of rows that are gone are forgotten. */
  constructor(maxRow: number = Infinity) {
    this.#maxRow = maxRow;
  }

  /** Takes names that a path has in its index from an earlier process. */
  resumeFrom(index: string, path: string, members: readonly string[]): void {
    this.#limits.set(path, members.length + this.#maxRow);
    for (const member of members) this.#own(`${index}\n${member}`, path);
  }

  /** Returns the name of a row of this path: `filter` is what the path names, as in `spot/trade:<filter>`. */
  nameOf(
    index: string,
    path: string,
    { id, filter }: { readonly id: string; readonly filter: string },
  ): string {
    const name = `${index}\n${id}`;
    const owner = this.#owners.get(name);
    if (owner !== undefined && owner !== path) return `${id}@${filter}`;
    this.#own(name, path);
    return id;
  }

  #own(name: string, path: string): void {
    const former = this.#owners.get(name);
    if (former !== undefined && former !== path) this.#names.get(former)?.delete(name);
    this.#owners.set(name, path);
    let names = this.#names.get(path);
    if (names === undefined) this.#names.set(path, names = new Set());
    // One that comes again is not the oldest any more.
    names.delete(name);
    names.add(name);
    // A row that is backfilled is older than those that were named before it, so there may be some more.
    const limit = Math.max(2 * this.#maxRow, this.#limits.get(path) ?? 0) + WAITING;
    if (names.size <= Math.min(limit, MAX_NAMES)) return;
    const oldest = names.keys().next().value as string;
    names.delete(oldest);
    this.#owners.delete(oldest);
  }
}
