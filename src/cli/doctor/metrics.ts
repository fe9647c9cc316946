/** The metrics of a running okws: alert rules that ask for one that is not there are silent whatever happens. */
import { basicLogin } from "../../shared/basic_login.ts";
import type { Settings } from "../../config/shapes.ts";
import { getDirectly, MAX_BYTES } from "../health/direct.ts";
import { keyed } from "../i18n/translate.ts";
import type { ReportFinding } from "./finding.ts";

/** What the rules of config/alerts.yaml ask for. */
export const ALERT_METRICS: readonly string[] = [
  "okws_active",
  "okws_book_gaps_total",
  "okws_build_info",
  "okws_clock_skew_seconds",
  "okws_connections",
  "okws_disconnects_total",
  "okws_dropped_total",
  "okws_http_login_failures_total",
  "okws_overdue",
  "okws_queued_bytes",
  "okws_ready",
  "okws_receive_to_written_seconds",
  "okws_rejected_total",
  "okws_shards",
  "okws_shards_held",
  "okws_subscriptions",
  "okws_unreadable_total",
  "okws_unrecorded_frames_total",
  "process_start_time_seconds",
];

/** Looks at `/metrics` of the okws at that address. */
export async function checkMetrics(
  address: URL,
  { HTTP_USER, HTTP_PASSWORD }: Settings,
  { report, signal }: { readonly report: ReportFinding; readonly signal: AbortSignal },
): Promise<void> {
  const url = new URL("/metrics", address);
  const { status, text } = await getDirectly(url, signal, {
    accept: "text/plain",
    ...(HTTP_PASSWORD === undefined ? {} : { authorization: basicLogin(HTTP_USER, HTTP_PASSWORD) }),
  });
  if (status !== 200) {
    const remedy = status === 401 ? keyed("doctor.metrics_login") : keyed("doctor.metrics_older");
    return report("metrics", "warn", keyed("doctor.answers", { url: url.href, answer: status }), remedy);
  }
  const lacking = lackingMetrics(text);
  if (lacking.length === 0 || text.length >= MAX_BYTES) {
    return report("metrics", "ok", keyed("doctor.metrics_there", { count: ALERT_METRICS.length }));
  }
  report(
    "metrics",
    "warn",
    keyed("doctor.metrics_lacking", { names: lacking.join(", ") }),
    keyed("doctor.metrics_older"),
  );
}

/** Returns those of {@link ALERT_METRICS} that a text for scrapers does not declare. */
export function lackingMetrics(text: string): string[] {
  const declared = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  return ALERT_METRICS.filter((name) => !declared.has(name));
}
