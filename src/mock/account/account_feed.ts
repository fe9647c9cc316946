/** The `account` channel: complete snapshots in pages, at first and regularly, and changed currencies in between. */
import type { Arg, Feed, Push } from "../feeds/feed.ts";
import { accountRow, heldCurrencies } from "./account_row.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Row } from "./journal.ts";
import { createRegular, privatePush, readOn, snapshotPages, updateInterval } from "./snapshot_feed.ts";

export function accountFeed(trader: SimulatedTrader, arg: Arg): Feed {
  const changes = readOn(trader.journal);
  const regular = createRegular(trader, updateInterval(arg) === "0" ? undefined : trader.snapshotMs);
  const wanted = (ccy: string) => arg["ccy"] === undefined || arg["ccy"] === ccy;
  const reported = new Set<string>();

  const report = (currencies: readonly string[], nowMs: number): Push & { keyed: [string, unknown][] } => {
    const row = accountRow(trader, currencies, nowMs);
    const details = row["details"] as readonly Row[];
    for (const ccy of currencies) reported.add(ccy);
    return {
      data: [row],
      keyed: [["", row], ...details.map((one): [string, Row] => [String(one["ccy"]), one])],
    };
  };
  const snapshot = (nowMs: number): Push[] => {
    const held = heldCurrencies(trader, nowMs).filter(wanted);
    return snapshotPages(held, (page, last) => {
      const push = report(page, nowMs);
      if (!last) return push;
      const gone = [...reported].filter((ccy) => !held.includes(ccy));
      for (const ccy of gone) reported.delete(ccy);
      return { ...push, keyed: [...push.keyed, ...gone.map((ccy): [string, undefined] => [ccy, undefined])] };
    });
  };
  return {
    prompt: true,
    first: snapshot,
    next(nowMs) {
      const changed = new Set(changes().flatMap(({ currencies = [] }) => currencies).filter(wanted));
      const events = changed.size === 0
        ? []
        : [privatePush({ ...report([...changed], nowMs), members: { eventType: "event_update" } })];
      return regular(nowMs) ? [...events, ...snapshot(nowMs)] : events;
    },
  };
}
