/**
 * The upstream subscriptions of one connection, and what their transitions ask for: states that are entered become changes
 * for users, ends go to the exchange, and of what has to be found out the keys are kept until somebody takes them.
 */
import type { ExchangeRejection, SubscriptionState } from "../../model/events.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Endings } from "./endings.ts";
import type { Transition } from "./state.ts";
import { createUpstream, type Upstream } from "./upstream.ts";

/** A state that a topic has entered. */
export type Change = {
  readonly topic: Topic;
  readonly state: SubscriptionState;
  readonly refusal: ExchangeRejection | undefined;
  /** The state is that of before, only its reason is another. */
  readonly again?: boolean;
};

export const NO_CHANGES: Change[] = [];
const NO_KEYS: readonly string[] = [];

/** Upstream subscriptions by their key. */
export class UpstreamSet {
  readonly #byKey = new Map<string, Upstream>();
  readonly #endings: Endings;
  /** Of which what is current has to be found out. */
  readonly #unlisted = new Set<string>();
  readonly #clock: () => number;

  /** `clock` gives Unix milliseconds, for what people are shown. */
  constructor(endings: Endings, clock: () => number) {
    this.#endings = endings;
    this.#clock = clock;
  }

  /** The subscriptions by key, as they change. */
  get byKey(): ReadonlyMap<string, Upstream> {
    return this.#byKey;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Returns the subscriptions, in the order in which they were desired. */
  all(): Iterable<Upstream> {
    return this.#byKey.values();
  }

  /** Returns the subscription of a key; undefined: it is not desired. */
  get(key: string): Upstream | undefined {
    return this.#byKey.get(key);
  }

  /** Returns whether the subscription of a key is desired. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Adds a subscription for a topic, which it does not serve yet. */
  create(topic: Topic, generation: number): Upstream {
    const upstream = createUpstream(topic, this.#clock());
    upstream.request.generation = generation;
    upstream.request.atExchange = this.#endings.cancel(upstream.key);
    this.#byKey.set(upstream.key, upstream);
    return upstream;
  }

  /** Removes a subscription, which nobody desires any more. */
  delete(key: string): void {
    this.#byKey.delete(key);
    this.#unlisted.delete(key);
  }

  /** Carries out a transition of one subscription. */
  apply(upstream: Upstream, { state, refusal: reason, retryMs, list, end }: Transition): Change[] {
    if (end) this.#endings.add(upstream, false);
    if (list) this.#unlisted.add(upstream.key);
    if (state === undefined) return NO_CHANGES;
    const refusal = reason === undefined || retryMs === undefined
      ? reason
      : { ...reason, nextAt: this.#clock() + retryMs };
    const again = upstream.state === state;
    if (!again) upstream.since = this.#clock();
    upstream.state = state;
    upstream.refusal = refusal;
    return upstream.list.map((topic) => again ? { topic, state, refusal, again } : { topic, state, refusal });
  }

  /** Carries out a transition of the subscription of a key, if there is one. */
  applyTo(key: string, transitionOf: (upstream: Upstream) => Transition): Change[] {
    const upstream = this.#byKey.get(key);
    return upstream === undefined ? NO_CHANGES : this.apply(upstream, transitionOf(upstream));
  }

  /** Carries out a transition of each subscription. */
  applyToAll(transitionOf: (upstream: Upstream) => Transition): Change[] {
    return [...this.#byKey.values()].flatMap((upstream) => this.apply(upstream, transitionOf(upstream)));
  }

  /** Returns the keys of what has to be found out since the last call. */
  takeUnlisted(): readonly string[] {
    if (this.#unlisted.size === 0) return NO_KEYS;
    const keys = [...this.#unlisted];
    this.#unlisted.clear();
    return keys;
  }

  /** Forgets what had to be found out on a connection that is gone. */
  forgetUnlisted(): void {
    this.#unlisted.clear();
  }
}
