/** The way to an exchange as the service takes it: which proxy, each address of its name, and a WebSocket in earnest. */
import { isIP } from "node:net";
import { isLoopback } from "../../shared/http_address.ts";
import { openSocket } from "../../session/connection/socket.ts";
import { proxyRule, usesProxies } from "../../shared/proxy.ts";
import { dial, type DialStep, lookUp, upgradeRequest, type Way } from "./dial.ts";
import { explainError, type ReportFinding } from "./finding.ts";
import { englishOf, type Message, type Text } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

/** How long one address, and the whole dial, may take; both end before the time of the area does. */
const ADDRESS_MS = 4500;
const DIAL_MS = 6000;

/** Addresses of a name that are tried. */
const MAX_ADDRESSES = 6;

/** Reports each step; the steps by hand say where a way ends, the WebSocket whether the service would get through. */
export async function checkWay(
  url: URL,
  environment: Readonly<Record<string, string>>,
  report: ReportFinding,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const opening = open(url, signal);
  const byProxy = await checkProxy(url, environment, report, signal);
  const ways = byProxy ? [] : await checkAddresses(url, report, signal);
  const fault = await opening;
  const failed = ways.filter((each) => each.way.failed !== undefined);
  for (const { address, way } of failed) {
    const { step, reason } = way.failed as NonNullable<Way["failed"]>;
    const message = ways.length > 1 ? keyed("join.place", { place: address, reason }) : reason;
    // What the service does not stumble over is no failure.
    report(step, fault === undefined ? "warn" : "fail", message, remedyOf(step, reason));
  }
  if (fault === undefined) {
    const ms = Math.round(performance.now() - start);
    return report("WebSocket", "ok", keyed("doctor.opens", { url: url.href, ms }));
  }
  if (ways.length > 0 && failed.length === ways.length) return;
  const answer = ways.find(({ way }) => way.failed === undefined)?.way.steps.at(-1)?.detail ?? "";
  if (answer !== "" && !/^HTTP\/1\.1 101\b/.test(answer)) {
    const remedy = keyed("doctor.answers_remedy");
    return report("WebSocket", "fail", keyed("doctor.answers", { url: url.href, answer }), remedy);
  }
  const remedy = byProxy ? keyed("doctor.proxy_websockets") : keyed("doctor.silent_address");
  report("WebSocket", "fail", keyed("join.place", { place: url.href, reason: fault }), remedy);
}

/** Returns why a WebSocket does not open, or undefined. */
async function open(url: URL, signal: AbortSignal): Promise<Text | undefined> {
  try {
    const handlers = { onMessage: () => {}, onClose: () => {} };
    const socket = await openSocket(url.href, handlers, { dialMs: DIAL_MS, signal });
    await socket.close();
    return undefined;
  } catch (error) {
    return explainError(error);
  }
}

/** Returns whether a proxy is used; reports which, and which variables have no effect. */
async function checkProxy(
  url: URL,
  environment: Readonly<Record<string, string>>,
  report: ReportFinding,
  signal: AbortSignal,
): Promise<boolean> {
  const { proxy, excepted, ignored } = proxyRule(url, environment);
  if (proxy === undefined) {
    if (excepted) report("proxy", "ok", keyed("doctor.no_proxy", { host: url.hostname }));
    const isHere = isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    for (const name of isHere ? [] : ignored) {
      const used = url.protocol === "wss:" ? "HTTPS_PROXY" : "HTTP_PROXY";
      report(
        "proxy",
        "warn",
        keyed("doctor.proxy_not_used", { name, scheme: url.protocol, host: url.host }),
        keyed("doctor.proxy_set", { name: used }),
      );
    }
    return false;
  }
  const address = `${proxy.url.hostname}:${
    proxy.url.port || (proxy.url.protocol === "https:" ? "443" : "80")
  }`;
  if (!usesProxies(Deno.version.deno)) {
    const message = keyed("doctor.proxy_rest_only", {
      name: proxy.variable,
      version: Deno.version.deno,
      address,
    });
    report(
      "proxy",
      "warn",
      message,
      keyed("doctor.proxy_program"),
    );
    return false;
  }
  const way = await dial(proxy.url, undefined, AbortSignal.any([signal, AbortSignal.timeout(ADDRESS_MS)]));
  if (way.failed === undefined) {
    report("proxy", "ok", keyed("doctor.proxy_ok", { name: proxy.variable, address }));
  } else {report(
      "proxy",
      "fail",
      keyed("join.place", { place: `${proxy.variable}: ${address}`, reason: way.failed.reason }),
      keyed("doctor.proxy_remedy", { name: proxy.variable }),
    );}
  return true;
}

/** Dials every address by itself, because the runtime stops at the first that takes a connection. */
async function checkAddresses(
  url: URL,
  report: ReportFinding,
  signal: AbortSignal,
): Promise<{ readonly address: string; readonly way: Way }[]> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const start = performance.now();
  let addresses: string[];
  try {
    addresses = isIP(host) !== 0 ? [host] : await lookUp(host, signal);
  } catch (error) {
    const reason = signal.aborted ? keyed("dial.no_answer") : explainError(error);
    return [{ address: host, way: { steps: [], failed: { step: "DNS", reason } } }];
  }
  const ms = Math.round((performance.now() - start) * 10) / 10;
  report("DNS", "ok", keyed("doctor.step_time", { detail: addresses.join(" "), ms }));
  const ways = await Promise.all(
    addresses.slice(0, MAX_ADDRESSES).map(async (address) => {
      const late = AbortSignal.any([signal, AbortSignal.timeout(ADDRESS_MS)]);
      return { address, way: await dial(url, upgradeRequest(url), late, address) };
    }),
  );
  for (const { way } of ways) {
    for (const { step, ms, detail } of way.steps) {
      if (step !== "HTTP") report(step, "ok", keyed("doctor.step_time", { detail, ms }));
    }
  }
  return ways;
}

/** Returns what to do where a step fails. */
function remedyOf(step: DialStep["step"], reason: Text): Message {
  switch (step) {
    case "DNS":
      return keyed("doctor.dns_remedy");
    case "TCP":
      return keyed("doctor.tcp_remedy");
    case "TLS":
      return /expired|notvalidyet/i.test(englishOf(reason))
        ? keyed("doctor.tls_remedy")
        : keyed("doctor.authority_remedy");
    case "HTTP":
      return keyed("doctor.http_remedy");
  }
}
