/**
 * The signed REST calls that tell what is open in the demo account, and what has ended: the check of the signature and the
 * answers, newest first, with the paging of the official documentation.
 */
import { hmacSha256 } from "../okx/hmac.ts";
import { keyOf, type Row } from "./account/journal.ts";
import { matches } from "./account/telling.ts";
import { DEMO_CREDENTIALS } from "./login.ts";
import type { Market } from "./market.ts";
import type { RestAnswer } from "./rest.ts";
import { RestError } from "./rest_query.ts";

type Call = { readonly channel: string; readonly rows: (market: Market) => Row[] };

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["/trade/orders-pending", { channel: "orders", rows: ({ desk }) => desk.journal.open("orders") }],
  ["/trade/orders-history", {
    channel: "orders",
    rows: ({ desk }) =>
      [...desk.journal.newest("orders").values()].filter(({ state }) =>
        state === "filled" || state === "canceled"
      ),
  }],
  ["/trade/orders-algo-pending", {
    channel: "orders-algo",
    rows: ({ desk }) => desk.journal.open("orders-algo"),
  }],
  ["/sprd/orders-pending", { channel: "sprd-orders", rows: ({ desk }) => desk.journal.open("sprd-orders") }],
]);

const PREFIX = "/api/v5";
const MOST = 100;
const WINDOW_MS = 30_000;

/** Undefined: it is none of these calls. */
export function answerPrivate(
  market: Market,
  url: URL,
  { headers, nowMs }: { headers: Headers; nowMs: number },
): RestAnswer | undefined {
  const call = CALLS.get(url.pathname.slice(PREFIX.length));
  if (call === undefined || !url.pathname.startsWith(PREFIX)) return undefined;
  try {
    checkSignature(url, headers, nowMs);
    return { status: 200, body: { code: "0", msg: "", data: page(market, call, url.searchParams) } };
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return { status: error.status, body: { code: error.code, msg: error.message, data: [] } };
  }
}

function page(market: Market, { channel, rows }: Call, params: URLSearchParams): Row[] {
  const types = params.get("ordType")?.split(",");
  if (channel === "orders-algo" && types === undefined) {
    throw new RestError(400, "51000", "Parameter ordType can not be empty");
  }
  const arg = { channel, ...Object.fromEntries(params) };
  const after = params.get("after");
  return rows(market)
    .filter((row) => matches(market.desk, arg, row))
    .filter((row) => channel !== "orders-algo" || types?.includes(String(row["ordType"])))
    .sort((a, b) => compareIds(keyOf(channel, b), keyOf(channel, a)))
    .filter((row) => after === null || compareIds(keyOf(channel, row), after) < 0)
    .slice(0, MOST);
}

/** Ids are numbers of up to 19 digits. */
function compareIds(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

function checkSignature(url: URL, headers: Headers, nowMs: number): void {
  const given = (name: string) => headers.get(`OK-ACCESS-${name}`) ?? "";
  const { apiKey, secret, passphrase } = DEMO_CREDENTIALS;
  if (given("KEY") === "") {
    throw new RestError(401, "50103", "Request header OK-ACCESS-KEY can not be empty.");
  }
  if (given("KEY") !== apiKey) throw new RestError(401, "50111", "Invalid OK-ACCESS-KEY");
  const sentAt = Date.parse(given("TIMESTAMP"));
  if (!(Math.abs(sentAt - nowMs) <= WINDOW_MS)) {
    throw new RestError(401, "50102", "Timestamp request expired");
  }
  const right = hmacSha256(secret, `${given("TIMESTAMP")}GET${url.pathname}${url.search}`);
  if (given("SIGN") !== right) throw new RestError(401, "50113", "Invalid Sign");
  if (given("PASSPHRASE") !== passphrase) {
    throw new RestError(401, "50105", "Request header OK-ACCESS-PASSPHRASE incorrect.");
  }
}
