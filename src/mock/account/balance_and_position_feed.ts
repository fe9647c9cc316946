/** The `balance_and_position` channel: everything at first, then what changed with every fill and transfer. */
import type { Feed, Push } from "../feeds/feed.ts";
import { balDataRow, heldCurrencies } from "./account_row.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Change, Row } from "./journal.ts";
import { posDataRow } from "./position_row.ts";
import { privatePush, readOn } from "./snapshot_feed.ts";

export function balanceAndPositionFeed(trader: SimulatedTrader): Feed {
  const changes = readOn(trader.journal);
  return {
    prompt: true,
    first(nowMs) {
      const balances = heldCurrencies(trader, nowMs).map((ccy) => balDataRow(trader.ledger, ccy));
      const positions = trader.positionRows(nowMs);
      const trades = positions.map(({ instId, tradeId }) => ({
        instId: String(instId),
        tradeId: String(tradeId),
      }));
      return [pushOf({ timeMs: nowMs, cause: "snapshot", balances, positions, trades })];
    },
    next: () => changes().filter(({ cause }) => cause !== undefined).map(pushOf),
  };
}

function pushOf({ timeMs, cause, balances = [], positions = [], vanished = [], trades = [] }: Change): Push {
  const posData = [...positions, ...vanished].map(posDataRow);
  const row = { pTime: String(timeMs), eventType: cause, balData: balances, posData, trades };
  const key = (name: string) => (one: Row): [string, unknown] => [String(one[name]), one];
  return privatePush({
    data: [row],
    keyed: [["", row], ...balances.map(key("ccy")), ...posData.map(key("posId"))],
  });
}
