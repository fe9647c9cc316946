/** Rows of the simulated exchange against the samples of the documentation, member by member. */
import assert from "node:assert/strict";
import { findChannel } from "../../../../src/mock/feeds/channels.ts";
import type { Arg, Push } from "../../../../src/mock/feeds/feed.ts";
import type { EventName } from "../../../../src/mock/market/event_names.ts";
import type { TraderActionName } from "../../../../src/mock/account/trader_action_names.ts";
import type { Market } from "../../../../src/mock/market/market.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { captureNames, readCapture } from "../../../support/captures.ts";

type Row = Record<string, unknown>;
type Frame = Row & { readonly arg: Arg; readonly data: readonly unknown[] };

const START = Date.UTC(2026, 7, 14, 9, 30, 12);
const SAMPLES = "doc.v5.okx-docs.push-examples.jsonl";

/** Members that the tables of the documentation have beside the sample of the same page. */
const BESIDE_THE_SAMPLE: Readonly<Record<string, string>> = {
  account: "details.autoLendStatus details.autoLendMtAmt",
  "algo-advance": "ordId tgtCcy",
  "grid-orders-contract": "stopResult tradeQuoteCcy",
  instruments: "seriesId",
  orders: "outcome",
  "orders-algo":
    "subAlgoIdList triggerPxType advanceOrdType advChaseParams chaseType chaseVal maxChaseType maxChaseVal",
  positions: "usdPx bePx baseBal quoteBal",
  quotes: "clRfqId legs.tradeQuoteCcy",
  rfqs: "groupId acctAlloc legs.tradeQuoteCcy",
};
/** What only the sample has: no recorded push does, or it belongs to another variant of the row. */
const ONLY_IN_THE_SAMPLE: Readonly<Record<string, string>> = {
  "grid-orders-contract": "triggerParams.triggerPx",
  "liquidation-orders": "id",
};

/** What has to happen for a channel to say something. */
const CAUSES: Readonly<Record<string, readonly (EventName | TraderActionName)[]>> = {
  "adl-warning": ["adl"],
  "algo-advance": ["algo", "algo"],
  "call-auction-details": ["auction"],
  "copytrading-lead-notification": ["lead-notification"],
  "economic-calendar": ["calendar"],
  "estimated-price": ["estimate"],
  "event-contract-markets": ["expiry"],
  "liquidation-orders": ["liquidation"],
  "liquidation-warning": ["warn"],
  "orders-algo": ["algo"],
  "public-block-trades": ["block-trade"],
  "public-struc-block-trades": ["block-trade"],
  "struc-block-trades": ["block-trade"],
  "withdrawal-info": ["withdraw"],
  "deposit-info": ["deposit"],
  fills: ["fill"],
  instruments: ["listing"],
  orders: ["fill"],
};

for (const name of captureNames(new RegExp(`^${SAMPLES.replaceAll(".", "\\.")}$`))) {
  for (const [index, line] of readCapture(name).entries()) {
    const sample = JSON.parse(line) as Frame;
    const { channel = "" } = sample.arg;
    Deno.test(`sample ${index + 1}: a row of ${channel} has the members and types of the documentation`, () => {
      const push = rowOf(sample.arg);
      const mine = { ...push.members, row: push.data[0] };
      const { arg: _, data, ...members } = sample;
      const found = differences(mine, { ...members, row: data[0] });
      const known = (side: Readonly<Record<string, string>>) => (side[channel] ?? "").split(" ");
      const allowed = new Set([
        ...known(BESIDE_THE_SAMPLE).map((member) => `more: row.${member}`),
        ...known(ONLY_IN_THE_SAMPLE).flatMap((member) => [`less: row.${member}`, `less: ${member}`]),
      ]);
      assert.deepEqual(found.filter((one) => !allowed.has(one)), []);
    });
  }
}

/** The first push of a channel that has a row, after whatever makes it speak. */
function rowOf(documented: Arg): Push {
  const market = createMarket({ seed: 5, startMs: START });
  const { channel = "" } = documented;
  const act = (cause: EventName | TraderActionName) => {
    if (isMove(cause)) market.trader.act(cause, market.nowMs + 1);
    else market.events.happen(cause, market.nowMs + 1);
  };
  const begun = market.trader.act("begin", START);
  const algoId = /grid-orders-contract (\d+)/.exec(begun)?.[1] ?? "";
  const causes = CAUSES[channel] ?? [];
  const feed = findChannel(channel)?.open(market, argOf(market, documented, algoId));
  assert.ok(feed !== undefined, `${channel} is refused`);
  for (const cause of causes) act(cause);
  const pushes = [...feed.first(market.nowMs), ...feed.next(market.nowMs + 1)];
  // What comes with the end of something, and with trading.
  market.trader.act("end", market.nowMs + 2);
  market.step(START + 1000);
  const [first] = [...pushes, ...feed.next(market.nowMs + 3)];
  assert.ok(first !== undefined, `${channel} says nothing`);
  return first;
}

/** The documented argument, with ids that exist here, or so wide that something fits. */
function argOf(market: Market, { uid: _, ...arg }: Arg, algoId: string): Arg {
  const { channel = "", instId, sprdId } = arg;
  const wider = WIDER[channel];
  if (wider !== undefined) return { channel, ...wider };
  const isKnown = instId === undefined || market.listings.has(instId) || market.indexes.has(instId);
  return {
    ...arg,
    ...(isKnown ? {} : { instId: "BTC-USDT-SWAP" }),
    ...(sprdId === undefined ? {} : { sprdId: "BTC-USDT_BTC-USDT-SWAP" }),
    ...(arg["algoId"] === undefined ? {} : { algoId }),
  };
}

const ANY: Arg = { instType: "ANY" };
const WIDER: Readonly<Record<string, Arg>> = {
  "adl-warning": { instType: "SWAP", instFamily: "BTC-USDT" },
  "algo-advance": ANY,
  "block-tickers": { instId: "BTC-USDT-SWAP" },
  "call-auction-details": { instId: "BTC-USDT" },
  "estimated-price": { instType: "FUTURES", instFamily: "BTC-USDT" },
  "event-contract-markets": { instType: "EVENTS" },
  fills: {},
  "liquidation-warning": ANY,
  orders: ANY,
  "orders-algo": ANY,
  positions: ANY,
  "public-block-trades": { instId: "BTC-USDT-SWAP" },
};

function isMove(cause: EventName | TraderActionName): cause is TraderActionName {
  return ["algo", "warn", "withdraw", "deposit", "fill"].includes(cause);
}

/** Where two values have other members, or other types; lists are compared by their first entries. */
function differences(mine: unknown, theirs: unknown, path = ""): string[] {
  if (typeOf(mine) !== typeOf(theirs)) return [`${path}: ${typeOf(mine)} instead of ${typeOf(theirs)}`];
  if (Array.isArray(mine) && Array.isArray(theirs)) {
    const [one, other] = [mine[0], theirs[0]];
    if (one === undefined || other === undefined) return [];
    const length = typeof one === "string" && mine.length !== theirs.length
      ? [`${path}: ${mine.length} elements`]
      : [];
    return [...length, ...differences(one, other, path)];
  }
  if (typeOf(mine) !== "object") return [];
  const [one, other] = [mine as Row, theirs as Row];
  const at = (name: string) => path === "" ? name : `${path}.${name}`;
  return [
    ...Object.keys(other).filter((name) => !(name in one)).map((name) => `less: ${at(name)}`),
    ...Object.keys(one).filter((name) => !(name in other)).map((name) => `more: ${at(name)}`),
    ...Object.keys(one).filter((name) => name in other).flatMap((name) =>
      differences(one[name], other[name], at(name))
    ),
  ];
}

/** Numbers too long for a double are numbers on the wire. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "number";
  return Array.isArray(value) ? "array" : typeof value;
}
