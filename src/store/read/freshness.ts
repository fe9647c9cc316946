/** Whether cached data may be called fresh: what `P/subs` says of the subscription that brings it, and what it says itself. */
import { StaleError } from "../../shared/errors.ts";
import { tableOf } from "../../okx/path_text.ts";
import { parseAnyTopic, type Topic } from "../../okx/topic.ts";
import { bringsMany, bringsRow, isMixed } from "../layout/coverage.ts";
import type { Keys } from "../layout/keys.ts";
import { type Cached, readSubscription, readSubscriptions } from "./rows.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import type { CachedRow, Store } from "../store.ts";
import type { SubRecord } from "../layout/subscription_record.ts";
import { message } from "../../shared/messages/message.ts";

/** A subscription that may be authoritative for a row. */
export type PathRecord = { readonly path: string; readonly record: SubRecord };

/**
 * Returns the subscription of a path; where there is none, those of its channel that bring rows of many instruments. Read
 * before the row itself: a row is then at least as new as what is said of it.
 */
export async function readPathRecords(store: Store, keys: Keys, path: string): Promise<PathRecord[]> {
  const own = await readSubscription(store, keys, path);
  if (own !== undefined) return [{ path, record: own }];
  const table = tableOf(path);
  return [...await readSubscriptions(store, keys)]
    .filter(([other]) => tableOf(other) === table)
    .map(([other, record]) => ({ path: other, record }));
}

/** Returns whether a service keeps a server up: the status of one that was killed is gone soon after it. */
export async function readServed(store: Store, keys: Keys): Promise<boolean> {
  const status = await store.text(keys.status);
  return status !== undefined && status !== "EXIT";
}

/** What two measurements of Redis' clock may differ by. */
const MAX_AHEAD_MS = 1000;

/**
 * Throws StaleError when the last row of a path came longer ago than `maxAgeMs`, or never, or is not kept up. `isPart`:
 * what was read are not all rows of the path.
 */
export function assertFresh(
  path: string,
  authorities: readonly PathRecord[],
  cached: Cached,
  limits: {
    readonly maxAgeMs: number;
    readonly now: number;
    readonly isServed?: boolean;
    readonly isPart?: boolean;
  },
): void {
  const { maxAgeMs, now, isServed = true, isPart = false } = limits;
  const topic = parseAnyTopic(path);
  const able = authorities.filter((authority) =>
    authority.path === path || isAuthoritativeFor(authority, cached)
  );
  const live = able.filter(({ record }) => record.state === "live");
  const [freshest] = (live.length > 0 ? live : able)
    .toSorted((a, b) => b.record.receivedAt - a.record.receivedAt);
  if (freshest === undefined) throw new StaleError(message("read.not_subscribed", { path }));
  const { state, since, receivedAt, error } = freshest.record;
  const time = new Date(since).toISOString();
  const isLost = error !== null && error !== undefined && (state === "stale" || state === "wanted") &&
    /^[a-z]+$/.test(error.code);
  const said = isLost
    ? message("read.state_because", { state, time, reason: error.message })
    : message("read.state_since", { state, time });
  // That nothing comes says nothing of what is there; how old that is does.
  if (error !== null && error !== undefined && state !== "refused" && !isLost) {
    throw new StaleError(
      message("read.not_kept_up_error", { path, state: said, code: error.code, reason: error.message }),
    );
  }
  if (receivedAt === 0) throw new StaleError(message("read.nothing_arrived", { path, state: said }));
  const aheadMs = receivedAt - now;
  if (aheadMs > MAX_AHEAD_MS) {
    throw new StaleError(
      message("read.in_future", { path, ms: Math.round(aheadMs), state: said }),
    );
  }
  const isOwn = freshest.path === path && !isPart;
  const ownAgeMs = isOwn ? undefined : ownAge(freshest, cached, now);
  if (ownAgeMs === Infinity) {
    throw new StaleError(message("read.no_arrival_time", { path, state: said }));
  }
  const ageMs = Math.round(Math.max(0, -aheadMs, ownAgeMs ?? 0));
  if (state === "syncing" || (isBook(topic) && state !== "live")) {
    throw new StaleError(message("read.old_row", { path, state: said, ms: ageMs }), ageMs);
  }
  if (isBook(topic) && !isServed) {
    throw new StaleError(message("read.no_status", { path }), ageMs);
  }
  const marked = isBook(topic) && cached !== undefined && !Array.isArray(cached) ? cached.state : undefined;
  if (marked !== undefined && marked !== "live") {
    throw new StaleError(
      message("read.old_at", { path, state: marked, time: new Date(receivedAt).toISOString(), ms: ageMs }),
      ageMs,
    );
  }
  if (ageMs > maxAgeMs) {
    throw new StaleError(
      message("read.too_old", {
        path,
        ms: ageMs,
        most: maxAgeMs,
        state: said,
        time: new Date(receivedAt).toISOString(),
      }),
      ageMs,
    );
  }
  // Young as its row may be: what came after it is not received.
  if (state !== "live") {
    throw new StaleError(message("read.old_row", { path, state: said, ms: ageMs }), ageMs);
  }
}

/**
 * How old rows are of which others come without them, so that the newest may be one of these: by their own times. Where a
 * channel gives the time of the push, how much older they are than that newest one is added to its age, which no clock
 * disturbs; but the newest one may itself be of long ago, so their age by the clock counts as well, less what the exchange's
 * clock and Redis' may differ by. Where a row has the time of what happened, nothing but that time counts. Infinite: that is
 * not known.
 */
function ownAge({ path, record }: PathRecord, cached: Cached, now: number): number | undefined {
  const topic = parseAnyTopic(path) as Topic;
  if (!isMixed(topic) || cached === undefined) return undefined;
  const rows: readonly CachedRow[] = Array.isArray(cached) ? cached : [cached];
  const at = Math.max(0, ...rows.map(rowTimeOf));
  if (at === 0 || at - now > MAX_FUTURE_MS) return Infinity;
  const behindMs = now - record.receivedAt + Math.max(0, record.exchangeAt - at);
  const isOfPush = topic.storage === "latest" && topic.shape.time !== undefined;
  return Math.max(behindMs, now - at - (isOfPush ? CLOCKS_APART_MS : 0));
}

/** What the exchange's clock and Redis' may differ by; `okws doctor` warns of more. */
const CLOCKS_APART_MS = 1000;

/** A row whose time is so far ahead of Redis' clock cannot be compared with others. */
const MAX_FUTURE_MS = 60_000;

/** Levels are made of increments: without the next one they are wrong, however young they are. */
function isBook(topic: { kind: string }): boolean {
  return topic.kind === "topic" && ["book", "bookSnapshot"].includes((topic as Topic).storage);
}

/** A subscription to many instruments is authoritative for the rows that it brings, and for no other instrument's. */
function isAuthoritativeFor({ path }: PathRecord, cached: Cached): boolean {
  const topic = parseAnyTopic(path);
  if (topic.kind === "fault" || !bringsMany(topic) || cached === undefined) return false;
  return (Array.isArray(cached) ? cached : [cached]).every((row) => bringsRow(topic, row));
}
