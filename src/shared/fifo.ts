/** First in, first out: added to at the end, taken from at the head, at the same small cost however long it is. */

/** Places of what was taken that are left at the head, at most, where as many are in use. */
const MAX_LEFT = 1000;

/** A list without a bound of its own; the caller bounds it. What was taken is not referenced any more. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one that is taken next; undefined where there is none. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first; undefined where there is none. */
  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > MAX_LEFT && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Returns all that wait, in their order. */
  toArray(): T[] {
    return this.#items.slice(this.#head) as T[];
  }
}
