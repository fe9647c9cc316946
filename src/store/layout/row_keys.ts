/**
 * How many rows one server keeps a key for. A subscription that names no instrument brings rows of many, and which ones
 * is the exchange's word alone: a row beyond the limits is left out, and its subscription named.
 */

/** Rows of one subscription, and of all of a server; every option that the exchange lists makes about 10,000. */
const MAX_OF_PATH = 50_000;
const MAX_OF_SERVER = 200_000;

/** The keys of rows of one server, up to their limit. */
export class RowKeys {
  readonly #ids = new Map<string, Set<string>>();
  readonly #onRefused: (path: string) => void;
  #size = 0;

  /** `onRefused` is called with each row that is left out, by its subscription. */
  constructor(onRefused: (path: string) => void) {
    this.#onRefused = onRefused;
  }

  /** Returns whether a row may have a key: it has one already, or there is room. */
  admit(path: string, id: string): boolean {
    let ids = this.#ids.get(path);
    if (ids?.has(id) === true) return true;
    if (this.#size >= MAX_OF_SERVER || (ids?.size ?? 0) >= MAX_OF_PATH) {
      this.#onRefused(path);
      return false;
    }
    if (ids === undefined) this.#ids.set(path, ids = new Set());
    ids.add(id);
    this.#size += 1;
    return true;
  }

  /** Releases a row that is over: its key goes, or an index trims it. */
  release(path: string, id: string): void {
    if (this.#ids.get(path)?.delete(id) === true) this.#size -= 1;
  }

  /** Forgets a subscription that is no longer desired. */
  forget(path: string): void {
    this.#size -= this.#ids.get(path)?.size ?? 0;
    this.#ids.delete(path);
  }
}
