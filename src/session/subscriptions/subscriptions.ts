/**
 * What is desired of one connection and what the exchange has said to it. No effects: it is handed the frames and the
 * time, and returns the changes that users have to see and the requests that have to be sent. It finds the upstream
 * subscription that an input is about and carries out what the state machine says of it (`state.ts`, `completeness.ts`).
 */
import type { ExchangeRejection } from "../../model/events.ts";
import type { AckFrame, Arg, DataFrame, ErrorFrame } from "../../okx/frame.ts";
import { type Topic, topicKey } from "../../okx/topic.ts";
import { type Addressee, findAcknowledged, findRejected } from "./answers.ts";
import * as completeness from "./completeness.ts";
import { Endings } from "./endings.ts";
import { awaitsRow, checkLiveness, continueCounts } from "./liveness.ts";
import { PushRouter, type RoutedPush } from "./push_router.ts";
import { SILENT, tooManyConnections } from "./rejections.ts";
import { type RequestLimits, requestNumberOf, RequestScheduler, type Schedule } from "./request_scheduler.ts";
import { NOTHING } from "./state.ts";
import * as machine from "./state.ts";
import { addTopic, removeTopic, type Upstream } from "./upstream.ts";
import { type Change, NO_CHANGES, UpstreamSet } from "./upstream_set.ts";

export type { Change };

/** A desired topic and all that is known of it. Times are Unix milliseconds; 0: never. */
export type PathStanding = Change & {
  readonly since: number;
  readonly receivedAt: number;
  readonly rows: number;
  readonly generation: number;
};

/** What {@link Subscriptions.due} has to send, and what that changes. */
export type Due = Omit<Schedule, "asked"> & { readonly changes: readonly Change[] };

/** The subscriptions of one connection. `now` is milliseconds of one monotonic clock; `key` is {@link Topic.upstream}. */
export class Subscriptions {
  readonly #endings = new Endings();
  readonly #scheduler = new RequestScheduler(this.#endings);
  readonly #upstreams: UpstreamSet;
  readonly #router: PushRouter;
  readonly #clock: () => number;
  #connected = false;
  /** Why there is no connection; undefined: there is one, or none has been tried. */
  #trouble: ExchangeRejection | undefined;

  /** `clock` gives Unix milliseconds, for what people are shown. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#upstreams = new UpstreamSet(this.#endings, clock);
    this.#router = new PushRouter(this.#upstreams.byKey);
  }

  /** How many upstream subscriptions are desired. */
  get size(): number {
    return this.#upstreams.size;
  }

  /** Yields the desired topics with their state. */
  *list(): Iterable<PathStanding> {
    for (const { list, state, refusal, since, counts, request: { generation } } of this.#upstreams.all()) {
      for (const topic of list) yield { topic, state, refusal, since, ...counts, generation };
    }
  }

  /** Returns state and reason of an upstream subscription; undefined when it is not desired. */
  stateOf(key: string): Pick<Upstream, "state" | "refusal"> | undefined {
    return this.#upstreams.get(key);
  }

  /** Returns the topics that an upstream subscription serves; none when it is not desired. */
  topicsOf(key: string): readonly Topic[] {
    return this.#upstreams.get(key)?.list ?? [];
  }

  /** Returns the number of the present desire for an upstream subscription, which grows; 0 when it is not desired. */
  generationOf(key: string): number {
    return this.#upstreams.get(key)?.request.generation ?? 0;
  }

  /** Returns whether anything is desired with this argument. */
  isDesired(arg: Arg): boolean {
    return this.#upstreams.has(topicKey(arg));
  }

  /** Desires a topic. Where it was refused the exchange is asked again. */
  add(topic: Topic): Change[] {
    const upstream = this.#upstreams.get(topic.upstream) ?? this.#create(topic);
    const isNew = !upstream.topics.has(topic.path);
    addTopic(upstream, topic);
    const transition = isNew ? completeness.onTopicAdded(upstream) : NOTHING;
    const changes = this.#upstreams.apply(upstream, transition);
    if (transition.state !== undefined) return changes;
    if (upstream.state === "refused") {
      return this.#upstreams.apply(upstream, machine.onDesiredAgain(upstream));
    }
    return [{ topic, state: upstream.state, refusal: upstream.refusal }];
  }

  /** Removes a topic. Returns no change when it was not desired. */
  remove(path: string): Change[] {
    for (const upstream of this.#upstreams.all()) {
      const topic = upstream.topics.get(path);
      if (topic === undefined) continue;
      removeTopic(upstream, path);
      if (upstream.topics.size === 0) this.#remove(upstream);
      return [{ topic, state: "gone", refusal: undefined }];
    }
    return [];
  }

  /** Handles a connection that is open: everything desired has to be sent. */
  onUp(): Change[] {
    this.#connected = true;
    this.#trouble = undefined;
    this.#scheduler.onUp();
    this.#endings.onUp();
    this.#upstreams.forgetUnlisted();
    return this.#upstreams.applyToAll((upstream) => machine.onUp(upstream, this.#scheduler.nextNumber));
  }

  /** Handles a connection that is lost, or could not be opened, for this reason. */
  onDown(trouble: ExchangeRejection): Change[] {
    this.#connected = false;
    this.#trouble = trouble;
    this.#endings.onDown();
    return this.#upstreams.applyToAll((upstream) => machine.onDown(upstream, trouble));
  }

  /** Notes when a refused login is tried again, in Unix milliseconds. */
  onLoginRetry(nextAt: number): Change[] {
    return this.#upstreams.applyToAll((upstream) => machine.onLoginRetry(upstream, nextAt));
  }

  /** Handles that nothing is desired, so that no connection is tried. */
  onIdle(): void {
    this.#trouble = undefined;
  }

  /** Returns the requests to send now, in chunks that `limits` allows, and what they change. */
  due(now: number, limits: RequestLimits): Due {
    const { requests, asked, desired } = this.#scheduler.due(this.#upstreams.all(), now, limits);
    const changes = asked.flatMap(({ upstream, id }) =>
      this.#upstreams.apply(upstream, machine.onSent(upstream, id, now))
    );
    return { requests, changes, desired };
  }

  /** Returns the keys of what somebody has begun to desire and what could be asked for now, were there room. */
  waiting(now: number): string[] {
    return this.#scheduler.waiting(this.#upstreams.all(), now);
  }

  /** Returns whether a subscription was asked for and ended often within the hour. */
  isRestless(key: string, now: number): boolean {
    return this.#scheduler.isRestless(key, now);
  }

  /**
   * Ends an upstream subscription at once and asks for it again after `delayMs`. Until then, and until the exchange has
   * confirmed the end, nothing that arrives for it is taken: it belongs to what was given up.
   */
  resync(key: string, now: number, delayMs: number, refusal?: ExchangeRejection): Change[] {
    const restart = { state: "syncing", at: now + delayMs, refusal } as const;
    return this.#upstreams.applyTo(key, (upstream) => this.#restart(upstream, restart));
  }

  /**
   * Subscribes again what has been silent for `factor` times as long as the exchange promises; it is stale until a row
   * comes. `stuck` are the keys of those for which that was done before. Has what is due listed again, too.
   */
  renew(now: number, factor: number): { changes: Change[]; stuck: string[] } {
    const changes: Change[] = [];
    const stuck: string[] = [];
    for (const upstream of this.#upstreams.all()) {
      this.#upstreams.apply(upstream, completeness.onTime(upstream, now));
      const liveness = checkLiveness(upstream, now, factor);
      if (liveness === "alive") continue;
      if (liveness === "stuck") stuck.push(upstream.key);
      changes.push(
        ...this.#upstreams.apply(
          upstream,
          this.#restart(upstream, { state: "stale", at: now, refusal: SILENT }),
        ),
      );
    }
    return { changes, stuck };
  }

  /** Goes on counting where the subscriptions of another connection stopped; what awaits a row is stale here too. */
  takeOverFrom(key: string, from: Subscriptions): Change[] {
    const own = this.#upstreams.get(key);
    const other = from.#upstreams.get(key);
    if (own === undefined || other === undefined) return NO_CHANGES;
    continueCounts(own, other);
    if (!awaitsRow(own) || own.state !== "wanted") return NO_CHANGES;
    const changes = this.#upstreams.apply(own, { state: "stale", refusal: own.refusal ?? SILENT });
    own.since = other.since;
    return changes;
  }

  /** Handles that the exchange confirmed, or ended, a subscription. */
  onAck(frame: AckFrame, now: number): Change[] {
    const key = this.#acknowledgedKey(frame, now);
    if (key === undefined) return [];
    if (frame.op === "unsubscribe" && this.#endings.onConfirmed(key)) return [];
    const upstream = this.#upstreams.get(key);
    // An answer to what was asked for before it was last given up says nothing about the present desire.
    if (upstream === undefined || requestNumberOf(frame.id) < upstream.request.generation) return [];
    if (frame.op === "unsubscribe") return this.#upstreams.apply(upstream, machine.onEnded(upstream, now));
    // Requests are answered in order: the end that was asked for before is done, even where nothing said so.
    if (frame.id !== undefined) this.#endings.onPassed(key);
    return this.#upstreams.apply(upstream, machine.onAccepted(upstream));
  }

  /** Handles a rejection by the exchange. */
  onError(frame: ErrorFrame, now: number): Change[] {
    const upstream = this.#resolve(findRejected(frame, this.#upstreams.all()), now);
    if (upstream === undefined) return [];
    return this.#upstreams.apply(upstream, machine.onRejected(upstream, frame, now));
  }

  /** Handles that the account has too many connections with a channel: what was confirmed a moment ago is gone again. */
  onTooMany(channel: string, connections: string, now: number, delayMs: number): Change[] {
    const refusal = tooManyConnections(channel, connections);
    return this.#upstreams.applyToAll((upstream) =>
      upstream.arg.channel === channel ? machine.onTooMany(upstream, refusal, { now, delayMs }) : NOTHING
    );
  }

  /** Refuses everything after a login has failed, or what needs a login alone. */
  refuseAll(
    refusal: ExchangeRejection,
    { onlyLogin = false, retryMs }: { readonly onlyLogin?: boolean; readonly retryMs?: number } = {},
  ): Change[] {
    return this.#upstreams.applyToAll((upstream) =>
      upstream.traits.login || !onlyLogin ? machine.onLoginRefused(upstream, refusal, retryMs) : NOTHING
    );
  }

  /** Handles that a login that was refused has been taken: what needs it is asked for again. */
  onLogin(): Change[] {
    return this.#upstreams.applyToAll(machine.onLogin);
  }

  /** Handles news of these instruments. Returns whether anything that was refused for want of one is now due. */
  onInstruments(ids: ReadonlySet<string>): boolean {
    let isAnyDue = false;
    for (const upstream of this.#upstreams.all()) {
      const { instId = "", instFamily = "" } = upstream.arg;
      if ((ids.has(instId) || ids.has(instFamily)) && machine.onInstrument(upstream)) isAnyDue = true;
    }
    return isAnyDue;
  }

  /** Handles that these instruments are no longer traded. */
  onExpired(ids: ReadonlySet<string>, now: number): Change[] {
    const generation = this.#scheduler.nextNumber;
    return this.#upstreams.applyToAll((upstream) => machine.onExpired(upstream, { ids, generation, now }));
  }

  /** Returns the subscription that the argument of a push names; undefined where the rows are needed to decide. */
  route(frame: DataFrame): Upstream | undefined {
    return this.#router.find(frame);
  }

  /** Returns the rows of a push whose argument names no subscription, for those that they name; `others` are of none. */
  split(frame: DataFrame): { readonly parts: readonly RoutedPush[]; readonly others: number } {
    const split = this.#router.split(frame);
    const key = topicKey(frame.arg);
    return this.#endings.has(key) || this.#endings.isUnconfirmed(key) ? { ...split, others: 0 } : split;
  }

  /** Returns whether a push is of a subscription that was given up. */
  isLate(upstream: Upstream, frame: DataFrame): boolean {
    return this.#endings.isLate(upstream, frame);
  }

  /**
   * Returns the conflation slot of a frame's text, where a newer frame of the same slot makes it worthless: a channel that sends
   * one row (or one whole small book) per push. Undefined for everything that counts by itself.
   */
  replaceableBy(text: string): string | undefined {
    const found = this.#router.findUnread(text);
    return found?.upstream.traits.replaceable ? found.head : undefined;
  }

  /**
   * Counts rows of a subscription that were pushed, received `at` (Unix milliseconds). Returns the change to live when they
   * come before the answer, as OKX sometimes sends them.
   */
  onPush(upstream: Upstream, rows: number, at: number): Change[] {
    if (rows > 0) machine.countRows(upstream, rows, at);
    machine.clearTooMany(upstream, at);
    const transition = upstream.state === "live"
      ? completeness.onRowsWhileLive(upstream, rows)
      : machine.onAccepted(upstream, rows > 0);
    return this.#upstreams.apply(upstream, transition);
  }

  /** Counts rows of a subscription that did not come by a push. */
  countRows(key: string, rows: number): void {
    const upstream = this.#upstreams.get(key);
    if (upstream !== undefined) machine.countRows(upstream, rows, this.#clock());
  }

  /** Handles that the newest row of a subscription cannot be read. */
  onUnreadable(upstream: Upstream, now: number): Change[] {
    return this.#upstreams.apply(upstream, completeness.onUnreadable(upstream, now));
  }

  /** Handles that a page is missing in a pushed snapshot. */
  onTorn(upstream: Upstream, now: number): Change[] {
    const isDesired = this.#upstreams.get(upstream.key) === upstream;
    return isDesired ? this.#upstreams.apply(upstream, completeness.onTorn(upstream, now)) : NO_CHANGES;
  }

  /** Handles that more is known to be open than the lists of a subscription were compared with. */
  onRecalled(key: string, now: number): Change[] {
    return this.#upstreams.applyTo(key, (upstream) => completeness.onRecalled(upstream, now));
  }

  /** Handles a book that is complete and as new as any that was seen. */
  onBookLive(key: string): Change[] {
    return this.#upstreams.applyTo(key, completeness.onBookComplete);
  }

  /** Handles a book that is complete, and older than what was shown of it. */
  onBookBehind(key: string): Change[] {
    return this.#upstreams.applyTo(key, completeness.onBookBehind);
  }

  /** Handles that everything that is current of a subscription is known. */
  onWhole(key: string): Change[] {
    return this.#upstreams.applyTo(key, completeness.onComplete);
  }

  /** Handles that what is current of a subscription cannot be had yet, for this reason. */
  onTrouble(key: string, refusal: ExchangeRejection): Change[] {
    return this.#upstreams.applyTo(key, (upstream) => completeness.onTrouble(upstream, refusal));
  }

  /** Returns the keys of what has to be found out since the last call. */
  takeUnlisted(): readonly string[] {
    return this.#upstreams.takeUnlisted();
  }

  #create(topic: Topic): Upstream {
    this.#router.reset();
    const upstream = this.#upstreams.create(topic, this.#scheduler.nextNumber);
    upstream.refusal = this.#trouble;
    return upstream;
  }

  #remove(upstream: Upstream): void {
    const { key, state, request: { atExchange } } = upstream;
    this.#upstreams.delete(key);
    this.#router.reset();
    const isThere = atExchange || (state !== "wanted" && state !== "refused");
    if (this.#connected && isThere && !this.#endings.has(key)) this.#endings.add(upstream, true);
  }

  #acknowledgedKey(frame: AckFrame, now: number): string | undefined {
    const key = topicKey(frame.arg);
    if (this.#upstreams.has(key) || this.#endings.isUnconfirmed(key)) return key;
    return this.#resolve(findAcknowledged(frame, this.#router.similar(frame.arg)), now)?.key;
  }

  #restart(upstream: Upstream, options: Omit<machine.Restart, "generation">): machine.Transition {
    return machine.restart(upstream, { ...options, generation: this.#scheduler.nextNumber });
  }

  /** Returns the one that an answer is about; where several are left each is asked for alone. */
  #resolve({ upstream, candidates }: Addressee, now: number): Upstream | undefined {
    for (const candidate of candidates) machine.askAlone(candidate, now);
    return upstream;
  }
}
