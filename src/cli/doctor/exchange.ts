/** The way to an exchange: each step of a connection, the clocks, and which of the exchange's hosts fits. */
import type { ServerConfig } from "../../config/schema.ts";
import { EXCHANGE_NAMES, exchangeName, findExchange, socketUrl } from "../../okx/endpoints.ts";
import { fetchRows } from "../../okx/rest.ts";
import { dial, type Step, upgradeRequest, type Way } from "./dial.ts";
import { type Examination, reasonOf, type State, type Tell, type Verdict } from "./finding.ts";

/** A login whose time is more than 30 s off is refused (OKX v5, error 60006); ages are wrong much earlier. */
const WARN_SKEW_MS = 1000;
const MAX_SKEW_MS = 30_000;

/** Hosts for accounts that were registered in a region; a key is valid at its own alone. */
const REGIONS = EXCHANGE_NAMES.filter((name) => !name.endsWith("-demo") && name !== "okx-tr");

type Target = Pick<ServerConfig, "endpoint" | "exchange" | "protocol">;

/** One examination for each exchange that the servers use, and one of the regions where they have names. */
export function exchangeExaminations(servers: readonly Target[]): Examination[] {
  const targets = [...new Map(servers.map((each) => [`${each.endpoint} ${each.protocol}`, each])).values()];
  const named = targets.flatMap(({ endpoint }) => exchangeName(endpoint) ?? []);
  return [
    ...targets.map((target): Examination => ({
      area: `exchange ${target.endpoint}`,
      look: async (tell, signal) => {
        const clock = lookAtClock(target, signal);
        await lookAtWay(target, tell, signal);
        const verdict = await clock;
        if (verdict !== undefined) tell(...verdict);
      },
    })),
    ...(named.length === 0 ? [] : [{
      area: "exchange regions",
      look: async (tell: Tell, signal: AbortSignal) =>
        tell("hosts", ...judgeRegions(named, await reachRegions(signal))),
    }]),
  ];
}

async function lookAtWay({ exchange, protocol }: Target, tell: Tell, signal: AbortSignal): Promise<void> {
  const url = new URL(socketUrl(exchange, protocol === "v3" ? "v3" : "public"));
  const way = await dial(url, upgradeRequest(url), signal);
  for (const { step, ms, detail } of way.steps.filter(({ step }) => step !== "HTTP")) {
    tell(step, "ok", `${detail} in ${ms} ms`);
  }
  if (way.failed !== undefined) {
    tell(way.failed.step, "fail", way.failed.reason, remedyOf(way.failed.step, way.failed.reason));
    return;
  }
  const answer = way.steps.at(-1) as Step;
  const isOpen = /^HTTP\/1\.1 101\b/.test(answer.detail);
  if (isOpen) tell("WebSocket", "ok", `${url.href} opens in ${answer.ms} ms`);
  else {
    const remedy = "a proxy or firewall stands between, or this is no exchange: check ENDPOINT";
    tell("WebSocket", "fail", `${url.href} answers ${answer.detail}`, remedy);
  }
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

async function lookAtClock(
  { exchange, protocol }: Target,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  // The old protocol's servers have no such call that could be relied on.
  if (protocol === "v3") return undefined;
  const start = performance.now();
  const sent = Date.now();
  try {
    const [row] = await fetchRows(exchange.rest, "/public/time", {}, signal);
    const took = performance.now() - start;
    const time = Number(row?.ts);
    if (!Number.isFinite(time)) throw new Error(`no time from ${exchange.rest.url}`);
    return ["clock", ...judgeSkew(time - (sent + took / 2), took)];
  } catch (error) {
    const reason = signal.aborted ? "no answer in time" : reasonOf(error);
    return [
      "REST",
      "fail",
      `${exchange.rest.url}: ${reason}`,
      "holes are filled by REST; see that this host is not blocked",
    ];
  }
}

/** The difference of two clocks (theirs less ours), which is known to half the time that the answer took. */
export function judgeSkew(skewMs: number, tookMs: number): [State, string, string] {
  const off = Math.max(0, Math.abs(skewMs) - tookMs / 2);
  const [seconds, error] = [(Math.abs(skewMs) / 1000).toFixed(3), Math.ceil(tookMs / 2)];
  const message = skewMs > 0
    ? `this clock is ${seconds} s behind the exchange's, measured to ${error} ms`
    : `this clock is ${seconds} s ahead of the exchange's, measured to ${error} ms`;
  const remedy = "let NTP set the clock: timedatectl set-ntp true";
  if (off > MAX_SKEW_MS) return ["fail", message, remedy];
  return off > WARN_SKEW_MS ? ["warn", message, remedy] : ["ok", message, ""];
}

/** How long each region's host takes to answer a connection; undefined: it does not. */
async function reachRegions(signal: AbortSignal): Promise<Map<string, number | undefined>> {
  const reached = await Promise.all(REGIONS.map(async (name): Promise<[string, number | undefined]> => {
    const way = await dial(new URL(findExchange(name)?.ws ?? ""), undefined, signal);
    return [name, timeOf(way)];
  }));
  return new Map(reached);
}

function timeOf({ steps, failed }: Way): number | undefined {
  return failed === undefined ? steps.find(({ step }) => step === "TCP")?.ms : undefined;
}

/** Which hosts answer from here, and whether those that are used are among them. */
export function judgeRegions(
  used: readonly string[],
  reached: ReadonlyMap<string, number | undefined>,
): [State, string, string] {
  const shown = [...reached].map(([name, ms]) => `${name} ${ms === undefined ? "-" : `${ms} ms`}`).join(", ");
  const away = used.filter((name) => reached.has(name) && reached.get(name) === undefined);
  const others = [...reached].filter(([, ms]) => ms !== undefined).map(([name]) => name);
  if (away.length === 0) {
    return ["ok", `connection times: ${shown}`, ""];
  }
  if (others.length === 0) {
    return [
      "fail",
      "none of the exchange's hosts answers from here",
      "check this machine's way to the Internet",
    ];
  }
  const remedy =
    `an account is bound to where it was registered (okx-eea: Europe, okx-us: USA and Australia, okx-tr: Turkey); if yours is there, ENDPOINT: ${
      others.join(" or ")
    }`;
  return ["fail", `connection times: ${shown}`, remedy];
}
