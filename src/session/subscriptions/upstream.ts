/**
 * One upstream subscription: the argument that the exchange is asked for, the topics that it serves, and where it stands.
 * Topics with equal arguments share one. `state.ts`, `completeness.ts`, `liveness.ts` and `request_scheduler.ts` say how
 * it changes.
 */
import type { ExchangeRejection, SubscriptionState } from "../../model/events.ts";
import type { Arg } from "../../okx/frame.ts";
import type { RowShape } from "../../okx/row_fit.ts";
import type { Topic } from "../../okx/topic.ts";
import { type Start, startOf } from "./start.ts";

/** The states of what is desired; `gone` is of what is not. */
export type UpstreamState = Exclude<SubscriptionState, "gone">;

/** How far the newest request has come. What is live has been accepted. */
export type RequestAnswer =
  /** Not asked for, or the request was lost, refused or given up. */
  | { readonly kind: "none" }
  /** Sent under this id at this time (monotonic clock, ms), and not answered. */
  | { readonly kind: "awaited"; readonly id: string; readonly sentAt: number }
  /** The exchange has acknowledged it, or pushes. */
  | { readonly kind: "accepted" };

export const NO_ANSWER: RequestAnswer = { kind: "none" };
export const ACCEPTED: RequestAnswer = { kind: "accepted" };

/**
 * An upstream subscription, by what owns each part of it. Times are milliseconds of one monotonic clock unless they say
 * otherwise.
 */
export type Upstream = {
  /** Equal for topics that it serves: {@link Topic.upstream}. */
  readonly key: string;
  readonly arg: Arg;
  readonly traits: Traits;

  /** The topics that it serves, by path. Changed by {@link addTopic} and {@link removeTopic} alone. */
  readonly topics: Map<string, Topic>;
  /** The topics again, as the list that every push needs. */
  list: readonly Topic[];

  /** Where it stands, as users see it: `upstream_set.ts` enters the states that transitions ask for. */
  state: UpstreamState;
  refusal: ExchangeRejection | undefined;
  /** When the state was entered, in Unix milliseconds. */
  since: number;

  readonly request: UpstreamRequest;
  readonly retry: Retry;
  readonly counts: Counts;
  readonly silence: Silence;
  readonly relisting: Relisting;
};

/** What its topics decide once and for all. */
export type Traits = {
  readonly login: boolean;
  /** An order book, which is live with its first snapshot and not with the exchange's answer. */
  readonly book: boolean;
  /** How what is current becomes known; where it has to, the subscription is live with that alone. */
  readonly start: Start;
  /** What its rows look like. */
  readonly shape: RowShape;
  /** Each push holds the whole of what is kept, so that an unread one may be left for a newer. */
  readonly replaceable: boolean;
};

/** What `state.ts` knows of what the exchange was asked for, and of its answers. */
export type UpstreamRequest = {
  /** Somebody has begun to desire it, and it has not been asked for since. */
  desired: boolean;
  /** Number of the first request that is for the present desire: an answer to an older one changes nothing. */
  generation: number;
  answer: RequestAnswer;
  /** The exchange has it, or may have it, although this desire has not been sent. */
  atExchange: boolean;
  /** Refused because the exchange does not have it, which may change: it is asked for again now and then. */
  absent: boolean;
  /** Times in a row that the exchange took it back for too many connections. */
  tooMany: number;
};

/** Rows received by this connection, and when the last of them came, in Unix milliseconds (0: none has). */
export type Counts = { rows: number; receivedAt: number };

/** When, and how, a subscription is asked for again. */
export type Retry = {
  /** Not sent before this time. */
  at: number;
  /** Requests since it was last accepted. */
  attempts: number;
  /** Sent in a request of its own, because an answer could not be distinguished from its neighbours'. */
  alone: boolean;
};

/** What `liveness.ts` knows of its silence. */
export type Silence = {
  /** Longest silence that the exchange promises, in milliseconds; undefined: quiet is normal. */
  readonly everyMs: number | undefined;
  /** As of the last look: when a row last came, or it became live; undefined: not looked since. */
  rowSeenAt: number | undefined;
  /** The count of rows at that look. */
  rowsSeen: number;
  /** Times in a row that it was subscribed again because it had fallen silent. */
  renewals: number;
};

/** When what is current is found out again although the subscription goes on; Infinity: it need not. And when it last was. */
export type Relisting = { dueAt: number; lastAt: number };

/** Returns an upstream subscription in state `wanted`, without topics; `at` in Unix milliseconds. */
export function createUpstream(topic: Topic, at: number): Upstream {
  const { arg, storage, key, login, maxSilenceSeconds } = topic;
  return {
    key: topic.upstream,
    arg,
    traits: {
      ...{ login, book: storage === "book", start: startOf(topic), shape: topic.shape },
      replaceable: storage === "bookSnapshot" ||
        (storage === "latest" && key.length === 1 && arg.instId !== undefined),
    },
    topics: new Map(),
    list: [],
    state: "wanted",
    refusal: undefined,
    since: at,
    request: {
      ...{ desired: true, generation: 1, answer: NO_ANSWER },
      ...{ atExchange: false, absent: false, tooMany: 0 },
    },
    retry: { at: 0, attempts: 0, alone: false },
    counts: { rows: 0, receivedAt: 0 },
    silence: {
      everyMs: maxSilenceSeconds === undefined ? undefined : maxSilenceSeconds * 1000,
      rowSeenAt: undefined,
      rowsSeen: 0,
      renewals: 0,
    },
    relisting: { dueAt: Infinity, lastAt: -Infinity },
  };
}

/** Adds a topic, or replaces the one of its path. */
export function addTopic(upstream: Upstream, topic: Topic): void {
  upstream.topics.set(topic.path, topic);
  upstream.list = [...upstream.topics.values()];
}

/** Removes the topic of a path. */
export function removeTopic(upstream: Upstream, path: string): void {
  upstream.topics.delete(path);
  upstream.list = [...upstream.topics.values()];
}

/** Returns whether each push is a whole small order book: what is stored is none before the first of them. */
export function isSmallBook({ traits: { book, shape } }: Upstream): boolean {
  return !book && shape.content === "levels";
}

/** Returns whether the exchange has accepted the newest request. */
export function isAccepted({ request: { answer } }: Upstream): boolean {
  return answer.kind === "accepted";
}

/** Returns whether a subscription is accepted and not live: what is current, or a row, has still to come. */
export function isIncomplete(upstream: Upstream): boolean {
  return upstream.request.answer.kind === "accepted" && upstream.state !== "live";
}

/** Returns whether the exchange was asked for it and may still answer, also where the request was given up. */
export function isAsked({ state, request: { answer } }: Upstream): boolean {
  return state === "sent" || (state === "stale" && answer.kind === "awaited");
}

/** Returns whether a subscription was sent in the request of this id, or in any where the exchange gave none. */
export function isOfRequest({ request: { answer } }: Upstream, id: string | undefined): boolean {
  return id === undefined || (answer.kind === "awaited" && answer.id === id);
}
