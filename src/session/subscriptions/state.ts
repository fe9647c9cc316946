/**
 * The state machine of one upstream subscription, as far as requests, answers and the connection drive it: each function
 * takes an input, keeps the books of the subscription (`answer`, `retry` and so on), and returns what follows. It never
 * sets `state` itself; `subscriptions.ts` carries out what is returned. docs/architecture.md draws the states.
 */
import { doubled } from "../../shared/async/backoff.ts";
import type { ExchangeRejection } from "../../model/events.ts";
import { errorAction } from "../../okx/error_codes.ts";
import type { ErrorFrame } from "../../okx/frame.ts";
import { awaitsRow } from "./liveness.ts";
import { ENDED, expired, isOfConnection, SILENT } from "./rejections.ts";
import {
  ACCEPTED,
  isAccepted,
  isAsked,
  isIncomplete,
  isSmallBook,
  NO_ANSWER,
  type Upstream,
  type UpstreamState,
} from "./upstream.ts";

/** What follows from an input. */
export type Transition = {
  /** The state that is entered, which may be the present one with another reason; undefined: nothing changes. */
  readonly state?: UpstreamState;
  /** The reason for the state. */
  readonly refusal?: ExchangeRejection | undefined;
  /** Milliseconds until it is tried again. */
  readonly retryMs?: number;
  /** What is current has to be found out. */
  readonly list?: true;
  /** The exchange has to be asked to end what it has. */
  readonly end?: true;
};

export const NOTHING: Transition = {};
const TO_WANTED: Transition = { state: "wanted" };
const TO_SILENT: Transition = { state: "stale", refusal: SILENT };
const TO_LIVE: Transition = { state: "live" };

/** The exchange has no such channel or instrument (OKX v5, "WebSocket error codes"). */
const ABSENT: readonly string[] = ["60018", "51001"];

/** An instrument can be subscribed from 5 minutes before its listing (OKX changelog of 2025-05-06). */
const LISTING_MS = 600_000;

/** After so long without another rejection for too many connections the next wait is the shortest again. */
const SETTLED_MS = 60_000;

/** The wait for a connection less of the account doubles this often at most. */
const MAX_DOUBLINGS = 6;

/** Handles a new connection, which knows nothing: everything has to be sent. `generation` is the number of the next request. */
export function onUp(upstream: Upstream, generation: number): Transition {
  upstream.request.answer = NO_ANSWER;
  upstream.retry.at = 0;
  upstream.retry.attempts = 0;
  upstream.retry.alone = false;
  upstream.relisting.dueAt = Infinity;
  upstream.request.absent = false;
  upstream.request.desired = false;
  upstream.request.atExchange = false;
  upstream.request.generation = generation;
  if (isOfConnection(upstream.refusal)) upstream.refusal = undefined;
  return upstream.state === "refused" ? TO_WANTED : NOTHING;
}

/**
 * Handles a connection that is lost, or cannot be had, for this reason: what was live is stale, what was under way is only
 * desired.
 */
export function onDown(upstream: Upstream, refusal: ExchangeRejection): Transition {
  const { state } = upstream;
  upstream.request.answer = NO_ANSWER;
  if (state === "refused") return NOTHING;
  return { state: state === "wanted" || state === "sent" ? "wanted" : "stale", refusal };
}

/** Notes when the login that was refused is tried again, Unix ms. */
export function onLoginRetry(upstream: Upstream, nextAt: number): Transition {
  const { state, refusal } = upstream;
  return state === "refused" && refusal !== undefined ? { state, refusal: { ...refusal, nextAt } } : NOTHING;
}

/** Handles that a subscription was sent in the request of this id. */
export function onSent(upstream: Upstream, id: string, now: number): Transition {
  upstream.request.desired = false;
  upstream.request.answer = { kind: "awaited", id, sentAt: now };
  upstream.retry.attempts += 1;
  // One that is asked for again now and then stays refused until the exchange says otherwise.
  if (upstream.request.absent) return NOTHING;
  if (awaitsRow(upstream)) return awaitsRowAsSaid(upstream) ? NOTHING : TO_SILENT;
  return upstream.state === "sent" ? NOTHING : { state: "sent", refusal: withoutTime(upstream.refusal) };
}

/**
 * Handles the exchange's confirmation, with `hasRow` by a row: it is live, or what is current has to become known first, or a
 * row has to come.
 */
export function onAccepted(upstream: Upstream, hasRow = false): Transition {
  upstream.request.absent = false;
  if (awaitsRow(upstream)) return awaitRow(upstream);
  const isWhole = isSmallBook(upstream) ? hasRow : !upstream.traits.book && upstream.traits.start === "none";
  return isWhole ? goLive(upstream) : awaitWhole(upstream);
}

/** Makes a subscription live: everything that is current is known. */
export function goLive(upstream: Upstream): Transition {
  accept(upstream);
  upstream.silence.rowSeenAt = undefined;
  return upstream.state === "live" ? NOTHING : TO_LIVE;
}

/** Handles a rejection by the exchange; where it has no such instrument yet it is asked for again now and then. */
export function onRejected(upstream: Upstream, { code, message }: ErrorFrame, now: number): Transition {
  upstream.request.answer = NO_ANSWER;
  upstream.request.atExchange = false;
  if (errorAction(code) === "retry") {
    upstream.request.absent = false;
    const retryMs = retryDelay(upstream);
    upstream.retry.at = now + retryMs;
    return { state: "wanted", refusal: { code, message }, retryMs };
  }
  upstream.request.tooMany = 0;
  const refused = { state: "refused", refusal: { code, message } } as const;
  if (!ABSENT.includes(code)) return refused;
  waitForListing(upstream, now);
  return { ...refused, retryMs: LISTING_MS };
}

/** Counts rows that were pushed or fetched, received `at` (Unix milliseconds). */
export function countRows(upstream: Upstream, rows: number, at: number): void {
  upstream.counts.rows += rows;
  upstream.counts.receivedAt = at;
}

/** Notes a push, received `at` (Unix milliseconds): what the exchange left alone for long enough keeps its connection. */
export function clearTooMany(upstream: Upstream, at: number): void {
  if (upstream.request.tooMany > 0 && at - upstream.since > SETTLED_MS) upstream.request.tooMany = 0;
}

/** Asks for it again, alone: an answer could have been about several. */
export function askAlone(upstream: Upstream, now: number): void {
  upstream.request.answer = NO_ANSWER;
  upstream.retry.alone = true;
  upstream.retry.at = now + retryDelay(upstream);
}

/** Handles that the exchange has ended a subscription unasked. */
export function onEnded(upstream: Upstream, now: number): Transition {
  if (!isAccepted(upstream)) return NOTHING;
  upstream.request.answer = NO_ANSWER;
  const retryMs = retryDelay(upstream);
  upstream.retry.at = now + retryMs;
  return { state: "stale", refusal: ENDED, retryMs };
}

/**
 * Handles that the exchange has taken it back for too many connections of the account: asked for again after `delayMs`, then
 * twice that.
 */
export function onTooMany(
  upstream: Upstream,
  refusal: ExchangeRejection,
  { now, delayMs }: { readonly now: number; readonly delayMs: number },
): Transition {
  if (!isAccepted(upstream) && upstream.state !== "syncing" && !isAsked(upstream)) return NOTHING;
  upstream.request.answer = NO_ANSWER;
  upstream.request.tooMany += 1;
  const retryMs = doubled(delayMs, Math.min(upstream.request.tooMany - 1, MAX_DOUBLINGS));
  upstream.retry.at = now + retryMs;
  return { state: "refused", refusal, retryMs };
}

/**
 * Instruments with these ids are no longer traded: what is subscribed of one is over until the exchange has it again, except
 * for what needs a login, which reports the ends of what was open.
 */
export function onExpired(
  upstream: Upstream,
  { ids, generation, now }: {
    readonly ids: ReadonlySet<string>;
    readonly generation: number;
    readonly now: number;
  },
): Transition {
  const { state, traits: { login }, arg: { instId } } = upstream;
  if (instId === undefined || !ids.has(instId) || state === "refused" || login) return NOTHING;
  waitForListing(upstream, now);
  upstream.request.generation = generation;
  const entered = { state: "refused", refusal: expired(instId), retryMs: LISTING_MS } as const;
  return state === "wanted" ? entered : { ...entered, end: true };
}

/** Handles news of its instrument. Returns whether it is to be asked for again because of that. */
export function onInstrument(upstream: Upstream): boolean {
  if (!upstream.request.absent || upstream.request.answer.kind === "awaited") return false;
  upstream.retry.at = 0;
  return true;
}

/** Handles a refused login, and with it the refusal of what needs one. */
export function onLoginRefused(upstream: Upstream, refusal: ExchangeRejection, retryMs?: number): Transition {
  if (isAccepted(upstream)) upstream.request.answer = NO_ANSWER;
  return { state: "refused", refusal, ...(retryMs !== undefined && { retryMs }) };
}

/** Handles a login that is taken after all. */
export function onLogin(upstream: Upstream): Transition {
  if (!upstream.traits.login || upstream.state !== "refused") return NOTHING;
  upstream.retry.at = 0;
  return TO_WANTED;
}

/** Handles that what was refused is desired again: the exchange is asked again. */
export function onDesiredAgain(upstream: Upstream): Transition {
  upstream.retry.at = 0;
  upstream.request.absent = false;
  upstream.request.desired = true;
  return TO_WANTED;
}

/** How a subscription begins again: in `state` until it is asked for, not before `at`, in a request with this number or a later. */
export type Restart = {
  readonly state: "stale" | "syncing";
  readonly at: number;
  readonly generation: number;
  readonly refusal?: ExchangeRejection | undefined;
};

/** Ends a subscription at the exchange, to ask for it again. */
export function restart(upstream: Upstream, { state, at, generation, refusal }: Restart): Transition {
  upstream.request.answer = NO_ANSWER;
  upstream.retry.at = at;
  upstream.request.generation = generation;
  return { state, refusal, end: true };
}

/** Has it asked for again when the exchange may have listed its instrument. */
export function waitForListing(upstream: Upstream, now: number): void {
  upstream.request.absent = true;
  upstream.request.answer = NO_ANSWER;
  upstream.retry.at = now + LISTING_MS;
}

/**
 * Returns milliseconds to the next request: longer with each attempt, so that what keeps failing cannot eat the hourly
 * budget.
 */
function retryDelay({ retry }: Upstream): number {
  return doubled(1000, retry.attempts, 60_000);
}

/** The patience with its silence begins again, and what is said of it stays as it is. */
function awaitRow(upstream: Upstream): Transition {
  if (!isIncomplete(upstream)) upstream.silence.rowSeenAt = undefined;
  accept(upstream);
  return awaitsRowAsSaid(upstream) ? NOTHING : TO_SILENT;
}

/** Returns whether a row has to come of a subscription. */
function awaitsRowAsSaid({ state, refusal }: Upstream): boolean {
  return state === "stale" && refusal?.code === SILENT.code;
}

/** Accepted, and what is current has to become known. */
function awaitWhole(upstream: Upstream): Transition {
  if (isAccepted(upstream)) return NOTHING;
  accept(upstream);
  const state = upstream.state === "syncing" ? undefined : "syncing";
  return { ...(state && { state }), ...(upstream.traits.start !== "none" && { list: true }) };
}

/** Returns a reason of which the attempt is being made. */
function withoutTime(refusal: ExchangeRejection | undefined): ExchangeRejection | undefined {
  return refusal && { code: refusal.code, message: refusal.message };
}

function accept(upstream: Upstream): void {
  upstream.request.answer = ACCEPTED;
  upstream.retry.attempts = 0;
  upstream.retry.alone = false;
}
