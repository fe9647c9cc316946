/** The signed REST calls about one order or bot by its id, and about what the account holds. */
import { accountRow, heldCurrencies } from "../account/account_row.ts";
import type { Row } from "../account/journal.ts";
import {
  ALGO_ROW,
  GRID_ROW,
  ORDER_ROW,
  RECURRING_ROW,
  restRow,
  SPREAD_ORDER_ROW,
} from "../account/rest_rows.ts";
import type { Call } from "./call.ts";
import { RestError } from "./error.ts";
import type { Query } from "./query.ts";
import { checkType, required } from "./query.ts";

type One = {
  readonly channels: readonly string[];
  readonly members: string;
  /** The id, and the one that the client gave; one of them has to be there. */
  readonly ids: readonly [id: string, own?: string];
  /** Parameters that have to be there, and that the row must have too. */
  readonly needs?: readonly string[];
};

const GRIDS = ["grid-orders-spot", "grid-orders-contract"];

export const ONE_CALLS: readonly (readonly [path: string, call: Call])[] = [
  one("/trade/order", 60, {
    channels: ["orders"],
    members: ORDER_ROW,
    ids: ["ordId", "clOrdId"],
    needs: ["instId"],
  }),
  one("/trade/order-algo", 20, {
    channels: ["orders-algo", "algo-advance"],
    members: ALGO_ROW,
    ids: ["algoId", "algoClOrdId"],
  }),
  one("/sprd/order", 20, { channels: ["sprd-orders"], members: SPREAD_ORDER_ROW, ids: ["ordId", "clOrdId"] }),
  one("/tradingBot/grid/orders-algo-details", 20, {
    channels: GRIDS,
    members: GRID_ROW,
    ids: ["algoId"],
    needs: ["algoOrdType"],
  }),
  one("/tradingBot/recurring/orders-algo-details", 20, {
    channels: ["algo-recurring-buy"],
    members: `${RECURRING_ROW} nextInvestTime`,
    ids: ["algoId"],
  }),
];

export const HOLDING_CALLS: readonly (readonly [path: string, call: Call])[] = [
  ["/account/balance", { limit: 10, answer: balance }],
  ["/account/positions", { limit: 10, answer: positions }],
];

function one(path: string, limit: number, { channels, members, ids, needs = [] }: One): [string, Call] {
  const answer = (query: Query): Row[] => {
    const { market: { trader: { journal } }, params, nowMs } = query;
    const wanted = needs.map((name) => [name, required(query, name)] as const);
    const named = ids.find((name) => name !== undefined && (params.get(name) ?? "") !== "");
    if (named === undefined) {
      throw ids[1] === undefined ? new RestError("50014", ids[0]) : new RestError("51003");
    }
    const rows = channels.flatMap((channel) => [...journal.asOf(channel, nowMs).values()]);
    const found = rows.findLast((row) =>
      row[named] === params.get(named) && wanted.every(([name, value]) => row[name] === value)
    );
    if (found === undefined) throw new RestError("51603");
    return [restRow(found, members)];
  };
  return [path, { limit, answer }];
}

/** `ccy`: up to twenty currencies, separated by commas. */
function balance({ market: { trader }, params, nowMs }: Query): Row[] {
  const wanted = params.get("ccy");
  const currencies = wanted === null || wanted === "" ? undefined : wanted.split(",");
  if (currencies !== undefined && currencies.length > 20) throw new RestError("51000", "ccy");
  const held = heldCurrencies(trader, nowMs).filter((ccy) => currencies?.includes(ccy) ?? true);
  return [accountRow(trader, held, nowMs)];
}

/** Up to ten ids of instruments and twenty of positions; an instrument of another type is refused. */
function positions({ market, params, nowMs }: Query): Row[] {
  const instType = params.get("instType") ?? "";
  const ids = (name: string, most: number) => {
    const text = params.get(name);
    const all = text === null || text === "" ? undefined : text.split(",");
    if (all !== undefined && all.length > most) throw new RestError("51000", name);
    return all;
  };
  if (instType !== "" && !["MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"].includes(instType)) {
    throw new RestError("51000", "instType");
  }
  const [instIds, posIds] = [ids("instId", 10), ids("posId", 20)];
  if (instType !== "") { for (const instId of instIds ?? []) checkType(market, instId, instType); }
  return market.trader.positionRows(nowMs).filter((row) =>
    (instType === "" || row["instType"] === instType) &&
    (instIds?.includes(String(row["instId"])) ?? true) &&
    (posIds?.includes(String(row["posId"])) ?? true)
  ).map(({ pTime: _, ...row }) => row);
}
