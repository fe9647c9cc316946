/**
 * How the rows of legacy trades and orders are named in the index that all instruments of a product share: by their id, and
 * where another instrument has a row of that id, by both. Ids are unique per instrument only.
 */

/** Names remembered; beyond that the oldest are forgotten. */
const MAX_NAMES = 500_000;

/** The names of rows in the indexes that instruments share. */
export class TradeMembers {
  /** Which path has a name in an index. */
  readonly #owners = new Map<string, string>();

  /** Names that a path has in its index from an earlier process. */
  recall(index: string, path: string, members: readonly string[]): void {
    for (const member of members) this.#own(`${index}\n${member}`, path);
  }

  /** The name of a row of this path: `filter` is what the path names, as in `spot/trade:<filter>`. */
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
    // The newest stay: one that comes again is not the oldest any more.
    this.#owners.delete(name);
    this.#owners.set(name, path);
    if (this.#owners.size > MAX_NAMES) this.#owners.delete(this.#owners.keys().next().value as string);
  }
}
