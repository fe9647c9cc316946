/** The view as Prometheus metrics. */
import { Counter, Gauge, Registry } from "prom-client";
import { readinessFaults, type View } from "./view.ts";

/** Counters of the view with their help texts; the names become `okws_<name>`. */
const COUNTERS = [
  ["messages", "messages_total", "Frames received from the exchange"],
  ["characters", "received_characters_total", "Characters received from the exchange"],
  ["rows", "rows_total", "Rows received"],
  ["unreadable", "unreadable_total", "Frames that could not be read"],
  ["unexpected", "unexpected_total", "Pushes for nothing that is subscribed"],
  [
    "skipped",
    "skipped_total",
    "Frames not read because a newer one replaced them while Redis did not keep up",
  ],
  ["dials", "dials_total", "Connection attempts to the exchange"],
  ["connects", "connects_total", "Connections opened"],
  ["disconnects", "disconnects_total", "Connections lost"],
  ["refused", "refused_total", "Subscriptions that the exchange refused"],
  ["gaps", "book_gaps_total", "Order books that had to be built anew"],
  ["batches", "batches_total", "Batches written to Redis"],
  ["writes", "writes_total", "Redis commands written"],
  ["publishes", "publishes_total", "Messages published"],
  ["replaced", "replaced_total", "Row writes replaced by a newer row of the same key while they waited"],
  ["dropped", "dropped_total", "Events dropped because Redis did not keep up"],
  ["rejected", "rejected_total", "Writes that Redis refused"],
  ["retries", "retries_total", "Batches sent again"],
  ["commands", "commands_total", "Commands received over Redis"],
] as const;

const GAUGES = [
  ["queuedBytes", "queued_bytes", "Bytes of events waiting for Redis"],
  ["queuedBytesPeak", "queued_bytes_peak", "Most bytes of events that ever waited"],
  ["batchMs", "batch_milliseconds", "Duration of the last batch"],
] as const;

/** The text that a scraper reads. */
export function renderMetrics(view: View): Promise<string> {
  const registry = new Registry();
  for (const [field, name, help] of COUNTERS) {
    new Counter({ name: `okws_${name}`, help, registers: [registry] }).inc(view.stats[field]);
  }
  for (const [field, name, help] of GAUGES) {
    new Gauge({ name: `okws_${name}`, help, registers: [registry] }).set(view.stats[field]);
  }
  const info = new Gauge({
    name: "okws_build_info",
    help: "Version",
    labelNames: ["version"],
    registers: [registry],
  });
  info.set({ version: view.version }, 1);
  new Gauge({
    name: "okws_ready",
    help: "1 when everything wanted is live and Redis takes writes",
    registers: [registry],
  })
    .set(readinessFaults(view).length === 0 ? 1 : 0);
  const subscriptions = new Gauge({
    name: "okws_subscriptions",
    help: "Wanted paths by server and state",
    labelNames: ["server", "state"],
    registers: [registry],
  });
  for (const server of view.servers) {
    for (const { state } of server.subscriptions) subscriptions.inc({ server: server.name, state });
  }
  return registry.metrics();
}
