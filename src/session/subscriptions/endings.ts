/**
 * Upstream subscriptions that the exchange is to be asked to end, and ends that it has not confirmed. Until it has, what
 * is pushed belongs to what was given up.
 */
import type { Arg, DataFrame } from "../../okx/frame.ts";
import { isAsked, type Upstream } from "./upstream.ts";

/** An end that has not been asked for; `desired`: somebody ceased to desire it, as against a renewal of our own. */
export type Ending = { readonly key: string; readonly arg: Arg; readonly desired: boolean };

/**
 * Unconfirmed ends of one subscription: how many, and when the last was sent, by the monotonic clock; `overtaken`: a
 * snapshot of the new subscription came first.
 */
type Unconfirmed = { count: number; readonly sentAt: number; overtaken: boolean };

/** Ends of upstream subscriptions, by key. */
export class Endings {
  readonly #due = new Map<string, Ending>();
  readonly #unconfirmed = new Map<string, Unconfirmed>();

  /** Requests the end of an upstream subscription. */
  add({ key, arg }: Upstream, desired: boolean): void {
    this.#due.set(key, { key, arg, desired });
  }

  /** Returns whether an end was due, which is so no longer. */
  cancel(key: string): boolean {
    return this.#due.delete(key);
  }

  /** Returns whether an end is due. */
  has(key: string): boolean {
    return this.#due.has(key);
  }

  /** Returns the ends that are due. */
  due(): Iterable<Ending> {
    return this.#due.values();
  }

  /** Notes that an end was asked for. */
  onSent({ key }: Ending, now: number): void {
    this.#due.delete(key);
    const count = (this.#unconfirmed.get(key)?.count ?? 0) + 1;
    this.#unconfirmed.set(key, { count, sentAt: now, overtaken: false });
  }

  /** Notes that the exchange has confirmed an end. Returns whether it had been asked for. */
  onConfirmed(key: string): boolean {
    const unconfirmed = this.#unconfirmed.get(key);
    if (unconfirmed === undefined) return false;
    unconfirmed.count -= 1;
    if (unconfirmed.count === 0) this.#unconfirmed.delete(key);
    return true;
  }

  /** Notes that what was asked for after them is answered: ends are done, even those that nothing has confirmed. */
  onPassed(key: string): void {
    this.#unconfirmed.delete(key);
  }

  /** Returns whether an end was asked for and is not confirmed. */
  isUnconfirmed(key: string): boolean {
    return this.#unconfirmed.has(key);
  }

  /** Forgets unconfirmed ends that are older than so many milliseconds. */
  expire(now: number, maxMs: number): void {
    for (const [key, { sentAt }] of this.#unconfirmed) {
      if (now - sentAt > maxMs) this.#unconfirmed.delete(key);
    }
  }

  /** Returns whether a push is of a subscription that was given up. A snapshot can overtake the answers: it is of the new one. */
  isLate(upstream: Upstream, { action }: DataFrame): boolean {
    if (this.#due.size + this.#unconfirmed.size === 0) return false;
    const { key } = upstream;
    if (this.#due.has(key)) return true;
    const unconfirmed = this.#unconfirmed.get(key);
    if (unconfirmed === undefined || unconfirmed.overtaken) return false;
    unconfirmed.overtaken = (action === "snapshot" || action === "partial") && isAsked(upstream);
    return !unconfirmed.overtaken;
  }

  /** Forgets the ends that are due: the connection is lost, and everything has ended with it. */
  onDown(): void {
    this.#due.clear();
  }

  /** Begins a new connection, which has nothing to end. */
  onUp(): void {
    this.#due.clear();
    this.#unconfirmed.clear();
  }
}
