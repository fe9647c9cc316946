/**
 * Whether what is current of a subscription is known. What puts it in doubt although the connection goes on (a row that
 * cannot be read, a page that is missing, a list that lacks what is known, an old order book) makes it syncing; it is live
 * again when everything has been found out. The functions are as those of `state.ts`.
 */
import type { ExchangeRejection } from "../../model/events.ts";
import { BEHIND, MISSING, MISSING_PAGE, RECALLED, UNREADABLE_ROW } from "./rejections.ts";
import { goLive, NOTHING, type Transition } from "./state.ts";
import { isAccepted, isIncomplete, isSmallBook, type Upstream } from "./upstream.ts";

/** Milliseconds between two times that what is current is asked for because a row could not be read. */
const RELIST_MS = 60_000;

/** Handles another topic that joins: what was listed, or is being listed, for the others was not for this one. */
export function onTopicAdded(upstream: Upstream): Transition {
  if (upstream.traits.start === "none" || !isAccepted(upstream)) return NOTHING;
  if (upstream.state === "live") return { state: "syncing", list: true };
  return upstream.state === "syncing" ? { list: true } : NOTHING;
}

/** Handles a push of which so many rows could be read: an earlier one that could not be is overcome. */
export function onRowsWhileLive(upstream: Upstream, rows: number): Transition {
  return upstream.refusal === undefined || rows === 0 ? NOTHING : { state: "live" };
}

/**
 * Handles a newest row that cannot be read, until one comes that can. A small book is syncing meanwhile, since nothing else
 * says that what is stored is that of before; of a list what is current is found out again.
 */
export function onUnreadable(upstream: Upstream, now: number): Transition {
  if (upstream.traits.start !== "none") return relist(upstream, now);
  if (upstream.refusal?.code === UNREADABLE_ROW.code) return NOTHING;
  if (isSmallBook(upstream)) {
    return isFollowed(upstream) ? { state: "syncing", refusal: UNREADABLE_ROW } : NOTHING;
  }
  return upstream.state === "live" ? { state: "live", refusal: UNREADABLE_ROW } : NOTHING;
}

/** Handles a page that is missing in a pushed snapshot of what is live. */
export function onTorn(upstream: Upstream, now: number): Transition {
  if (upstream.state !== "live" || upstream.traits.start === "none") return NOTHING;
  return relist(upstream, now, MISSING_PAGE);
}

/** Handles that more is known to be open than its lists were compared with. */
export function onRecalled(upstream: Upstream, now: number): Transition {
  return upstream.traits.start === "none" ? NOTHING : relist(upstream, now, RECALLED);
}

/** Handles a relisting that had to wait and is due. */
export function onTime(upstream: Upstream, now: number): Transition {
  return now < upstream.relisting.dueAt ? NOTHING : relist(upstream, now);
}

/** Handles an order book that is complete, and as new as any that was seen. */
export function onBookComplete(upstream: Upstream): Transition {
  return upstream.state === "live" ? NOTHING : goLive(upstream);
}

/** Handles an order book that is complete, and older than what was shown of it: nothing has to be asked for. */
export function onBookBehind(upstream: Upstream): Transition {
  if (upstream.state === "syncing" && upstream.refusal === BEHIND) return NOTHING;
  return isFollowed(upstream) ? { state: "syncing", refusal: BEHIND } : NOTHING;
}

/**
 * Handles that what is current cannot be had yet, for this reason; where it was known, only rows that no list has put it in
 * doubt.
 */
export function onTrouble(upstream: Upstream, refusal: ExchangeRejection): Transition {
  const isDoubted = upstream.state === "live" && upstream.traits.start !== "none" && refusal.code === MISSING;
  return isDoubted || isIncomplete(upstream) ? { state: "syncing", refusal } : NOTHING;
}

/** Handles that everything that is current is known, unless it has been put in doubt since or the subscription is lost. */
export function onComplete(upstream: Upstream): Transition {
  return isIncomplete(upstream) && upstream.relisting.dueAt === Infinity ? goLive(upstream) : NOTHING;
}

/** What is current is not known any more. It is found out again: at once, but not more than once in {@link RELIST_MS}. */
function relist(upstream: Upstream, now: number, refusal = UNREADABLE_ROW): Transition {
  if (!isFollowed(upstream)) return NOTHING;
  const { relisting } = upstream;
  relisting.dueAt = Math.max(now, relisting.lastAt + RELIST_MS);
  const isDue = relisting.dueAt <= now;
  if (isDue) {
    relisting.dueAt = Infinity;
    relisting.lastAt = now;
  }
  return {
    ...(upstream.state === "live" && { state: "syncing", refusal }),
    ...(isDue && { list: true }),
  };
}

/** Returns whether a subscription is live, or about to be. */
function isFollowed(upstream: Upstream): boolean {
  return isAccepted(upstream) && upstream.state !== "stale";
}
