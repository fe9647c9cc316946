/** What the feeds of private channels share: reading on in the journal, pages of a snapshot, regular times. */
import type { Arg, Push } from "../feeds/feed.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Change, Journal, Row } from "./journal.ts";
import { UID } from "./other_rows.ts";

/** Small, so that paging really happens. */
const PAGE_SIZE = 3;

/** Returns a function of which each call returns the changes since the one before. */
export function readOn(journal: Journal): () => readonly Change[] {
  let seen = journal.length;
  return () => {
    const changes = journal.after(seen);
    seen = journal.length;
    return changes;
  };
}

/** Returns a push as private channels have it: with the user's id in `arg`, and without `extraParams` there. */
export function privatePush(push: Push): Push {
  return { ...push, arg: { extraParams: undefined, uid: UID } };
}

/**
 * Returns a complete snapshot: `eventType`, `curPage` and `lastPage` as since 2025-03-12; one empty page when there is
 * nothing.
 */
export function snapshotPages<T>(
  items: readonly T[],
  push: (page: readonly T[], last: boolean) => Push,
): Push[] {
  const count = Math.max(1, Math.ceil(items.length / PAGE_SIZE));
  return Array.from({ length: count }, (_, index) => {
    const last = index === count - 1;
    const page = push(items.slice(index * PAGE_SIZE, (index + 1) * PAGE_SIZE), last);
    return privatePush({ ...page, members: { eventType: "snapshot", curPage: index + 1, lastPage: last } });
  });
}

/**
 * Creates the test whether regular snapshots are due, to be asked again and again; `everyMs` none means only when asked for by
 * command.
 */
export function createRegular(
  trader: SimulatedTrader,
  everyMs: number | undefined,
): (nowMs: number) => boolean {
  let sentMs: number | undefined;
  let asked = trader.snapshotsAsked;
  return (nowMs) => {
    sentMs ??= nowMs;
    const due = everyMs !== undefined && nowMs - sentMs >= everyMs;
    if (!due && asked === trader.snapshotsAsked) return false;
    sentMs = nowMs;
    asked = trader.snapshotsAsked;
    return true;
  };
}

/** Returns `updateInterval` out of `extraParams`, which is a text that holds JSON; none when there is no such thing. */
export function updateInterval(arg: Arg): string | undefined {
  try {
    const value: unknown = JSON.parse(arg["extraParams"] ?? "{}");
    if (typeof value !== "object" || value === null || !("updateInterval" in value)) return undefined;
    return String(value.updateInterval);
  } catch {
    return undefined;
  }
}

/** Returns whether a row belongs to a subscription; members that it does not have are not compared. */
export function matches(trader: SimulatedTrader, arg: Arg, row: Row): boolean {
  const { instType, instFamily } = arg;
  if (instType !== undefined && instType !== "ANY" && row["instType"] !== instType) return false;
  const instrument = trader.venue.listings.get(String(row["instId"]))?.instrument;
  if (instFamily !== undefined && instrument?.indexId !== instFamily) return false;
  return ["instId", "ccy", "sprdId", "algoId"].every((name) =>
    arg[name] === undefined || row[name] === undefined || row[name] === arg[name]
  );
}
