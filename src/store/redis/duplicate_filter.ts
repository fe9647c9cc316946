/**
 * While a subscription moves from one connection to another both receive: each message is passed on once, whichever brings
 * it first.
 */
import type { ChannelMessage } from "../store.ts";

/** Messages remembered; a move takes less than a second. */
const MAX_REMEMBERED = 100_000;

/** Passes on what the other connection has not brought yet; of equal messages as many as one of them brings. */
export class DuplicateFilter {
  /** How many more the old connection has brought than the new one. */
  readonly #ahead = new Map<string, number>();

  /** Returns whether a message is new, from the old connection or the new one. `what` is what it was subscribed by. */
  isNew(what: string, { channel, message }: ChannelMessage, isOld: boolean): boolean {
    const key = `${what}\n${channel}\n${message}`;
    const ahead = this.#ahead.get(key) ?? 0;
    const next = isOld ? ahead + 1 : ahead - 1;
    if (next === 0) this.#ahead.delete(key);
    else if (this.#ahead.size < MAX_REMEMBERED || ahead !== 0) this.#ahead.set(key, next);
    return isOld ? ahead >= 0 : ahead <= 0;
  }
}
