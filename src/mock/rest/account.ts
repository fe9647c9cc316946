/**
 * The signed REST calls that list what is open in the demo account and what has ended, each with the parameters, the paging
 * and the members of its page in the official documentation.
 */
import type { Row } from "../account/journal.ts";
import { isOpen } from "../account/journal.ts";
import { keyOf } from "../account/journal.ts";
import { ALGO_ROW, DEPOSIT_ROW, GRID_ROW, GRID_SUB_ROW, ORDER_ROW, QUOTE_ROW } from "../account/rest_rows.ts";
import { RECURRING_ROW, restRow, RFQ_ROW, SPREAD_ORDER_ROW, WITHDRAWAL_ROW } from "../account/rest_rows.ts";
import type { Call } from "./call.ts";
import { HOLDING_CALLS, ONE_CALLS } from "./one.ts";
import { RestError } from "./error.ts";
import { checkType, limitOf, numberOf, required } from "./query.ts";
import type { Query } from "./query.ts";

type List = {
  /** Channels whose rows are in the list. */
  readonly channels: readonly string[];
  /** What is open, what has ended, or both. */
  readonly which: "open" | "ended" | "all";
  readonly members: string;
  /** Parameters that have to be there. */
  readonly needs?: readonly string[];
  /** Members that must equal the parameter of the same name, where it is given. */
  readonly filters?: readonly string[];
  /** What else a row must be. Throws for parameters that the exchange refuses. */
  readonly wanted?: (query: Query) => (row: Row) => boolean;
  /** The parameters that page, and the member that they compare: older ones first. */
  readonly paging: readonly [older: string, newer: string, member: string];
};

const TYPES = ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"];
const ALGO_TYPES = ["SPOT", "SWAP", "FUTURES", "MARGIN"];
const ORD_TYPES = [
  "conditional",
  "oco",
  "chase",
  "trigger",
  "move_order_stop",
  "iceberg",
  "twap",
  "smart_iceberg",
];
const HOUR = 3_600_000;

const orders = {
  channels: ["orders"],
  members: ORDER_ROW,
  filters: ["ordType", "state"],
  paging: ["after", "before", "ordId"],
} as const;
const algos = {
  channels: ["orders-algo", "algo-advance"],
  members: ALGO_ROW,
  needs: ["ordType"],
  filters: ["algoId", "state"],
  paging: ["after", "before", "algoId"],
} as const;
const grids = {
  channels: ["grid-orders-spot", "grid-orders-contract"],
  members: GRID_ROW,
  needs: ["algoOrdType"],
  filters: ["algoId"],
  wanted: gridsOf,
  paging: ["after", "before", "algoId"],
} as const;
const recurring = {
  channels: ["algo-recurring-buy"],
  members: RECURRING_ROW,
  filters: ["algoId"],
  paging: ["after", "before", "algoId"],
} as const;
const spreads = {
  channels: ["sprd-orders"],
  members: SPREAD_ORDER_ROW,
  filters: ["sprdId", "ordType", "state"],
  paging: ["endId", "beginId", "ordId"],
} as const;

export const ACCOUNT_CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  list("/trade/orders-pending", 60, {
    ...orders,
    which: "open",
    wanted: (query) => ofInstrument(query, TYPES),
  }),
  list("/trade/orders-history", 40, {
    ...orders,
    which: "ended",
    needs: ["instType"],
    wanted: (query) => {
      const fits = ofInstrument(query, TYPES);
      return (row) => fits(row) && !isForgotten(row, query.nowMs) && isWithin(query, row, "cTime");
    },
  }),
  list("/trade/orders-algo-pending", 20, { ...algos, which: "open", wanted: algosOf }),
  list("/trade/orders-algo-history", 20, {
    ...algos,
    which: "ended",
    wanted: (query) => {
      const { params } = query;
      if (!params.get("state") && !params.get("algoId")) throw new RestError("50015", "state", "algoId");
      return algosOf(query);
    },
  }),
  ...ONE_CALLS,
  ...HOLDING_CALLS,
  list("/sprd/orders-pending", 10, { ...spreads, which: "open" }),
  list("/sprd/orders-history", 20, {
    ...spreads,
    which: "ended",
    wanted: (query) => (row) => isWithin(query, row, "cTime"),
  }),
  list("/tradingBot/grid/orders-algo-pending", 20, { ...grids, which: "open" }),
  list("/tradingBot/grid/orders-algo-history", 20, { ...grids, which: "ended" }),
  list("/tradingBot/grid/sub-orders", 20, {
    channels: ["grid-sub-orders"],
    which: "all",
    members: GRID_SUB_ROW,
    needs: ["algoOrdType", "algoId", "type"],
    filters: ["algoId", "algoOrdType", "groupId"],
    wanted: ({ params }) => {
      const type = params.get("type");
      if (type !== "live" && type !== "filled") throw new RestError("51000", "type");
      return (row) => type === "live" ? isOpen(row) : row["state"] === "filled";
    },
    paging: ["after", "before", "ordId"],
  }),
  list("/tradingBot/recurring/orders-algo-pending", 20, { ...recurring, which: "open" }),
  list("/tradingBot/recurring/orders-algo-history", 20, { ...recurring, which: "ended" }),
  list("/rfq/rfqs", 2, {
    channels: ["rfqs"],
    which: "all",
    members: RFQ_ROW,
    filters: ["rfqId", "clRfqId", "state"],
    paging: ["endId", "beginId", "rfqId"],
  }),
  list("/rfq/quotes", 2, {
    channels: ["quotes"],
    which: "all",
    members: QUOTE_ROW,
    filters: ["rfqId", "clRfqId", "quoteId", "clQuoteId", "state"],
    paging: ["endId", "beginId", "quoteId"],
  }),
  list("/asset/deposit-history", 12, {
    channels: ["deposit-info"],
    which: "all",
    members: DEPOSIT_ROW,
    filters: ["ccy", "depId", "fromWdId", "txId", "state"],
    paging: ["after", "before", "ts"],
  }),
  list("/asset/withdrawal-history", 12, {
    channels: ["withdrawal-info"],
    which: "all",
    members: WITHDRAWAL_ROW,
    filters: ["ccy", "wdId", "clientId", "txId", "state"],
    paging: ["after", "before", "ts"],
  }),
]);

/** `limit`: calls in two seconds. A page has 100 rows at most, newest first. */
function list(path: string, limit: number, rules: List): [string, Call] {
  return [path, { limit, answer: (query) => page(query, rules) }];
}

function page(query: Query, rules: List): Row[] {
  const { market: { trader: { journal } }, params, nowMs } = query;
  for (const name of rules.needs ?? []) required(query, name);
  const most = limitOf(query, 100, 100);
  const [older, newer, member] = rules.paging;
  const [from, to] = [cursorOf(query, older), cursorOf(query, newer)];
  const wanted = rules.wanted?.(query) ?? (() => true);
  const filters = (rules.filters ?? []).flatMap((name) => {
    const value = params.get(name);
    return value === null || value === "" || name === "ordType" && rules.channels === algos.channels
      ? []
      : [[name, value] as const];
  });
  return rules.channels.flatMap((channel) =>
    [...journal.asOf(channel, nowMs).values()].map((row) => [keyOf(channel, row), row] as const)
  )
    .filter(([, row]) => rules.which === "all" || isOpen(row) === (rules.which === "open"))
    .filter(([, row]) => wanted(row) && filters.every(([name, value]) => row[name] === value))
    .filter(([, row]) => from === undefined || compareIds(String(row[member]), from) < 0)
    .filter(([, row]) => to === undefined || compareIds(String(row[member]), to) > 0)
    .sort(([a, rowA], [b, rowB]) =>
      compareIds(String(rowB[member]), String(rowA[member])) || compareIds(b, a)
    )
    .slice(0, most)
    .map(([, row]) => restRow(row, rules.members));
}

/** Ids and times are whole numbers, however long. */
function cursorOf(query: Query, name: string): string | undefined {
  const text = query.params.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text)) throw new RestError("51000", name);
  return text;
}

function compareIds(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** Returns rows of `instType`, `instFamily` and `instId`; an id of another type is refused. */
function ofInstrument({ market, params }: Query, types: readonly string[]): (row: Row) => boolean {
  const given = (name: string) => params.get(name) ?? "";
  const [instType, instFamily, instId] = [given("instType"), given("instFamily"), given("instId")];
  if (instType !== "" && !types.includes(instType)) throw new RestError("51000", "instType");
  if (instId !== "") {
    const type = instType === "" ? market.listings.get(instId)?.instrument.instType ?? "" : instType;
    checkType(market, instId, type);
  }
  return (row) =>
    (instType === "" || row["instType"] === instType) &&
    (instId === "" || row["instId"] === instId) &&
    (instFamily === "" || market.listings.get(String(row["instId"]))?.instrument.indexId === instFamily);
}

/** `conditional,oco` is the only pair of types that one call may name. There is no `instFamily` here: it is not looked at. */
function algosOf(query: Query): (row: Row) => boolean {
  const types = required(query, "ordType").split(",");
  const pair = types.length === 2 && types.every((type) => type === "conditional" || type === "oco");
  if (!types.every((type) => ORD_TYPES.includes(type)) || (types.length > 1 && !pair)) {
    throw new RestError("51000", "ordType");
  }
  const params = new URLSearchParams(query.params);
  params.delete("instFamily");
  const fits = ofInstrument({ ...query, params }, ALGO_TYPES);
  return (row) => fits(row) && types.includes(String(row["ordType"]));
}

function gridsOf(query: Query): (row: Row) => boolean {
  const kind = required(query, "algoOrdType");
  if (kind !== "grid" && kind !== "contract_grid") throw new RestError("51000", "algoOrdType");
  const fits = ofInstrument(query, ["SPOT", "MARGIN", "FUTURES", "SWAP"]);
  return (row) => row["algoOrdType"] === kind && fits(row);
}

function isWithin(query: Query, row: Row, member: string): boolean {
  const time = Number(row[member]);
  return time >= (numberOf(query, "begin") ?? -Infinity) && time <= (numberOf(query, "end") ?? Infinity);
}

/** Orders that were cancelled with nothing filled are listed for two hours only, the others for seven days. */
function isForgotten(row: Row, nowMs: number): boolean {
  const unfilled = row["state"] === "canceled" && Number(row["accFillSz"]) === 0;
  return nowMs - Number(row["uTime"]) > (unfilled ? 2 : 7 * 24) * HOUR;
}
