/**
 * What makes a row readable, channel by channel: the members without which it says nothing. Source: the push examples of
 * the OKX v5 documentation; a price may be blank where there is none, as of an instrument without orders. Whatever is not
 * in the table needs to be an object that has anything at all, since channels are added and their rows grow.
 */
import { findChannel } from "./channels.ts";
import { isDecimal } from "./decimal.ts";
import { scalarOrEmpty, scalarText } from "./exact_json.ts";
import { isRow, type Row } from "./frame.ts";

/** What rows of a channel need, as the table writes it. */
type Needed = {
  /** A text or number that names something. */
  readonly ids?: readonly string[];
  /** The id of a trade, which is counted: digits without a leading zero. */
  readonly count?: string;
  /** A number. */
  readonly numbers?: readonly string[];
  /** Numbers where they are there. */
  readonly optional?: readonly string[];
  /** Each a text or number where it is there: one of them at least is not blank, or all of them are there. */
  readonly prices?: readonly string[];
  /** Lists of objects with these members, where they are there. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  /** One of the lists is there. */
  readonly anyList?: boolean;
};

/** What rows of a channel need: {@link Needed} with every member, since each row asks for all of them. */
export type Members = {
  readonly ids: readonly string[];
  readonly count: string | undefined;
  readonly numbers: readonly string[];
  readonly optional: readonly string[];
  readonly prices: readonly string[] | undefined;
  readonly lists: Readonly<Record<string, readonly string[]>> | undefined;
  readonly anyList: boolean;
  readonly anything: boolean;
};

const QUOTES: Needed = { prices: ["last", "askPx", "bidPx"] };
const TRADE: Needed = { count: "tradeId", numbers: ["px"], optional: ["sz"] };
/** Ids of these are above 2^53 and do not count up. */
const NAMED_TRADE: Needed = { ids: ["tradeId"], numbers: ["px"], optional: ["sz"] };
const NOTHING: Needed = {};

const TABLE: Readonly<Record<string, Needed>> = {
  "tickers": QUOTES,
  "sprd-tickers": QUOTES,
  "block-tickers": { prices: ["vol24h", "volCcy24h"] },
  "index-tickers": { numbers: ["idxPx"] },
  "mark-price": { numbers: ["markPx"] },
  "open-interest": { prices: ["oi", "oiCcy"] },
  "funding-rate": { prices: ["fundingRate", "nextFundingRate"] },
  "price-limit": { prices: ["buyLmt", "sellLmt"] },
  "opt-summary": { prices: ["delta", "gamma", "vega", "theta", "markVol", "bidVol", "askVol"] },
  "estimated-price": { numbers: ["settlePx"] },
  "call-auction-details": { prices: ["eqPx", "matchedSz", "unmatchedSz"] },
  "adl-warning": { ids: ["state"] },
  "status": { ids: ["state"] },
  "trades": TRADE,
  "trades-all": TRADE,
  "option-trades": NAMED_TRADE,
  "public-block-trades": NAMED_TRADE,
  "sprd-public-trades": NAMED_TRADE,
  "liquidation-orders": { lists: { details: [] }, anyList: true },
  "sprd-trades": { ids: ["tradeId"] },
  "fills": { ids: ["tradeId"] },
  "account": { lists: { details: ["ccy"] }, anyList: true },
  "balance_and_position": { lists: { balData: ["ccy"], posData: ["posId"] }, anyList: true },
  "account-greeks": { ids: ["ccy"] },
  "liquidation-warning": { ids: ["posId"] },
  "economic-calendar": { ids: ["calendarId"] },
  // Of v3, by the last word of the channel.
  "/ticker": { prices: ["last", "best_ask", "best_bid"] },
  "/trade": { ids: ["trade_id"], numbers: ["price"] },
  "/mark_price": { numbers: ["mark_price"] },
  "/price_range": { prices: ["highest", "lowest"] },
  "/funding_rate": { prices: ["funding_rate", "estimated_rate"] },
  "/estimated_price": { numbers: ["settlement_price"] },
};

/** Returns what rows of a channel need, whose name is one of v5, or of v3 with a slash. */
export function membersOf(channel: string): Members {
  const needed = neededOf(channel);
  const { ids = [], count, numbers = [], optional = [], prices, lists, anyList = false } = needed;
  return { ids, count, numbers, optional, prices, lists, anyList, anything: needed === NOTHING };
}

function neededOf(channel: string): Needed {
  const known = TABLE[channel] ?? TABLE[channel.slice(Math.max(0, channel.indexOf("/")))];
  if (known !== undefined) return known;
  // What is open, or listed, is known by its id.
  const spec = findChannel(channel);
  const id = spec?.storage === "open" || spec?.storage === "instruments" ? spec.key.at(-1) : undefined;
  return id === undefined ? NOTHING : { ids: [id] };
}

/** Returns whether an object has what rows of its channel need. */
export function hasMembers(row: Row, members: Members): boolean {
  const { ids, count, numbers, optional, prices, lists } = members;
  for (let i = 0; i < ids.length; i++) if (!isId(row[ids[i] as string])) return false;
  if (count !== undefined && !isCounted(row[count])) return false;
  for (let i = 0; i < numbers.length; i++) if (!isNumber(row[numbers[i] as string])) return false;
  for (let i = 0; i < optional.length; i++) {
    const value = row[optional[i] as string];
    if (value !== undefined && !isNumber(value)) return false;
  }
  if (prices !== undefined && !hasPrices(row, prices)) return false;
  if (lists !== undefined && !hasLists(row, lists, members.anyList)) return false;
  return !members.anything || !isEmpty(row);
}

/** Returns an id that counts up, as a number below 2^53: digits and nothing else. */
export function countedId(value: unknown): number | undefined {
  return isCounted(value) ? Number(scalarText(value)) : undefined;
}

function isCounted(value: unknown): boolean {
  const text = scalarOrEmpty(value);
  if (text === "" || text.length > MAX_DIGITS || text.startsWith("0")) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length < MAX_DIGITS || Number.isSafeInteger(Number(text));
}

/** Of an id below 2^53. */
const MAX_DIGITS = 16;

function hasPrices(row: Row, names: readonly string[]): boolean {
  let found = false;
  let all = true;
  for (const name of names) {
    const value = row[name];
    if (value === undefined) all = false;
    else if (isId(value)) found = true;
    else if (value !== "") return false;
  }
  return found || all;
}

function hasLists(row: Row, lists: Readonly<Record<string, readonly string[]>>, any: boolean): boolean {
  let found = false;
  for (const name in lists) {
    const list = row[name];
    if (list === undefined) continue;
    const names = lists[name] as readonly string[];
    if (
      !Array.isArray(list) || !list.every((part) => isRow(part) && names.every((each) => isId(part[each])))
    ) {
      return false;
    }
    found = true;
  }
  return found || !any;
}

function isId(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  const text = scalarText(value);
  return text !== undefined && text !== "";
}

function isNumber(value: unknown): boolean {
  return isDecimal(scalarOrEmpty(value));
}

function isEmpty(row: Row): boolean {
  for (const _ in row) return false;
  return true;
}
