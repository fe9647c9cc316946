/** The way to an exchange as the service takes it: which proxy, each address of its name, and a WebSocket in earnest. */
import { isIP } from "node:net";
import { isLoopback } from "../../shared/http_address.ts";
import { openSocket } from "../../session/connection/socket.ts";
import { proxyRule, usesProxies } from "../../shared/proxy.ts";
import { dial, lookUp, type Step, upgradeRequest, type Way } from "./dial.ts";
import { reasonOf, type Tell } from "./finding.ts";

/** How long one address, and the whole dial, may take; both end before the time of the area does. */
const ADDRESS_MS = 4500;
const DIAL_MS = 6000;

/** Addresses of a name that are tried. */
const MAX_ADDRESSES = 6;

/** Tells each step; the steps by hand say where a way ends, the WebSocket whether the service would get through. */
export async function lookAtWay(
  url: URL,
  environment: Readonly<Record<string, string>>,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const opening = open(url, signal);
  const byProxy = await lookAtProxy(url, environment, tell, signal);
  const ways = byProxy ? [] : await lookAtAddresses(url, tell, signal);
  const fault = await opening;
  const failed = ways.filter((each) => each.way.failed !== undefined);
  for (const { address, way } of failed) {
    const { step, reason } = way.failed as NonNullable<Way["failed"]>;
    const message = ways.length > 1 ? `${address}: ${reason}` : reason;
    // What the service does not stumble over is no failure.
    tell(step, fault === undefined ? "warn" : "fail", message, remedyOf(step, reason));
  }
  if (fault === undefined) {
    return tell("WebSocket", "ok", `${url.href} opens in ${Math.round(performance.now() - start)} ms`);
  }
  if (ways.length > 0 && failed.length === ways.length) return;
  const answer = ways.find(({ way }) => way.failed === undefined)?.way.steps.at(-1)?.detail ?? "";
  if (answer !== "" && !/^HTTP\/1\.1 101\b/.test(answer)) {
    const remedy = "a proxy or firewall stands between, or this is no exchange: check ENDPOINT";
    return tell("WebSocket", "fail", `${url.href} answers ${answer}`, remedy);
  }
  const remedy = byProxy
    ? "ask whoever runs the proxy to let WebSockets to this host through, or name the host in NO_PROXY"
    : "the first address that takes a connection is the one that is used: remove the silent one from DNS or /etc/hosts";
  tell("WebSocket", "fail", `${url.href}: ${fault}`, remedy);
}

/** Why a WebSocket does not open, or undefined. */
async function open(url: URL, signal: AbortSignal): Promise<string | undefined> {
  try {
    const handlers = { onMessage: () => {}, onClose: () => {} };
    (await openSocket(url.href, handlers, { dialMs: DIAL_MS, signal })).close();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Whether a proxy is used; says which, and which variables are there in vain. */
async function lookAtProxy(
  url: URL,
  environment: Readonly<Record<string, string>>,
  tell: Tell,
  signal: AbortSignal,
): Promise<boolean> {
  const { proxy, excepted, ignored } = proxyRule(url, environment);
  if (proxy === undefined) {
    if (excepted) tell("proxy", "ok", `NO_PROXY names ${url.hostname}: it is reached directly`);
    const isHere = isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    for (const name of isHere ? [] : ignored) {
      const used = url.protocol === "wss:" ? "HTTPS_PROXY" : "HTTP_PROXY";
      tell(
        "proxy",
        "warn",
        `${name} is not used for ${url.protocol}//${url.host}`,
        `where it is meant, set ${used}`,
      );
    }
    return false;
  }
  const place = `${proxy.url.hostname}:${proxy.url.port || (proxy.url.protocol === "https:" ? "443" : "80")}`;
  if (!usesProxies(Deno.version.deno)) {
    const message =
      `${proxy.variable} is set, and Deno ${Deno.version.deno} inside this program opens WebSockets without it; REST alone goes through ${place}`;
    tell(
      "proxy",
      "warn",
      message,
      "use a program made by deno task compile with Deno 2.5.1 or later, or the sources",
    );
    return false;
  }
  const way = await dial(proxy.url, undefined, AbortSignal.any([signal, AbortSignal.timeout(ADDRESS_MS)]));
  if (way.failed === undefined) tell("proxy", "ok", `${proxy.variable}: ${place} takes connections`);
  else {tell(
      "proxy",
      "fail",
      `${proxy.variable}: ${place}: ${way.failed.reason}`,
      `start it, or correct ${proxy.variable}`,
    );}
  return true;
}

/** Dials every address by itself, because the runtime stops at the first that takes a connection. */
async function lookAtAddresses(
  url: URL,
  tell: Tell,
  signal: AbortSignal,
): Promise<{ readonly address: string; readonly way: Way }[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const start = performance.now();
  let addresses: string[];
  try {
    addresses = isIP(host) !== 0 ? [host] : await lookUp(host, signal);
  } catch (error) {
    const reason = signal.aborted ? "no answer in time" : reasonOf(error);
    return [{ address: host, way: { steps: [], failed: { step: "DNS", reason } } }];
  }
  tell("DNS", "ok", `${addresses.join(" ")} in ${Math.round((performance.now() - start) * 10) / 10} ms`);
  const ways = await Promise.all(
    addresses.slice(0, MAX_ADDRESSES).map(async (address) => {
      const late = AbortSignal.any([signal, AbortSignal.timeout(ADDRESS_MS)]);
      return { address, way: await dial(url, upgradeRequest(url), late, address) };
    }),
  );
  for (const { way } of ways) {
    for (const { step, ms, detail } of way.steps) {
      if (step !== "HTTP") tell(step, "ok", `${detail} in ${ms} ms`);
    }
  }
  return ways;
}

/** What to do where a step fails. */
function remedyOf(step: Step["step"], reason: string): string {
  switch (step) {
    case "DNS":
      return "check the name, and that this machine reaches a name server: resolvectl status";
    case "TCP":
      return "check the port, and that no firewall closes it";
    case "TLS":
      return /expired|notvalidyet/i.test(reason)
        ? "check this machine's clock, then the server's certificate"
        : "the certificate is not trusted here; where a proxy opens TLS, name its authority: DENO_CERT=FILE okws …";
    case "HTTP":
      return "the server takes connections and says nothing: try again, then ask whoever runs it";
  }
}
