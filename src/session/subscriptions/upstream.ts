/** One upstream subscription: the argument that the exchange was asked for, and where that stands. */
import type { ExchangeRejection, SubscriptionState } from "../../model/events.ts";
import type { Arg } from "../../okx/frame.ts";
import { type RowShape, shapeOf } from "../../okx/row_fit.ts";
import type { Topic } from "../../okx/topic.ts";
import { type Start, startOf } from "./start.ts";

/** See the module comment. Times are milliseconds of one monotonic clock. */
export type Upstream = {
  readonly arg: Arg;
  readonly topics: Map<string, Topic>;
  /** The topics again, as the list that every push needs. */
  list: readonly Topic[];
  state: Exclude<SubscriptionState, "gone">;
  /** When the state was entered, and when a row last came (0: never), in Unix milliseconds. */
  since: number;
  receivedAt: number;
  /** Rows received by this connection. */
  rows: number;
  /** Grows with every new wish for it, so that an answer to an older request changes nothing. */
  generation: number;
  refusal: ExchangeRejection | undefined;
  /** Request that the exchange has not answered yet. */
  requestId: string | undefined;
  sentAt: number;
  /** Not sent again before this time. */
  retryAt: number;
  attempts: number;
  /** An order book, which is live with its first snapshot and not with the exchange's answer. */
  readonly book: boolean;
  /** How what is current becomes known; where it has to, the subscription is live with that alone. */
  readonly start: Start;
  /** When what is current has to be found out again, since a row could not be read; Infinity: not. And when it last was. */
  relistAt: number;
  relistedAt: number;
  /** The exchange has said yes to what is not whole yet. */
  confirmed: boolean;
  /** What its rows look like. */
  readonly shape: RowShape;
  /** Each push holds the whole of what is kept. */
  readonly replaceable: boolean;
  readonly login: boolean;
  /** Asked for alone, because an answer could not be told apart from its neighbours'. */
  alone: boolean;
  /** Longest silence that the exchange promises, in milliseconds; undefined: quiet is normal. */
  readonly everyMs: number | undefined;
  /** By the monotonic clock, as of the last look: when a row last came, or it became live; undefined: not looked since. */
  rowSeenAt: number | undefined;
  /** The count of rows at that look. */
  rowsSeen: number;
  /** The exchange has it, or may have it, though it is not asked for here any more. */
  atExchange: boolean;
  /** Somebody has begun to desire it, and it has not been asked for since. */
  desired: boolean;
  /** Refused because the exchange does not have it, which may change: it is asked for again now and then. */
  absent: boolean;
  /** Times in a row that the exchange took it back for too many connections. */
  tooMany: number;
  /** Times in a row that it was asked for anew because it had fallen silent. */
  renewals: number;
};

/** Wanted, and not sent yet. */
export function createUpstream(topic: Topic, now: number): Upstream {
  const { arg, storage, key, login, maxSilenceSeconds } = topic;
  return {
    arg,
    topics: new Map(),
    list: [],
    state: "wanted",
    since: now,
    receivedAt: 0,
    rows: 0,
    generation: 1,
    refusal: undefined,
    requestId: undefined,
    sentAt: 0,
    retryAt: 0,
    attempts: 0,
    book: storage === "book",
    start: startOf(topic),
    relistAt: Infinity,
    relistedAt: -Infinity,
    confirmed: false,
    shape: shapeOf(topic),
    replaceable: storage === "view" || (storage === "latest" && key.length === 1 && arg.instId !== undefined),
    login,
    alone: false,
    everyMs: maxSilenceSeconds === undefined ? undefined : maxSilenceSeconds * 1000,
    rowSeenAt: undefined,
    rowsSeen: 0,
    absent: false,
    atExchange: false,
    desired: true,
    tooMany: 0,
    renewals: 0,
  };
}

/** Whether it was renewed because it had fallen silent, and no row has come since: an acknowledgement proves nothing. */
export function awaitsRow({ renewals, rows, rowsSeen }: Upstream): boolean {
  return renewals > 0 && rows === rowsSeen;
}

/** Whether the exchange was asked for it and may still answer. */
export function isAsked(upstream: Upstream): boolean {
  return upstream.state === "sent" || (upstream.state === "stale" && upstream.requestId !== undefined);
}

/** Spaced further with each attempt, so that an argument that keeps failing cannot eat the hourly budget. */
export function retryDelay(upstream: Upstream): number {
  return Math.min(60_000, 1000 * 2 ** Math.min(upstream.attempts, 6));
}

/**
 * Whether an error text names this argument: its channel and every other member, or in v3 its path
 * (`Channel spot/trade:X doesn't exist`).
 */
export function isNamed(arg: Arg, message: string): boolean {
  if (arg.channel.includes("/")) {
    return hasWord(message, arg.instId === undefined ? arg.channel : `${arg.channel}:${arg.instId}`);
  }
  return Object.entries(arg).every(([name, value]) => hasWord(message, `${name}:${value}`));
}

/** `channel:books` must not be found in `channel:books5`. */
function hasWord(message: string, word: string): boolean {
  const at = message.indexOf(word);
  return at >= 0 && !/[A-Za-z0-9_-]/.test(message.charAt(at + word.length));
}
