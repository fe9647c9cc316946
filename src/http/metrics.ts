/**
 * The view as Prometheus metrics. Each scrape has a registry of its own: what is shown follows from the view alone, and a metric
 * of something that the view does not have is left out, which one that lasts would go on showing.
 */
import { Counter, Gauge, Histogram as PromHistogram, Registry } from "prom-client";
import type { Histogram } from "../shared/histogram.ts";
import type { Stats } from "../model/stats.ts";
import { readProcessUse } from "./process.ts";
import { isSilent, readinessFaults, silenceOf } from "./readiness.ts";
import type { ServerView, View } from "./view.ts";

/** Counters of the view with their help texts; the names become `okws_<name>`. */
const COUNTERS = [
  ["messages", "messages_total", "Frames received from the exchange"],
  ["characters", "received_characters_total", "Characters received from the exchange"],
  ["rows", "rows_total", "Rows received"],
  ["unreadable", "unreadable_total", "Frames that could not be read"],
  ["unexpected", "unexpected_total", "Pushes for nothing that is subscribed, and rows of something else"],
  ["undated", "undated_total", "Rows whose time is missing or not as documented"],
  [
    "skipped",
    "skipped_total",
    "Frames not read because a newer one replaced them while Redis did not keep up",
  ],
  ["dials", "dials_total", "Connection attempts to the exchange"],
  ["connects", "connects_total", "Connections opened"],
  ["disconnects", "disconnects_total", "Connections lost"],
  ["refused", "refused_total", "Subscriptions that the exchange refused"],
  ["gaps", "book_gaps_total", "Order books that had to be built again"],
  ["batches", "batches_total", "Batches written to Redis"],
  ["writes", "writes_total", "Redis commands written"],
  ["publishes", "publishes_total", "Messages published"],
  ["replaced", "replaced_total", "Row writes replaced by a newer row of the same key while they waited"],
  ["dropped", "dropped_total", "Events dropped because Redis did not keep up"],
  ["rejected", "rejected_total", "Writes that Redis refused"],
  ["retries", "retries_total", "Batches sent again"],
  ["commands", "commands_total", "Commands received over Redis"],
  ["loginFailures", "http_login_failures_total", "Logins over HTTP that were refused"],
  ["recorded", "recorded_frames_total", "Frames that were recorded"],
  [
    "unrecorded",
    "unrecorded_frames_total",
    "Frames that the recording lacks, since the disk did not keep up",
  ],
] as const satisfies readonly (readonly [keyof Stats, string, string])[];

const GAUGES = [
  ["queuedBytes", "queued_bytes", "Bytes of events waiting for Redis"],
  ["queuedBytesPeak", "queued_bytes_peak", "Most bytes of events that ever waited"],
  ["batchMs", "batch_milliseconds", "Duration of the last batch"],
] as const satisfies readonly (readonly [keyof Stats, string, string])[];

const HISTOGRAMS = [
  ["batchSize", "batch_commands", "Redis commands of each batch"],
  ["batchSeconds", "batch_seconds", "From sending a batch to the last of its answers"],
  ["writtenSeconds", "receive_to_written_seconds", "From the receipt of an event to the answer of Redis"],
] as const satisfies readonly (readonly [keyof Stats, string, string])[];

/** States that are always shown, so that a graph of them starts at zero. Others come as they appear. */
const CONNECTION_STATES = ["connected", "connecting", "waiting", "idle"];

/** Returns the text that a scraper reads. `now` is Unix milliseconds. */
export async function renderMetrics(view: View, now: number = Date.now()): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  for (const [field, name, help] of COUNTERS) {
    new Counter({ name: `okws_${name}`, help, registers: [registry] }).inc(view.stats[field]);
  }
  for (const [field, name, help] of GAUGES) gauge(`okws_${name}`, help).set(view.stats[field]);
  gauge("okws_build_info", "Version", ["version"]).set({ version: view.version }, 1);
  gauge("okws_ready", "1 when everything desired is live and fresh and Redis takes writes")
    .set(readinessFaults(view, now).length === 0 ? 1 : 0);
  gauge("okws_active", "1 when this service is the one that writes").set(isActive(view) ? 1 : 0);
  if (view.lease !== undefined) {
    addLease(view.lease, gauge);
    gauge("okws_standbys", "Services that stand by under the same KEY_PREFIX").set(
      view.standbys?.length ?? 0,
    );
  }
  if (view.shard !== undefined) {
    const shard = gauge("okws_shard", "1 for the shard that this service is", ["shard"]);
    shard.labels(view.shard).set(1);
  }
  // Of one that has all of the work too: a rule that compares them finds both.
  const shards = view.shards ?? [];
  gauge("okws_shards", "Shards that share the work").set(Number(view.shard?.split("/")[1] ?? 1));
  gauge("okws_shards_held", "Shards of the same number that somebody has").set(
    view.shard === undefined ? 1 : shards.filter(({ holder }) => holder !== null).length,
  );
  const subscriptions = gauge("okws_subscriptions", "Wanted paths by server and state", ["server", "state"]);
  const connections = gauge("okws_connections", "Connections by server and state", ["server", "state"]);
  const overdue = gauge("okws_overdue", "Live or stale paths that are silent for longer than promised", [
    "server",
  ]);
  const quiet = gauge("okws_silence_seconds", "Since the newest row of any path", ["server"]);
  const oldest = gauge("okws_oldest_data_seconds", "Age of the oldest data that is promised regularly", [
    "server",
  ]);
  const skew = gauge("okws_clock_skew_seconds", "Exchange's clock before this machine's", ["server"]);
  for (const server of view.servers) {
    const labels = { server: server.name };
    for (const state of CONNECTION_STATES) connections.set({ ...labels, state }, 0);
    for (const { state } of server.connections) connections.inc({ ...labels, state });
    for (const { state } of server.subscriptions) subscriptions.inc({ ...labels, state });
    overdue.set(labels, server.subscriptions.filter((path) => isSilent(path, now)).length);
    const ages = agesOf(server, now);
    if (ages.newest !== undefined) quiet.set(labels, ages.newest / 1000);
    if (ages.oldest !== undefined) oldest.set(labels, ages.oldest / 1000);
    const { clockSkewMs } = server;
    if (clockSkewMs !== undefined && clockSkewMs !== null) skew.set(labels, clockSkewMs / 1000);
  }
  addProcess(view, gauge, registry);
  for (const [field, name, help] of HISTOGRAMS) {
    registry.registerMetric(new CountedHistogram({ name: `okws_${name}`, help }, view.stats[field]));
  }
  return await registry.metrics();
}

/** Of promised paths the longest silence, of all paths the shortest; in milliseconds. */
function agesOf({ subscriptions }: ServerView, now: number): { oldest?: number; newest?: number } {
  const ages: { oldest?: number; newest?: number } = {};
  for (const path of subscriptions) {
    const { receivedAt = 0, everyMs = null, state } = path;
    if (receivedAt > 0) ages.newest = Math.min(ages.newest ?? Infinity, Math.max(0, now - receivedAt));
    if (everyMs === null || state === "refused") continue;
    // What is stale or not there yet counts as well: nothing promised is fresher than its last row.
    ages.oldest = Math.max(ages.oldest ?? 0, silenceOf(path, now));
  }
  return ages;
}

/** A service that Redis lets have no lease writes as well. */
function isActive({ lease }: View): boolean {
  return (lease?.role ?? "active") === "active" || lease?.role === "unprotected";
}

function addLease(
  { role, epoch, ageMs }: NonNullable<View["lease"]>,
  gauge: (name: string, help: string) => Gauge,
): void {
  gauge("okws_standby", "1 when this service waits for the end of the one that writes").set(
    role === "standby" ? 1 : 0,
  );
  gauge("okws_epoch", "Number of its term").set(epoch);
  if (ageMs !== null) {
    gauge("okws_lease_age_seconds", "Since Redis said last that the lease is its own").set(ageMs / 1000);
  }
}

function addProcess(view: View, gauge: (name: string, help: string) => Gauge, registry: Registry): void {
  const { residentBytes, heapBytes, cpuSeconds } = readProcessUse();
  gauge("process_start_time_seconds", "When the service was started, Unix time")
    .set(view.stats.startedAt / 1000);
  if (residentBytes !== undefined) {
    gauge("process_resident_memory_bytes", "Memory of the process").set(residentBytes);
  }
  if (heapBytes !== undefined) gauge("process_heap_bytes", "Memory in use by objects").set(heapBytes);
  if (cpuSeconds !== undefined) {
    const help = "CPU time of the process";
    new Counter({ name: "process_cpu_seconds_total", help, registers: [registry] }).inc(cpuSeconds);
  }
}

/**
 * A histogram of counts that lie in buckets already; prom-client's own takes one value at a time. A registry asks each metric
 * what it shows (`get()`): this one shows what an empty histogram of prom-client does, with its own numbers.
 */
class CountedHistogram extends Gauge {
  readonly #empty: PromHistogram;
  readonly #counted: Histogram;

  constructor(named: { readonly name: string; readonly help: string }, counted: Histogram) {
    super({ ...named, registers: [] });
    this.#empty = new PromHistogram({ ...named, buckets: [...counted.bounds], registers: [] });
    this.#counted = counted;
  }

  override async get() {
    const { bounds, counts, sum, count } = this.#counted;
    const shown = await this.#empty.get();
    const values = shown.values.map((each) => {
      if (each.metricName?.endsWith("_sum")) return { ...each, value: sum };
      // What is above the last bound, and the number of all, have no bound.
      const at = bounds.indexOf(Number(each.labels.le));
      return { ...each, value: at < 0 ? count : counts.slice(0, at + 1).reduce((total, n) => total + n, 0) };
    });
    return { ...shown, values };
  }
}
