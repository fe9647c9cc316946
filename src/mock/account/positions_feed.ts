/**
 * The `positions` channel: complete snapshots in pages, at first and regularly, and changed positions in between.
 * A closed one is pushed once with `pos` 0; an expired option is only missing from the next snapshot.
 */
import type { Arg, Feed, Push } from "../feeds/feed.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Row } from "./journal.ts";
import {
  createRegular,
  matches,
  privatePush,
  readOn,
  snapshotPages,
  updateInterval,
} from "./snapshot_feed.ts";

const INTERVALS = ["2000", "3000", "4000"];

export function positionsFeed(trader: SimulatedTrader, arg: Arg): Feed {
  const changes = readOn(trader.journal);
  const interval = updateInterval(arg) ?? "";
  const everyMs = INTERVALS.includes(interval) ? Number(interval) : trader.snapshotMs;
  const regular = createRegular(trader, interval === "0" ? undefined : everyMs);
  const reported = new Set<string>();

  const report = (rows: readonly Row[]): Push & { keyed: [string, unknown][] } => {
    for (const row of rows) reported.add(posIdOf(row));
    return { data: rows, keyed: rows.map((row) => [posIdOf(row), row]) };
  };
  const snapshot = (nowMs: number): Push[] => {
    const rows = trader.positionRows(nowMs).filter((row) => matches(trader, arg, row));
    return snapshotPages(rows, (page, last) => {
      const push = report(page);
      if (!last) return push;
      const held = rows.map(posIdOf);
      const gone = [...reported].filter((posId) => !held.includes(posId));
      for (const posId of gone) reported.delete(posId);
      return {
        ...push,
        keyed: [...push.keyed, ...gone.map((posId): [string, undefined] => [posId, undefined])],
      };
    });
  };
  return {
    prompt: true,
    first: snapshot,
    next(nowMs) {
      const events = changes()
        .map(({ positions = [] }) => positions.filter((row) => matches(trader, arg, row)))
        .filter((rows) => rows.length > 0)
        .map((rows) => privatePush({ ...report(rows), members: { eventType: "event_update" } }));
      return regular(nowMs) ? [...events, ...snapshot(nowMs)] : events;
    },
  };
}

function posIdOf(row: Row): string {
  return String(row["posId"]);
}
