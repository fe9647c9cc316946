/**
 * The REST calls that say what is open in an account and what has ended, for each channel that opens and closes. Source:
 * OKX v5 documentation of 2026-08-22, the REST page beside each channel's.
 */
import type { Arg, Row } from "./frame.ts";
import type { Topic } from "./topic.ts";

/** One list of the exchange. */
export type ListCall = {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The parameter that asks for what is older than a row, and the member of the row that it names. */
  readonly older?: { readonly parameter: string; readonly member: string };
  /** The list holds everything there ever was, newest first: what is older than this many days is not looked for. */
  readonly days?: number;
  /** Of calls with the same word here one is the right one; the exchange refuses the others. */
  readonly oneOf?: string;
};

/** The lists that are fetched for one channel. */
export type AccountLists = {
  /** Together everything that is open; rows in them that have ended count as ended. */
  readonly open: readonly ListCall[];
  /** What has ended, newest first. */
  readonly ended: readonly ListCall[];
  /** One row by its id; undefined where the exchange cannot be asked for it. */
  readonly one: (row: Row) => ListCall | undefined;
};

type Maker = (arg: Arg) => AccountLists;

/** Returns the lists of a topic; undefined where the exchange offers none. */
export function accountLists({ arg, hasRest }: Topic): AccountLists | undefined {
  return hasRest ? MAKERS.get(arg.channel)?.(arg) : undefined;
}

const BY_ORDER = { parameter: "after", member: "ordId" };
const BY_ALGO = { parameter: "after", member: "algoId" };

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["orders", orders],
  ["orders-algo", (arg) => algos(arg, ["conditional,oco", "trigger", "chase"])],
  ["algo-advance", (arg) => algos(arg, ["iceberg", "twap", "move_order_stop", "smart_iceberg"])],
  ["sprd-orders", (arg) => {
    const query = some(arg, "sprdId");
    const older = { parameter: "endId", member: "ordId" };
    return {
      open: [{ path: "/sprd/orders-pending", query, older }],
      ended: [{ path: "/sprd/orders-history", query, older }],
      one: (row) => byId("/sprd/order", row, "ordId"),
    };
  }],
  ["grid-orders-spot", (arg) => grids(arg, "grid")],
  ["grid-orders-contract", (arg) => grids(arg, "contract_grid")],
  ["grid-sub-orders", gridOrders],
  ["algo-recurring-buy", (arg) => {
    const query = some(arg, "algoId");
    const path = "/tradingBot/recurring/orders-algo";
    return {
      open: [{ path: `${path}-pending`, query, older: BY_ALGO }],
      ended: [{ path: `${path}-history`, query, older: BY_ALGO }],
      one: (row) => byId(`${path}-details`, row, "algoId"),
    };
  }],
  ["rfqs", () => block("/rfq/rfqs", "rfqId")],
  ["quotes", () => block("/rfq/quotes", "quoteId")],
  ["deposit-info", (arg) => transfers(arg, "/asset/deposit-history", "depId")],
  ["withdrawal-info", (arg) => transfers(arg, "/asset/withdrawal-history", "wdId")],
  ["positions", (arg) => ({
    open: [{ path: "/account/positions", query: ofType(arg) }],
    ...NOTHING_ENDED,
  })],
  ["account", (arg) => ({ open: [{ path: "/account/balance", query: some(arg, "ccy") }], ...NOTHING_ENDED })],
  ["balance_and_position", () => ({
    open: [{ path: "/account/balance", query: {} }, { path: "/account/positions", query: {} }],
    ...NOTHING_ENDED,
  })],
]);

const NOTHING_ENDED = { ended: [], one: () => undefined };

function orders(arg: Arg): AccountLists {
  const query = { ...ofType(arg), ...some(arg, "instFamily") };
  return {
    open: [{ path: "/trade/orders-pending", query, older: BY_ORDER }],
    ended: typesOf(arg).map((instType) => ({
      path: "/trade/orders-history",
      query: { ...query, instType },
      older: BY_ORDER,
    })),
    one: (row) => byId("/trade/order", row, "ordId", "instId"),
  };
}

/** These lists know no families. */
function algos(arg: Arg, ordTypes: readonly string[]): AccountLists {
  const query = { ...ofType(arg), ...some(arg, "algoId") };
  const older = BY_ALGO;
  return {
    open: ordTypes.map((ordType) => ({
      path: "/trade/orders-algo-pending",
      query: { ...query, ordType },
      older,
    })),
    ended: ordTypes.flatMap((ordType) =>
      ["effective", "canceled", "order_failed"].map((state) => ({
        path: "/trade/orders-algo-history",
        query: { ...query, ordType, state },
        older,
      }))
    ),
    one: (row) => byId("/trade/order-algo", row, "algoId"),
  };
}

function grids(arg: Arg, algoOrdType: string): AccountLists {
  const query = { algoOrdType, ...ofType(arg), ...some(arg, "algoId") };
  const path = "/tradingBot/grid/orders-algo";
  return {
    open: [{ path: `${path}-pending`, query, older: BY_ALGO }],
    ended: [{ path: `${path}-history`, query, older: BY_ALGO }],
    one: (row) => {
      const call = byId(`${path}-details`, row, "algoId");
      return call === undefined ? undefined : { ...call, query: { ...call.query, algoOrdType } };
    },
  };
}

/** The channel names a bot, the list requires its kind too. Orders that were canceled are in no list. */
function gridOrders(arg: Arg): AccountLists {
  const calls = (type: string) =>
    ["grid", "contract_grid"].map((algoOrdType) => ({
      path: "/tradingBot/grid/sub-orders",
      query: { algoOrdType, ...some(arg, "algoId"), type },
      older: BY_ORDER,
      oneOf: type,
    }));
  return { open: calls("live"), ended: calls("filled"), one: () => undefined };
}

function block(path: string, member: string): AccountLists {
  const older = { parameter: "endId", member };
  return {
    open: ["active", "pending_fill"].map((state) => ({ path, query: { state }, older })),
    ended: [{ path, query: {}, older }],
    one: (row) => byId(path, row, member),
  };
}

/** One list has all of them, by the time at which each was made. */
function transfers(arg: Arg, path: string, member: string): AccountLists {
  const older = { parameter: "after", member: "ts" };
  return {
    open: [{ path, query: some(arg, "ccy"), older, days: 90 }],
    ended: [],
    one: (row) => byId(path, row, member),
  };
}

function byId(path: string, row: Row, ...members: readonly string[]): ListCall | undefined {
  const query: Record<string, string> = {};
  for (const name of members) {
    const value = row[name];
    if ((typeof value !== "string" && typeof value !== "number") || value === "") return undefined;
    query[name] = String(value);
  }
  return { path, query };
}

function ofType(arg: Arg): Record<string, string> {
  return arg.instType === "ANY" ? some(arg, "instId") : some(arg, "instType", "instId");
}

function some(arg: Arg, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, arg[name]]).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
}

/** The instrument types that a subscription can bring; the lists of what has ended require one, and the right one. */
function typesOf({ instType = "ANY", instId, instFamily }: Arg): readonly string[] {
  if (instType !== "ANY") return [instType];
  if (instId !== undefined) return typesOfInstrument(instId);
  const derivatives = ["SWAP", "FUTURES", "OPTION"];
  return instFamily !== undefined ? derivatives : ["SPOT", "MARGIN", ...derivatives, "EVENTS"];
}

/** Returns the types that an instrument may be of by its name; spot and margin share theirs. */
export function typesOfInstrument(instId: string): readonly string[] {
  if (instId.endsWith("-SWAP")) return ["SWAP"];
  if (/-\d+(\.\d+)?-[CP]$/.test(instId)) return ["OPTION"];
  if (/^[^-]+-[^-]+-\d{6}$/.test(instId)) return ["FUTURES"];
  if (/^[^-]+-[^-]+$/.test(instId)) return ["SPOT", "MARGIN"];
  // Expiries of other kinds and event contracts have names of many parts.
  return ["FUTURES", "EVENTS"];
}
