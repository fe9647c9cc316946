/**
 * Which requests are due: ends first, then what is asked for alone, then everything else together, as many as there is
 * room for. What was not answered in {@link ANSWER_MS} is due again. Desires that are changed again and again wait
 * (`request_pace.ts`), and so does every desire while there is no room for it; what has to be repaired does not.
 */
import type { Arg } from "../../okx/frame.ts";
import type { Ending, Endings } from "./endings.ts";
import { RequestPace } from "./request_pace.ts";
import { waitForListing } from "./state.ts";
import { isAccepted, isAsked, NO_ANSWER, type Upstream } from "./upstream.ts";

/** One request to send: args that may share a frame. */
export type Request = { readonly op: "subscribe" | "unsubscribe"; readonly args: Arg[]; readonly id: string };

/** What may be sent at once. */
export type RequestLimits = {
  /** Cuts args into those that may share a request. */
  readonly chunk: (args: readonly Arg[]) => Arg[][];
  /** Requests that may be sent now; what does not fit stays due. */
  readonly room?: number;
  /** How many of them for what somebody has begun, or ceased, to desire. */
  readonly desireRoom?: number;
};

/** An upstream subscription that is in the request of this id. */
export type RequestedUpstream = { readonly upstream: Upstream; readonly id: string };

/** Requests to send now; `desired`: so many of them are for what somebody desires. */
export type Schedule = {
  readonly requests: Request[];
  readonly asked: RequestedUpstream[];
  readonly desired: number;
};

/** An answer that has not come within so many milliseconds is asked for again. */
export const ANSWER_MS = 10_000;

/** Requests for a single argument sent in one turn; a request costs one of 480 an hour (OKX v5, "Connect"). */
const ALONE_PER_TURN = 10;

/** The requests of one connection. Times are milliseconds of one monotonic clock. */
export class RequestScheduler {
  readonly #endings: Endings;
  readonly #pace = new RequestPace();
  #nextId = 1;

  constructor(endings: Endings) {
    this.#endings = endings;
  }

  /** The number that the next request has: {@link requestNumberOf} of its id. */
  get nextNumber(): number {
    return this.#nextId;
  }

  /** Begins a new connection, which has an hour of its own. */
  onUp(): void {
    this.#pace.clear();
  }

  /** Returns what is to be sent now, and counts it as sent; the caller marks what was asked for. */
  due(upstreams: Iterable<Upstream>, now: number, limits: RequestLimits): Schedule {
    const { chunk, room: most = Infinity, desireRoom = most } = limits;
    const isReady = (key: string, desired: boolean) =>
      !desired || (desireRoom > 0 && this.#pace.isReady(key, now));
    this.#endings.expire(now, ANSWER_MS);
    const ending = [...this.#endings.due()].filter(({ key, desired }) => isReady(key, desired));
    const asking: Upstream[] = [];
    for (const upstream of upstreams) {
      expireAnswer(upstream, now);
      if (isDue(upstream, now) && isReady(upstream.key, upstream.request.desired)) asking.push(upstream);
    }
    const desires =
      [...ending, ...asking.map(({ request }) => request)].filter(({ desired }) => desired).length;
    const isRepair = desires < ending.length + asking.length;
    const room = isRepair ? most : Math.min(most, desireRoom);

    const requests: Request[] = [];
    const asked: RequestedUpstream[] = [];
    const send = (op: Request["op"], args: Arg[]) => {
      const id = `k${this.#nextId++}`;
      requests.push({ op, args, id });
      return id;
    };
    const byArg = new Map<Arg, Ending>(ending.map((each) => [each.arg, each]));
    for (const args of chunk([...byArg.keys()])) {
      if (requests.length >= room) break;
      send("unsubscribe", args);
      for (const arg of args) this.#onEndSent(byArg.get(arg) as Ending, now);
    }
    for (const upstream of asking.filter(({ retry }) => retry.alone).slice(0, ALONE_PER_TURN)) {
      if (requests.length >= room) break;
      asked.push(this.#onSent(upstream, send("subscribe", [upstream.arg]), now));
    }
    const together = new Map(
      asking.filter(({ retry }) => !retry.alone).map((upstream) => [upstream.arg, upstream]),
    );
    for (const args of chunk([...together.keys()])) {
      if (requests.length >= room) break;
      const id = send("subscribe", args);
      for (const arg of args) asked.push(this.#onSent(together.get(arg) as Upstream, id, now));
    }
    return { requests, asked, desired: desires > 0 ? requests.length : 0 };
  }

  /** Returns the keys of what somebody has begun to desire and what could be asked for now, were there room. */
  waiting(upstreams: Iterable<Upstream>, now: number): string[] {
    return [...upstreams].filter(({ key, request: { desired }, state }) =>
      desired && state === "wanted" && this.#pace.isReady(key, now) && !this.#pace.isRestless(key, now)
    ).map(({ key }) => key);
  }

  /** Returns whether a subscription was asked for and ended often within the hour. */
  isRestless(key: string, now: number): boolean {
    return this.#pace.isRestless(key, now);
  }

  #onEndSent(ending: Ending, now: number): void {
    if (ending.desired) this.#pace.note(ending.key, now);
    this.#endings.onSent(ending, now);
  }

  #onSent(upstream: Upstream, id: string, now: number): RequestedUpstream {
    if (upstream.request.desired) this.#pace.note(upstream.key, now);
    return { upstream, id };
  }
}

/** Returns the number in the id of a request; infinite where the exchange does not repeat ids, as in v3. */
export function requestNumberOf(id: string | undefined): number {
  return id === undefined ? Infinity : Number(id.slice(1));
}

/** Gives up an answer that is overdue: what was asked for with others is asked for alone from then on. */
export function expireAnswer(upstream: Upstream, now: number): void {
  const { request: { answer, absent }, retry } = upstream;
  if (answer.kind !== "awaited" || now - answer.sentAt < ANSWER_MS) return;
  if (absent) return waitForListing(upstream, now);
  if (!isAsked(upstream)) return;
  upstream.request.answer = NO_ANSWER;
  retry.alone = true;
}

/** Returns whether an upstream subscription is to be asked for now. */
export function isDue(upstream: Upstream, now: number): boolean {
  const { request: { answer, absent, tooMany }, state, retry } = upstream;
  if (isAccepted(upstream)) return false;
  if (answer.kind === "awaited" && (absent || isAsked(upstream))) return false;
  if (state === "refused" && tooMany === 0 && !absent) return false;
  return now >= retry.at;
}
