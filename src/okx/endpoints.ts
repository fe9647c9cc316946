/**
 * Where the exchange listens: its regions by name, and URLs as its documentation writes them. Source: OKX v5
 * documentation, "Production/Demo trading services", and its changelog: hosts of AWS ended on 2025-04-28, port 8443 on
 * 2026-10-31.
 */
import type { Endpoint } from "./channels.ts";
import { type Message, message } from "../shared/messages/message.ts";

/** Where REST is asked: a base without trailing slash, and what every call to it has to say. */
export type RestHost = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** One exchange: its WebSocket base, without trailing slash, and its REST. */
export type Exchange = { readonly ws: string; readonly rest: RestHost };

/** What an endpoint stands for; `correction` where it was not written in okws' form. */
export type FoundExchange = Exchange & { readonly correction?: Message };

/** Demo trading has WebSocket hosts of its own; its REST is on the hosts of the real one, distinguished by this header. */
const DEMO = { "x-simulated-trading": "1" } as const;

/** WebSocket host, WebSocket host of demo trading, and REST host of each region; Turkey has only REST of its own. */
const REGIONS = [
  ["okx", "ws.okx.com", "wspap.okx.com", "openapi.okx.com"],
  ["okx-eea", "wseea.okx.com", "wseeapap.okx.com", "eea.okx.com"],
  ["okx-us", "wsus.okx.com", "wsuspap.okx.com", "us.okx.com"],
  ["okx-tr", "ws.okx.com", "wspap.okx.com", "tr.okx.com"],
] as const;

const NAMED: ReadonlyMap<string, Exchange> = new Map(REGIONS.flatMap(([name, ws, demo, rest]) => [
  [name, { ws: `wss://${ws}`, rest: { url: `https://${rest}`, headers: {} } }],
  [`${name}-demo`, { ws: `wss://${demo}`, rest: { url: `https://${rest}`, headers: DEMO } }],
]));

/** Other hosts that documentation and examples name, with the exchange that is meant. */
const OTHER_HOSTS: ReadonlyMap<string, string> = new Map([
  ["wsaws.okx.com", "okx"],
  ["aws.okx.com", "okx"],
  ["www.okx.com", "okx"],
  ["openapi.okx.com", "okx"],
  ["eea.okx.com", "okx-eea"],
  ["my.okx.com", "okx-eea"],
  ["us.okx.com", "okx-us"],
  ["app.okx.com", "okx-us"],
  ["tr.okx.com", "okx-tr"],
  // Its name until 2022.
  ["ws.okex.com", "okx"],
  ["wsaws.okex.com", "okx"],
  ["real.okex.com", "okx"],
  ["www.okex.com", "okx"],
  ["wspap.okex.com", "okx-demo"],
]);

/** Each WebSocket host once, with the first name that has it. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ...REGIONS.toReversed().flatMap(([name, ws, demo]): [string, string][] => [
    [ws, name],
    [demo, `${name}-demo`],
  ]),
  ...OTHER_HOSTS,
]);

/** The port that older documentation names. */
const OLD_PORT = "8443";

/** How demo trading was asked for before it had hosts of its own; still in many examples. */
const DEMO_QUERY = "?brokerId=9999";

/** The names a user may write instead of a URL. */
export const EXCHANGE_NAMES: readonly string[] = [...NAMED.keys()];

/**
 * Reads `okx`, … or a ws:// or wss:// URL. REST of a host of OKX is where OKX has it, of any other host at the same
 * URL over http(s). Undefined: neither.
 */
export function findExchange(endpoint: string): FoundExchange | undefined {
  const named = NAMED.get(endpoint);
  if (named !== undefined) return named;
  const url = readUrl(endpoint);
  if (url === undefined || !/^wss?:$/.test(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "" || url.hash !== "") return undefined;
  if (url.search !== "" && url.search !== DEMO_QUERY) return undefined;
  const name = nameOfHost(url);
  const asksForDemo = url.search === DEMO_QUERY;
  const isListed = HOSTS.has(hostOf(url)) && (url.port === "" || url.port === OLD_PORT);
  const known = NAMED.get(asksForDemo && !name?.endsWith("-demo") ? `${name}-demo` : name ?? "");
  const address = addressOf(url);
  const headers = asksForDemo ? DEMO : {};
  const found: Exchange = isListed && known !== undefined
    ? known
    : { ws: address, rest: known?.rest ?? { url: address.replace(/^ws/, "http"), headers } };
  const asWritten = `${url.protocol}//${url.host}${url.pathname}`.replace(/\/+$/, "");
  return found.ws === asWritten
    ? found
    : { ...found, correction: message("config.corrected_url", { url: found.ws }) };
}

/**
 * Returns which of the exchanges with a name is meant, all of which support v5 only; undefined: another URL.
 */
export function exchangeName(endpoint: string): string | undefined {
  if (NAMED.has(endpoint)) return endpoint;
  const url = readUrl(endpoint);
  return url === undefined ? undefined : nameOfHost(url);
}

/** Returns the WebSocket URL of an endpoint. */
export function socketUrl(exchange: Exchange, endpoint: Endpoint): string {
  return exchange.ws + PATHS[endpoint];
}

/** OKX v5 documentation, "Connect"; OKEx v3 documentation, "Connect". */
const PATHS: Readonly<Record<Endpoint, string>> = {
  public: "/ws/v5/public",
  private: "/ws/v5/private",
  business: "/ws/v5/business",
  v3: "/ws/v3",
};

function readUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url === undefined || url.hostname === "" ? undefined : url;
}

/** Returns the URL as it is written, without the part of the path that is added to it. */
function addressOf(url: URL): string {
  const path = url.pathname.replace(/\/ws\/v[35](\/[\w-]*)?\/*$/, "").replace(/\/+$/, "");
  return `${url.protocol}//${url.host}${path}`;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/\.$/, "");
}

/** A host of OKX that is not listed says its region and whether it is demo trading in its name, as those that are. */
function nameOfHost(url: URL): string | undefined {
  const host = hostOf(url);
  const parts = /^ws(eea|us|tr)?.*?(pap)?\.okx\.com$/.exec(host);
  const likely = (parts ?? [""]).slice(1).map((part, i) =>
    part === undefined ? "" : i === 0 ? `-${part}` : "-demo"
  );
  return HOSTS.get(host) ?? (parts === null ? undefined : `okx${likely.join("")}`);
}
