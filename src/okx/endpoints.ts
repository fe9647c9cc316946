/**
 * Where the exchange listens. Source: OKX v5 documentation, "Production/Demo trading services", with the port 8443
 * left out, which is refused since 2026-10-31.
 */
import type { Endpoint } from "./channels.ts";

/** One exchange: its WebSocket base and its REST base, without trailing slash. */
export type Exchange = {
  readonly ws: string;
  readonly rest: string;
  /** Paper trading on the hosts of the real one: REST calls about an account say so in a header. */
  readonly simulated?: true;
};

const NAMED: ReadonlyMap<string, Exchange> = new Map([
  ["okx", { ws: "wss://ws.okx.com", rest: "https://openapi.okx.com" }],
  ["okx-eea", { ws: "wss://wseea.okx.com", rest: "https://eea.okx.com" }],
  ["okx-us", { ws: "wss://wsus.okx.com", rest: "https://us.okx.com" }],
  ["okx-demo", { ws: "wss://wspap.okx.com", rest: "https://openapi.okx.com", simulated: true }],
]);

/** The names a user may write instead of a URL. */
export const EXCHANGE_NAMES: readonly string[] = [...NAMED.keys()];

/** Reads `okx`, … or a ws:// or wss:// URL, whose REST base is the same host over http(s). Undefined: neither. */
export function findExchange(endpoint: string): Exchange | undefined {
  const named = NAMED.get(endpoint);
  if (named !== undefined) return named;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^wss?:$/.test(url.protocol) || url.hostname === "") return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  const ws = `${url.protocol}//${url.host}${path}`;
  return { ws, rest: ws.replace(/^ws/, "http") };
}

/** Whether this is one of the exchanges with a name of their own, all of which speak v5 only. */
export function isNamed(endpoint: string): boolean {
  return NAMED.has(endpoint);
}

/** The WebSocket URL of one v5 endpoint, or of the one socket of v3 (OKEx v3 documentation, "Connect"). */
export function socketUrl(exchange: Exchange, endpoint: Endpoint | "v3"): string {
  return endpoint === "v3" ? `${exchange.ws}/ws/v3` : `${exchange.ws}/ws/v5/${endpoint}`;
}
