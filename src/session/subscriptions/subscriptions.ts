/**
 * What is wanted of one connection and what the exchange has said to it. Pure bookkeeping: it is handed the frames
 * and the time, and answers with the changes that somebody should know of and the requests that should be sent.
 *
 * Topics with equal arguments share one upstream subscription; the last of them to go takes it along.
 */
import type { ExchangeRejection, SubscriptionState } from "../../model/events.ts";
import { errorAction } from "../../okx/error_codes.ts";
import type { AckFrame, Arg, DataFrame, ErrorFrame } from "../../okx/frame.ts";
import { type Topic, topicKey } from "../../okx/topic.ts";
import { PushRouter, type RoutedPush } from "./push_router.ts";
import { RequestPace } from "./request_pace.ts";
import { awaitsRow, createUpstream, isAsked, isNamed, retryDelay, type Upstream } from "./upstream.ts";

/** A state that a topic has entered. */
export type Change = {
  readonly topic: Topic;
  readonly state: SubscriptionState;
  readonly refusal: ExchangeRejection | undefined;
};

/** A wanted topic and all that is known of it. Times are Unix milliseconds; 0: never. */
export type Standing = Change & {
  readonly since: number;
  readonly receivedAt: number;
  readonly rows: number;
  readonly generation: number;
};

/** One request to send: args that may share a frame. */
export type Request = { readonly op: "subscribe" | "unsubscribe"; readonly args: Arg[]; readonly id: string };

/** What {@link Subscriptions.due} may send at once. */
export type RequestLimits = {
  readonly chunk: (args: readonly Arg[]) => Arg[][];
  /** Requests that may be sent now; what does not fit stays due. */
  readonly room?: number;
  /** How many of them for what somebody has begun, or ceased, to desire. */
  readonly desireRoom?: number;
};

/** What {@link Subscriptions.due} wants sent; `desired`: so many of the requests are for what somebody desires. */
export type Due = {
  readonly requests: Request[];
  readonly changes: readonly Change[];
  readonly desired: number;
};

/** An answer that has not come within this time is asked for again. */
export const ANSWER_MS = 10_000;

/** Requests for a single argument sent in one turn; a request costs one of 480 an hour (OKX v5, "Connect"). */
const ALONE_PER_TURN = 10;

/** See the module comment. Times are milliseconds of one monotonic clock. */
export class Subscriptions {
  readonly #upstreams = new Map<string, Upstream>();
  /** Upstream subscriptions to end; they are no longer wanted. */
  readonly #ending = new Map<string, { readonly arg: Arg; readonly desired: boolean }>();
  readonly #pace = new RequestPace();
  /** Unsubscribe requests that the exchange has not answered, by upstream: when sent. */
  readonly #unanswered = new Map<string, { readonly at: number; overtaken: boolean }>();
  readonly #match = new PushRouter(this.#upstreams);
  /** Upstream subscriptions of which what is current has to be found out. */
  readonly #unlisted = new Set<string>();
  readonly #clock: () => number;
  #connected = false;
  #nextId = 1;

  /** `clock` gives Unix milliseconds, for what people are shown. */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** How many upstream subscriptions are wanted. */
  get size(): number {
    return this.#upstreams.size;
  }

  /** The wanted topics with their state. */
  *list(): Iterable<Standing> {
    for (const upstream of this.#upstreams.values()) {
      const { state, refusal, since, receivedAt, rows, generation } = upstream;
      for (const topic of upstream.list) {
        yield { topic, state, refusal, since, receivedAt, rows, generation };
      }
    }
  }

  /** Rows of a subscription that did not come by a push. */
  countRows(key: string, rows: number): void {
    const upstream = this.#upstreams.get(key);
    if (upstream === undefined) return;
    upstream.rows += rows;
    upstream.receivedAt = this.#clock();
  }

  /** What is known of one upstream subscription; undefined when it is not wanted. */
  stateOf(
    key: string,
  ): { readonly state: Upstream["state"]; readonly refusal: ExchangeRejection | undefined } | undefined {
    return this.#upstreams.get(key);
  }

  /** The topics that an upstream subscription serves; none when it is not wanted. */
  topicsOf(key: string): readonly Topic[] {
    return this.#upstreams.get(key)?.list ?? [];
  }

  /** Wants a topic. PathGaps a refused one again asks the exchange again. */
  add(topic: Topic): Change[] {
    const upstream = this.#upstreams.get(topic.upstream) ?? createUpstream(topic, this.#clock());
    if (upstream.topics.size === 0) upstream.generation = this.#nextId;
    if (!this.#upstreams.has(topic.upstream)) {
      this.#match.reset();
      upstream.atExchange = this.#ending.delete(topic.upstream);
    }
    this.#upstreams.set(topic.upstream, upstream);
    const isNew = !upstream.topics.has(topic.path);
    upstream.topics.set(topic.path, topic);
    upstream.list = [...upstream.topics.values()];
    // What was listed, or is being listed, for others is not listed for this one.
    if (isNew && upstream.state === "live" && upstream.start !== "none") {
      return this.#confirm(upstream, "again");
    }
    if (isNew && upstream.state === "syncing" && upstream.confirmed && upstream.start !== "none") {
      this.#unlisted.add(topicKey(upstream.arg));
    }
    if (upstream.state !== "refused") return [{ topic, state: upstream.state, refusal: upstream.refusal }];
    upstream.retryAt = 0;
    upstream.absent = false;
    upstream.desired = true;
    return this.#enter(upstream, "wanted");
  }

  /** No longer wants a topic; answers no change when it was not wanted. */
  remove(path: string): Change[] {
    for (const [key, upstream] of this.#upstreams) {
      const topic = upstream.topics.get(path);
      if (topic === undefined) continue;
      upstream.topics.delete(path);
      upstream.list = [...upstream.topics.values()];
      if (upstream.topics.size === 0) {
        this.#upstreams.delete(key);
        this.#unlisted.delete(key);
        this.#match.reset();
        if (
          this.#connected && !this.#ending.has(key) &&
          (upstream.atExchange || (upstream.state !== "wanted" && upstream.state !== "refused"))
        ) {
          this.#ending.set(key, { arg: upstream.arg, desired: true });
        }
      }
      return [{ topic, state: "gone", refusal: undefined }];
    }
    return [];
  }

  /** A new connection knows nothing: everything wanted has to be sent. */
  onUp(): Change[] {
    this.#connected = true;
    this.#pace.clear();
    this.#ending.clear();
    this.#unanswered.clear();
    this.#unlisted.clear();
    const changes: Change[] = [];
    for (const upstream of this.#upstreams.values()) {
      upstream.retryAt = 0;
      upstream.absent = false;
      upstream.attempts = 0;
      upstream.alone = false;
      upstream.confirmed = false;
      upstream.relistAt = Infinity;
      upstream.requestId = undefined;
      upstream.desired = false;
      upstream.atExchange = false;
      upstream.generation = this.#nextId;
      if (upstream.state === "refused") changes.push(...this.#enter(upstream, "wanted"));
    }
    return changes;
  }

  /** The connection is lost: what was live is stale, what was under way is only wanted. */
  onDown(): Change[] {
    this.#connected = false;
    this.#ending.clear();
    const changes: Change[] = [];
    for (const upstream of this.#upstreams.values()) {
      upstream.requestId = undefined;
      upstream.confirmed = false;
      if (upstream.state === "live" || upstream.state === "syncing") {
        changes.push(...this.#enter(upstream, "stale"));
      }
      if (upstream.state === "sent") changes.push(...this.#enter(upstream, "wanted"));
    }
    return changes;
  }

  /**
   * The requests to send now, in chunks that `limits` allows, and what they change. Unanswered requests are due
   * again when their time is up. Desires that are changed again and again wait, and so does every desire while there is
   * no room for it.
   */
  due(now: number, limits: RequestLimits): Due {
    const requests: Request[] = [];
    const changes: Change[] = [];
    const { room: most = Infinity, desireRoom = most } = limits;
    const isDue = (key: string, desired: boolean) =>
      !desired || (desireRoom > 0 && this.#pace.isReady(key, now));
    let desires = 0;
    let repairs = 0;
    for (const [key, { at }] of this.#unanswered) if (now - at > ANSWER_MS) this.#unanswered.delete(key);
    const ending = [...this.#ending].filter(([key, { desired }]) => isDue(key, desired));
    for (const [, { desired }] of ending) {
      if (desired) desires += 1;
      else repairs += 1;
    }
    const together: Upstream[] = [];
    const single: Upstream[] = [];
    for (const upstream of this.#upstreams.values()) {
      if (!this.#isDue(upstream, now) || !isDue(topicKey(upstream.arg), upstream.desired)) continue;
      if (upstream.desired) desires += 1;
      else repairs += 1;
      if (!upstream.alone) together.push(upstream);
      else if (single.length < ALONE_PER_TURN) single.push(upstream);
    }
    const room = repairs > 0 ? most : Math.min(most, desireRoom);
    for (const args of limits.chunk(ending.map(([, { arg }]) => arg))) {
      if (requests.length >= room) break;
      requests.push({ op: "unsubscribe", args, id: this.#takeId() });
      for (const arg of args) {
        const key = topicKey(arg);
        if (this.#ending.get(key)?.desired) this.#pace.note(key, now);
        this.#ending.delete(key);
        this.#unanswered.set(key, { at: now, overtaken: false });
      }
    }
    for (const upstream of single) {
      if (requests.length >= room) break;
      changes.push(...this.#send(upstream, this.#takeId(), now, [upstream.arg], requests));
    }
    const byArg = new Map(together.map((upstream) => [upstream.arg, upstream]));
    for (const args of limits.chunk([...byArg.keys()])) {
      if (requests.length >= room) break;
      const id = this.#takeId();
      requests.push({ op: "subscribe", args, id });
      for (const arg of args) changes.push(...this.#markSent(byArg.get(arg) as Upstream, id, now));
    }
    return { requests, changes, desired: desires > 0 ? requests.length : 0 };
  }

  /** What somebody has begun to desire and what could be asked for now, were there room. */
  waiting(now: number): string[] {
    return [...this.#upstreams].filter(([key, upstream]) =>
      upstream.desired && upstream.state === "wanted" && this.#pace.isReady(key, now) &&
      !this.#pace.isRestless(key, now)
    ).map(([key]) => key);
  }

  /** Whether a subscription was asked for and ended often within the hour. */
  isRestless(key: string, now: number): boolean {
    return this.#pace.isRestless(key, now);
  }

  /**
   * Starts an upstream subscription anew: ended at once, wanted again after `delayMs`. Until then, and until the
   * exchange has confirmed the end, nothing that arrives for it is taken: it belongs to what was given up.
   */
  resync(key: string, now: number, delayMs: number, refusal?: ExchangeRejection): Change[] {
    const upstream = this.#upstreams.get(key);
    return upstream === undefined ? [] : this.#restart(upstream, now + delayMs, "syncing", refusal);
  }

  /**
   * Confirmed subscriptions on which nothing came for `factor` times the silence that the exchange promises, longer each
   * time in a row. They are asked for anew, and stale until a row comes. `stuck` are those for which that was done before.
   */
  renew(now: number, factor: number): { changes: Change[]; stuck: string[] } {
    const changes: Change[] = [];
    const stuck: string[] = [];
    for (const [key, upstream] of this.#upstreams) {
      if (now >= upstream.relistAt) this.#relist(upstream, now);
      if (upstream.everyMs === undefined || upstream.book) continue;
      const isOver = upstream.state !== "live" && upstream.state !== "stale" && upstream.state !== "syncing";
      if (isOver || (upstream.state !== "live" && !upstream.confirmed)) continue;
      if (upstream.rows !== upstream.rowsSeen) {
        upstream.rowsSeen = upstream.rows;
        upstream.rowSeenAt = now;
        upstream.renewals = 0;
      }
      upstream.rowSeenAt ??= now;
      const patienceMs = upstream.everyMs * factor * 2 ** Math.min(upstream.renewals, MAX_DOUBLINGS);
      if (now - upstream.rowSeenAt < patienceMs) continue;
      upstream.renewals += 1;
      if (upstream.renewals > 1) stuck.push(key);
      changes.push(...this.#restart(upstream, now, "stale"));
    }
    return { changes, stuck };
  }

  /** Which wish for an upstream subscription the present one is; 0 when it is not wanted. */
  generationOf(key: string): number {
    return this.#upstreams.get(key)?.generation ?? 0;
  }

  /** Goes on counting where the subscriptions of another connection stopped; what awaits a row is stale here too. */
  takeOverFrom(key: string, from: Subscriptions): Change[] {
    const own = this.#upstreams.get(key);
    const other = from.#upstreams.get(key);
    if (own === undefined || other === undefined) return NO_CHANGES;
    own.rows = other.rows;
    own.rowsSeen = other.rowsSeen;
    own.receivedAt = other.receivedAt;
    own.renewals = other.renewals;
    if (!awaitsRow(own) || own.state !== "wanted") return NO_CHANGES;
    const changes = this.#enter(own, "stale");
    own.since = other.since;
    return changes;
  }

  /** The exchange confirmed, or ended, a subscription. */
  onAck(frame: AckFrame, now: number): Change[] {
    const key = this.#keyOf(frame, now);
    if (key === undefined) return [];
    if (frame.op === "unsubscribe" && this.#unanswered.delete(key)) return [];
    const upstream = this.#upstreams.get(key);
    if (upstream === undefined) return [];
    // An answer to what was asked before it was last given up says nothing about the wish of now.
    if (numberOf(frame.id) < upstream.generation) return [];
    // Requests are answered in order: the end that was asked for before is done, even where nothing said so.
    if (frame.op === "subscribe" && frame.id !== undefined) this.#unanswered.delete(key);
    if (frame.op === "subscribe") return this.#begin(upstream);
    // Nobody asked for this end: the exchange made it, and the subscription is wanted still.
    if (upstream.state !== "live" && !upstream.confirmed) return [];
    upstream.confirmed = false;
    upstream.retryAt = now + retryDelay(upstream);
    return this.#enter(upstream, "stale");
  }

  /**
   * The exchange refused something. An error has no arg: it is found by the request it answers and by the names in
   * its text (`channel:tickers,instId:X doesn't exist`). Where that leaves several, each is asked for alone.
   */
  onError(frame: ErrorFrame, now: number): Change[] {
    const open = [...this.#upstreams.values()].filter((upstream) =>
      (isAsked(upstream) || (upstream.absent && upstream.requestId !== undefined)) &&
      (frame.id === undefined || upstream.requestId === frame.id)
    );
    const named = open.filter((upstream) => isNamed(upstream.arg, frame.message));
    const hit = named.length === 1 ? named[0] : open.length === 1 ? open[0] : undefined;
    if (hit !== undefined) return this.#refuse(hit, frame, now);
    for (const upstream of named.length > 0 ? named : open) this.#askAlone(upstream, now);
    return [];
  }

  /**
   * The account has too many connections with a channel: what was confirmed a moment ago is gone again (OKX v5
   * documentation, "Connection count limit"). It is asked for again after `delayMs`, then twice that and so on, since
   * other connections come and go.
   */
  onTooMany(channel: string, connections: string, now: number, delayMs: number): Change[] {
    const refusal = {
      code: "channel-conn-count-error",
      message: `The account has ${connections} connections with ${channel}, which is all that it may have`,
    };
    return [...this.#upstreams.values()]
      .filter((upstream) =>
        upstream.arg.channel === channel &&
        (upstream.state === "live" || upstream.state === "syncing" || upstream.confirmed || isAsked(upstream))
      )
      .flatMap((upstream) => {
        upstream.tooMany += 1;
        upstream.requestId = undefined;
        upstream.confirmed = false;
        upstream.retryAt = now + delayMs * 2 ** Math.min(upstream.tooMany - 1, MAX_DOUBLINGS);
        return this.#enter(upstream, "refused", refusal);
      });
  }

  /** The subscription that the argument of a push names; undefined where it takes the rows to tell. */
  route(frame: DataFrame): Upstream | undefined {
    return this.#match.find(frame);
  }

  /** The rows of a push whose argument names no subscription, for those that they name; `others` are of none. */
  split(frame: DataFrame): { readonly parts: readonly RoutedPush[]; readonly others: number } {
    const split = this.#match.split(frame);
    const key = topicKey(frame.arg);
    return this.#ending.has(key) || this.#unanswered.has(key) ? { ...split, others: 0 } : split;
  }

  /** Whether anything is desired with this argument. */
  isDesired(arg: Arg): boolean {
    return this.#upstreams.has(topicKey(arg));
  }

  /** Whether a push is of a subscription that was given up. A snapshot can overtake the answers: it is of the new one. */
  isLate(upstream: Upstream, { action }: DataFrame): boolean {
    if (this.#ending.size + this.#unanswered.size === 0) return false;
    const key = topicKey(upstream.arg);
    if (this.#ending.has(key)) return true;
    const unanswered = this.#unanswered.get(key);
    if (unanswered === undefined || unanswered.overtaken) return false;
    unanswered.overtaken = (action === "snapshot" || action === "partial") && isAsked(upstream);
    return !unanswered.overtaken;
  }

  /**
   * So many rows of a subscription were pushed, received `at` (Unix milliseconds). Returns the change to live when they
   * come before the answer, as OKX sometimes sends them.
   */
  onPush(upstream: Upstream, rows: number, at: number): Change[] {
    if (rows > 0) {
      upstream.rows += rows;
      upstream.receivedAt = at;
    }
    if (upstream.tooMany > 0 && at - upstream.since > SETTLED_MS) upstream.tooMany = 0;
    if (upstream.state !== "live") return this.#begin(upstream);
    return upstream.refusal === undefined || rows === 0 ? NO_CHANGES : this.#enter(upstream, "live");
  }

  /**
   * The newest row of a live subscription cannot be read, until one comes that can. A small book is syncing meanwhile,
   * since nothing else says that what is kept of it is that of before; of a list what is current is found out again.
   */
  onUnreadable(upstream: Upstream, now: number): Change[] {
    if (upstream.start !== "none") return this.#relist(upstream, now);
    if (upstream.state !== "live" || upstream.refusal?.code === UNREADABLE_ROW.code) return NO_CHANGES;
    const isSmallBook = upstream.shape.content === "levels";
    if (isSmallBook) upstream.confirmed = true;
    return this.#enter(upstream, isSmallBook ? "syncing" : "live", UNREADABLE_ROW);
  }

  /** A page is missing in a pushed snapshot: of what is live, what is current is found out again. */
  onTorn(upstream: Upstream, now: number): Change[] {
    const isDesired = this.#upstreams.get(topicKey(upstream.arg)) === upstream;
    const isKnown = isDesired && upstream.state === "live" && upstream.start !== "none";
    return isKnown ? this.#relist(upstream, now, MISSING_PAGE) : NO_CHANGES;
  }

  /** More is known to be open than its lists were asked about: what is current is found out again. */
  onRecalled(key: string, now: number): Change[] {
    const upstream = this.#upstreams.get(key);
    return upstream === undefined || upstream.start === "none"
      ? NO_CHANGES
      : this.#relist(upstream, now, RECALLED);
  }

  /**
   * Where a frame's text belongs, when a newer frame of the same place makes it worthless: a channel that sends one
   * row (or one whole small book) per push, already live. Undefined for everything that counts by itself.
   */
  replaceableBy(text: string): string | undefined {
    const found = this.#match.findUnread(text);
    return found?.upstream.replaceable ? found.head : undefined;
  }

  /** A book is whole: now it is live. */
  onBookLive(key: string): Change[] {
    const upstream = this.#upstreams.get(key);
    return upstream === undefined || upstream.state === "live" ? NO_CHANGES : this.#goLive(upstream);
  }

  /** A book is whole, and older than what was told of it: it is syncing, and nothing has to be asked for. */
  onBookBehind(key: string): Change[] {
    const upstream = this.#upstreams.get(key);
    if (upstream === undefined || (upstream.state === "syncing" && upstream.refusal === BEHIND)) {
      return NO_CHANGES;
    }
    if (upstream.state !== "live" && !(upstream.state === "syncing" && upstream.confirmed)) return NO_CHANGES;
    upstream.confirmed = true;
    return this.#enter(upstream, "syncing", BEHIND);
  }

  /** Upstream subscriptions of which what is current has to be found out, since the last call. */
  takeUnlisted(): readonly string[] {
    if (this.#unlisted.size === 0) return NO_KEYS;
    const keys = [...this.#unlisted];
    this.#unlisted.clear();
    return keys;
  }

  /** Everything that is current is known: now it is live. Says nothing of one that was lost meanwhile. */
  onWhole(key: string): Change[] {
    const upstream = this.#upstreams.get(key);
    if (upstream?.confirmed !== true || upstream.relistAt !== Infinity) return NO_CHANGES;
    return this.#goLive(upstream);
  }

  /** What is current cannot be had yet, for this reason; where it was known, only what it lacks now puts it in doubt. */
  onTrouble(key: string, refusal: ExchangeRejection): Change[] {
    const upstream = this.#upstreams.get(key);
    const isDoubted = upstream?.state === "live" && upstream.start !== "none" && refusal.code === MISSING;
    if (isDoubted) upstream.confirmed = true;
    return upstream?.confirmed === true ? this.#enter(upstream, "syncing", refusal) : NO_CHANGES;
  }

  /** The exchange has news of these instruments: what was refused for want of one of them is asked for again. */
  onInstruments(ids: ReadonlySet<string>): boolean {
    let due = false;
    for (const upstream of this.#upstreams.values()) {
      const { arg, absent, requestId } = upstream;
      if (!absent || requestId !== undefined) continue;
      if (!ids.has(arg.instId ?? "") && !ids.has(arg.instFamily ?? "")) continue;
      upstream.retryAt = 0;
      due = true;
    }
    return due;
  }

  /** These instruments are no longer traded: what was subscribed of them is over until the exchange has them again. */
  onExpired(ids: ReadonlySet<string>, now: number): Change[] {
    const changes: Change[] = [];
    for (const [key, upstream] of this.#upstreams) {
      const id = upstream.arg.instId;
      if (id === undefined || !ids.has(id) || upstream.state === "refused" || upstream.login) continue;
      if (upstream.state !== "wanted") this.#ending.set(key, { arg: upstream.arg, desired: false });
      this.#waitForListing(upstream, now);
      upstream.confirmed = false;
      upstream.generation = this.#nextId;
      changes.push(...this.#enter(upstream, "refused", {
        code: "expired",
        message: `The exchange says that ${id} has expired`,
      }));
    }
    return changes;
  }

  /** Refuses everything, or what needs a login alone, when the login has failed. */
  refuseAll(refusal: ExchangeRejection, options: { readonly onlyLogin?: boolean } = {}): Change[] {
    const hit = [...this.#upstreams.values()].filter(({ login }) => login || options.onlyLogin !== true);
    return hit.flatMap((upstream) => {
      upstream.refusal = refusal;
      return this.#enter(upstream, "refused", refusal);
    });
  }

  /** The login that was refused has been taken: what needs it is wanted again. */
  onLogin(): Change[] {
    const hit = [...this.#upstreams.values()].filter(({ login, state }) => login && state === "refused");
    return hit.flatMap((upstream) => {
      upstream.retryAt = 0;
      return this.#enter(upstream, "wanted");
    });
  }

  /**
   * Which subscription an answer is about. Its argument may say less than was asked; then the request's id tells, and
   * where several of one request could be meant, each is asked for alone.
   */
  #keyOf({ op, arg, id }: AckFrame, now: number): string | undefined {
    const key = topicKey(arg);
    if (this.#upstreams.has(key) || this.#unanswered.has(key)) return key;
    const similar = this.#match.similar(arg);
    if (op === "unsubscribe") {
      const ended = similar.filter(({ state, confirmed }) => state === "live" || confirmed);
      return ended.length === 1 ? topicKey((ended[0] as Upstream).arg) : undefined;
    }
    const asked = similar.filter((upstream) =>
      isAsked(upstream) && (id === undefined || upstream.requestId === id)
    );
    if (asked.length === 1) return topicKey((asked[0] as Upstream).arg);
    for (const upstream of asked) this.#askAlone(upstream, now);
    return undefined;
  }

  #askAlone(upstream: Upstream, now: number): void {
    upstream.requestId = undefined;
    upstream.alone = true;
    upstream.retryAt = now + retryDelay(upstream);
  }

  /** The exchange has said yes: now it is live, or what is current has to become known first, or a row has to come. */
  #begin(upstream: Upstream): Change[] {
    upstream.absent = false;
    if (awaitsRow(upstream)) return this.#awaitRow(upstream);
    return upstream.book || upstream.start !== "none" ? this.#confirm(upstream) : this.#goLive(upstream);
  }

  /** Whether an upstream subscription is to be asked for now, or again because no answer came. */
  #isDue(upstream: Upstream, now: number): boolean {
    if (isAsked(upstream) && now - upstream.sentAt >= ANSWER_MS) {
      upstream.requestId = undefined;
      upstream.alone = true;
    } else if (isAsked(upstream) && upstream.requestId !== undefined) {
      return false;
    }
    if (upstream.state === "live" || upstream.confirmed) return false;
    if (upstream.state === "refused" && upstream.tooMany === 0 && !upstream.absent) return false;
    if (upstream.absent && upstream.requestId !== undefined) {
      if (now - upstream.sentAt >= ANSWER_MS) this.#waitForListing(upstream, now);
      return false;
    }
    return now >= upstream.retryAt;
  }

  /** The patience with its silence begins again, and what is said of it stays as it is. */
  #awaitRow(upstream: Upstream): Change[] {
    upstream.requestId = undefined;
    upstream.attempts = 0;
    upstream.alone = false;
    if (!upstream.confirmed) upstream.rowSeenAt = undefined;
    upstream.confirmed = true;
    return upstream.state === "stale" ? NO_CHANGES : this.#enter(upstream, "stale");
  }

  #confirm(upstream: Upstream, again?: "again"): Change[] {
    upstream.requestId = undefined;
    upstream.attempts = 0;
    upstream.alone = false;
    if (upstream.confirmed || (upstream.state === "live" && again === undefined)) return NO_CHANGES;
    upstream.confirmed = true;
    if (upstream.start !== "none") this.#unlisted.add(topicKey(upstream.arg));
    return upstream.state === "syncing" ? NO_CHANGES : this.#enter(upstream, "syncing");
  }

  /** What is current is not known any more. It is found out again: at once, but not more than once in a while. */
  #relist(upstream: Upstream, now: number, refusal = UNREADABLE_ROW): Change[] {
    const isSyncing = upstream.state === "syncing" && upstream.confirmed;
    if (upstream.state !== "live" && !isSyncing) return NO_CHANGES;
    upstream.relistAt = Math.max(now, upstream.relistedAt + RELIST_MS);
    if (upstream.relistAt <= now) {
      upstream.relistAt = Infinity;
      upstream.relistedAt = now;
      this.#unlisted.add(topicKey(upstream.arg));
    }
    if (isSyncing) return NO_CHANGES;
    upstream.confirmed = true;
    return this.#enter(upstream, "syncing", refusal);
  }

  #restart(
    upstream: Upstream,
    at: number,
    state: "stale" | "syncing",
    refusal?: ExchangeRejection,
  ): Change[] {
    this.#ending.set(topicKey(upstream.arg), { arg: upstream.arg, desired: false });
    upstream.requestId = undefined;
    upstream.confirmed = false;
    upstream.retryAt = at;
    upstream.generation = this.#nextId;
    return this.#enter(upstream, state, refusal);
  }

  #goLive(upstream: Upstream): Change[] {
    upstream.rowSeenAt = undefined;
    upstream.confirmed = false;
    upstream.requestId = undefined;
    upstream.attempts = 0;
    upstream.alone = false;
    return upstream.state === "live" ? NO_CHANGES : this.#enter(upstream, "live");
  }

  #refuse(upstream: Upstream, frame: ErrorFrame, now: number): Change[] {
    const refusal = { code: frame.code, message: frame.message };
    upstream.requestId = undefined;
    upstream.atExchange = false;
    if (errorAction(frame.code) !== "retry") {
      upstream.tooMany = 0;
      const known = upstream.absent && upstream.refusal?.code === frame.code;
      if (ABSENT.includes(frame.code)) this.#waitForListing(upstream, now);
      if (known) return NO_CHANGES;
      return this.#enter(upstream, "refused", refusal);
    }
    upstream.absent = false;
    upstream.retryAt = now + retryDelay(upstream);
    return this.#enter(upstream, "wanted", refusal);
  }

  #send(upstream: Upstream, id: string, now: number, args: Arg[], requests: Request[]): Change[] {
    requests.push({ op: "subscribe", args, id });
    return this.#markSent(upstream, id, now);
  }

  #markSent(upstream: Upstream, id: string, now: number): Change[] {
    if (upstream.desired) this.#pace.note(topicKey(upstream.arg), now);
    upstream.desired = false;
    upstream.requestId = id;
    upstream.sentAt = now;
    upstream.attempts += 1;
    // One that is asked for again now and then stays refused until the exchange says otherwise.
    if (upstream.absent) return NO_CHANGES;
    if (awaitsRow(upstream)) return upstream.state === "stale" ? NO_CHANGES : this.#enter(upstream, "stale");
    return upstream.state === "sent" ? NO_CHANGES : this.#enter(upstream, "sent", upstream.refusal);
  }

  #enter(upstream: Upstream, state: Upstream["state"], refusal?: ExchangeRejection): Change[] {
    if (upstream.state !== state) upstream.since = this.#clock();
    upstream.state = state;
    upstream.refusal = refusal;
    return upstream.list.map((topic) => ({ topic, state, refusal }));
  }

  #waitForListing(upstream: Upstream, now: number): void {
    upstream.absent = true;
    upstream.requestId = undefined;
    upstream.retryAt = now + LISTING_MS;
  }

  #takeId(): string {
    return `k${this.#nextId++}`;
  }
}

/** Why the newest row of a subscription is not what is kept. */
const UNREADABLE_ROW: ExchangeRejection = {
  code: "unreadable",
  message: "The exchange sent a row that cannot be read",
};

/** The code of what is known and in no list. */
export const MISSING = "missing";

/** Why what is open is not known any more, though every row can be read. */
const MISSING_PAGE: ExchangeRejection = {
  code: "unreadable",
  message: "The exchange left out a page of a snapshot",
};

/** Why what is open is not known any more, though nothing was lost. */
const RECALLED: ExchangeRejection = {
  code: "recalled",
  message: "More was open when okws was last stopped than was known at its start, asking for all of it",
};

/** Why a book that is whole is not live. */
export const BEHIND: ExchangeRejection = {
  code: "behind",
  message: "The exchange's snapshot of the book is older than what came of it before",
};

/** The exchange has no such channel or instrument (OKX v5, "WebSocket error codes"). */
const ABSENT = ["60018", "51001"];

/** An instrument can be subscribed from 5 minutes before its listing (OKX changelog of 2025-05-06). */
const LISTING_MS = 600_000;

const NO_KEYS: readonly string[] = [];

/** Between two times that what is current is asked for because a row could not be read. */
const RELIST_MS = 60_000;

/** A subscription that the exchange left alone for this long has a connection of its own for good. */
const SETTLED_MS = 60_000;

/** Patience with a silent subscription doubles this often at most. */
const MAX_DOUBLINGS = 6;

/** The number in the id of a request; infinite where the exchange does not repeat ids, as in v3. */
function numberOf(id: string | undefined): number {
  return id === undefined ? Infinity : Number(id.slice(1));
}

const NO_CHANGES: Change[] = [];
