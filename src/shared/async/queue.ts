/**
 * A bounded queue with one reader. Writers never wait: `push` returns whether there was room, because the thing
 * that pushes (a socket's message event) cannot be made to wait.
 */

import { Fifo } from "../fifo.ts";

/** What a queue may hold besides a number of items. */
export type QueueWeight<T> = { readonly weigh: (item: T) => number; readonly maxWeight: number };

/** A queue of bounded length for one reader. Iterating ends when the queue is closed and empty. */
export class Queue<T> implements AsyncIterable<T> {
  readonly #items = new Fifo<T>();
  #closed = false;
  #wake: (() => void) | undefined;
  #weight = 0;
  readonly #capacity: number;
  readonly #limit: QueueWeight<T>;

  /** `capacity` is the number of items that may wait at once; `limit` what they may weigh together. */
  constructor(capacity: number, limit: QueueWeight<T> = { weigh: () => 0, maxWeight: 0 }) {
    if (!(capacity >= 1)) throw new RangeError(`Queue capacity must be at least 1: ${capacity}`);
    this.#capacity = capacity;
    this.#limit = limit;
  }

  /** How many items wait. */
  get size(): number {
    return this.#items.length;
  }

  /** Takes the item, or returns false when the queue is full or closed. */
  push(item: T): boolean {
    if (this.#closed || this.size >= this.#capacity) return false;
    const weight = this.#limit.weigh(item);
    if (this.#weight + weight > this.#limit.maxWeight) return false;
    this.#weight += weight;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Takes no more items; what waits is still read. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    while (true) {
      while (this.#items.length > 0) {
        const item = this.#items.shift() as T;
        this.#weight -= this.#limit.weigh(item);
        yield item;
      }
      if (this.#closed) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}
