/** The way to an exchange: each step of a connection, the clocks, and which of the exchange's hosts fits. */
import { CODECS } from "../../okx/codec.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { EXCHANGE_NAMES, exchangeName, findExchange, socketUrl } from "../../okx/endpoints.ts";
import { fetchRows } from "../../okx/rest.ts";
import { proxyRule } from "../../shared/proxy.ts";
import { dial, type Way } from "./dial.ts";
import {
  type Examination,
  explainError,
  type FindingState,
  type ReportedFinding,
  type ReportFinding,
} from "./finding.ts";
import { dialReason, dialTrouble } from "../../session/connection/trouble.ts";
import { tryLogin } from "./login.ts";
import { checkWay } from "./way.ts";
import type { Text } from "../../shared/messages/message.ts";
import { MessageError } from "../../shared/errors.ts";
import { keyed } from "../i18n/translate.ts";

/** A login whose time is more than 30 s off is refused (OKX v5, error 60006); ages are wrong much earlier. */
const WARN_SKEW_MS = 1000;
const MAX_SKEW_MS = 30_000;

/** How long the exchange's time is waited for, before logins are tried without it. */
const CLOCK_MS = 2500;

/** Logins that are tried at one exchange; it takes three connections a second. */
const MAX_LOGINS = 3;

/** Hosts for accounts that were registered in a region; a key is valid at its own alone. */
const REGIONS = EXCHANGE_NAMES.filter((name) => !name.endsWith("-demo") && name !== "okx-tr");

type Target = Pick<ServerConfig, "endpoint" | "exchange" | "protocol"> & Partial<ServerConfig>;

type Environment = Readonly<Record<string, string>>;

/** Returns one examination for each exchange that the servers use, and one of the regions where they have names. */
export function exchangeExaminations(servers: readonly Target[], environment: Environment): Examination[] {
  const targets = [...new Map(servers.map((each) => [`${each.endpoint} ${each.protocol}`, each])).values()];
  const named = targets.flatMap(({ endpoint }) => exchangeName(endpoint) ?? []);
  // Behind a proxy nothing is reached directly, so that times of connections would say nothing.
  const isDirect = proxyRule(new URL("wss://ws.okx.com"), environment).proxy === undefined;
  return [
    ...targets.map((target): Examination => ({
      area: keyed("doctor.exchange", { name: target.endpoint }),
      look: async (report, signal) => {
        const { exchange, endpoint, protocol } = target;
        if (exchange.correction !== undefined) {
          report("ENDPOINT", "warn", exchange.correction, keyed("doctor.endpoint_remedy"));
        }
        const url = new URL(socketUrl(exchange, CODECS[protocol].firstEndpoint));
        const way = checkWay(url, environment, report, signal);
        const { skewMs, verdict } = await checkClock(target, signal);
        const logins = servers.filter((each) => each.endpoint === endpoint && each.protocol === protocol)
          .slice(0, MAX_LOGINS).map((each) => tryLogin({ ...NO_SERVER, ...each }, skewMs, signal));
        const verdicts = [verdict, ...await Promise.all(logins)];
        await way;
        for (const each of verdicts) if (each !== undefined) report(...each);
      },
    })),
    ...(named.length === 0 || !isDirect ? [] : [{
      area: keyed("doctor.regions"),
      look: async (report: ReportFinding, signal: AbortSignal) =>
        report("hosts", ...judgeRegions(named, await reachRegions(signal))),
    }]),
  ];
}

const NO_SERVER = { name: "", credentials: undefined } as const;

async function checkClock(
  { exchange, protocol }: Target,
  signal: AbortSignal,
): Promise<{ readonly skewMs: number; readonly verdict: ReportedFinding | undefined }> {
  // Without a REST there is no such call.
  if (!CODECS[protocol].hasRest) return { skewMs: 0, verdict: undefined };
  const start = performance.now();
  const sent = Date.now();
  try {
    const late = AbortSignal.any([signal, AbortSignal.timeout(CLOCK_MS)]);
    const [row] = await fetchRows(exchange.rest, "/public/time", {}, late);
    const took = performance.now() - start;
    const time = Number(row?.ts);
    if (!Number.isFinite(time)) throw new MessageError(keyed("doctor.no_time", { host: exchange.rest.url }));
    const skewMs = time - (sent + took / 2);
    return { skewMs, verdict: ["clock", ...judgeSkew(skewMs, took)] };
  } catch (error) {
    const isLate = signal.aborted || (error instanceof DOMException && error.name === "TimeoutError");
    const message = isLate
      ? keyed("join.place", { place: exchange.rest.url, reason: keyed("dial.no_answer") })
      : explainCall(exchange.rest.url, error);
    const remedy = keyed("doctor.no_time_remedy");
    return { skewMs: 0, verdict: ["REST", "fail", message, remedy] };
  }
}

/** Returns why a call failed, as the service says it of a dial; the runtime puts its own reason inside its error. */
export function explainCall(url: string, error: unknown): Text {
  if (!(error instanceof TypeError)) return keyed("join.place", { place: url, reason: explainError(error) });
  const { message } = error.cause instanceof Error ? error.cause : error;
  return dialTrouble(url, error, dialReason(message)).message;
}

/** Judges the difference of two clocks (theirs less ours, ms), which is known to half the time that the answer took. */
export function judgeSkew(skewMs: number, tookMs: number): [FindingState, Text, Text] {
  const off = Math.max(0, Math.abs(skewMs) - tookMs / 2);
  const [seconds, error] = [(Math.abs(skewMs) / 1000).toFixed(3), Math.ceil(tookMs / 2)];
  const message = skewMs > 0
    ? keyed("doctor.clock_behind", { seconds, ms: error })
    : keyed("doctor.clock_ahead", { seconds, ms: error });
  const remedy = keyed("doctor.clock_remedy");
  if (off > MAX_SKEW_MS) return ["fail", message, remedy];
  return off > WARN_SKEW_MS ? ["warn", message, remedy] : ["ok", message, ""];
}

/** Returns how long each region's host takes to answer a connection; undefined: it does not. */
async function reachRegions(signal: AbortSignal): Promise<Map<string, number | undefined>> {
  const reached = await Promise.all(REGIONS.map(async (name): Promise<[string, number | undefined]> => {
    const way = await dial(new URL(findExchange(name)?.ws ?? ""), undefined, signal);
    return [name, dialMsOf(way)];
  }));
  return new Map(reached);
}

function dialMsOf({ steps, failed }: Way): number | undefined {
  return failed === undefined ? steps.find(({ step }) => step === "TCP")?.ms : undefined;
}

/** Judges which hosts answer from here, and whether those that are used are among them. */
export function judgeRegions(
  used: readonly string[],
  reached: ReadonlyMap<string, number | undefined>,
): [FindingState, Text, Text] {
  const shown = [...reached].map(([name, ms]) => `${name} ${ms ?? "-"}`).join(", ");
  const away = used.filter((name) => reached.has(name) && reached.get(name) === undefined);
  const others = [...reached].filter(([, ms]) => ms !== undefined).map(([name]) => name);
  if (away.length === 0) {
    return ["ok", keyed("doctor.connection_times", { list: shown }), ""];
  }
  if (others.length === 0) {
    return [
      "fail",
      keyed("doctor.no_region"),
      keyed("doctor.internet_remedy"),
    ];
  }
  const remedy = keyed("doctor.regions_remedy", { names: others.join(" or ") });
  return ["fail", keyed("doctor.connection_times", { list: shown }), remedy];
}
