/** Counters, gauges and histograms of one running service, as one plain object that every part adds to. */
import { createHistogram, type Histogram } from "../shared/histogram.ts";

/** Everything is a total since the start unless it says otherwise. */
export type Stats = {
  startedAt: number;
  /** Frames from the exchange, and their characters. */
  messages: number;
  characters: number;
  rows: number;
  /** Frames and rows that could not be read. */
  unreadable: number;
  /** Pushes for nothing that is subscribed, and rows of something else than their subscription. */
  unexpected: number;
  /** Rows whose time is missing, or not the text that the exchange documents. */
  undated: number;
  /** Frames not read because a newer one of the same subscription came while Redis did not keep up. */
  skipped: number;
  dials: number;
  connects: number;
  disconnects: number;
  refused: number;
  /** Order books that lost their sequence, were crossed, failed their checksum or fell silent. */
  gaps: number;
  /** Subscriptions that fell silent on a living connection and were asked for again. */
  renewals: number;
  /** Connections replaced before they ended, and subscriptions moved to another connection. */
  handovers: number;
  batches: number;
  writes: number;
  publishes: number;
  /** Latest-row writes that a newer one replaced before they were sent. */
  replaced: number;
  /** Events dropped, oldest first, because Redis did not keep up. */
  dropped: number;
  /** Writes that Redis refused for their own sake, e.g. a key of another type. */
  rejected: number;
  /** Batches that were sent again because Redis was away. */
  retries: number;
  /** Gauge: bytes of events waiting for Redis, now and at the most. */
  queuedBytes: number;
  queuedBytesPeak: number;
  /** Gauge: milliseconds that the last batch took. */
  batchMs: number;
  /** Gauge: when Redis last answered, Unix ms; 0: not yet. */
  answeredAt: number;
  /** Gauge: when the batch under way was first sent, Unix ms; 0 when none is. */
  writingSince: number;
  commands: number;
  /** Logins over HTTP that were refused. */
  loginFailures: number;
  /** Frames that were recorded, and that the recording lacks. */
  recorded: number;
  unrecorded: number;
  /** Redis commands of each batch. */
  batchSize: Histogram;
  /** Seconds from sending a batch to the last of its answers. */
  batchSeconds: Histogram;
  /** Seconds from the receipt of each event to the answer of the Redis that has it. */
  writtenSeconds: Histogram;
};

/** From a command to the largest batch that waits for a slow Redis. */
const SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000];

/** A tenth of a millisecond, for a Redis beside us, to 10 s, for one that is ill. */
const SECONDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

/** Returns counts that begin at zero. `now` is Unix milliseconds. */
export function createStats(now: number): Stats {
  return {
    startedAt: now,
    messages: 0,
    characters: 0,
    rows: 0,
    unreadable: 0,
    unexpected: 0,
    undated: 0,
    skipped: 0,
    dials: 0,
    connects: 0,
    disconnects: 0,
    refused: 0,
    gaps: 0,
    renewals: 0,
    handovers: 0,
    batches: 0,
    writes: 0,
    publishes: 0,
    replaced: 0,
    dropped: 0,
    rejected: 0,
    retries: 0,
    queuedBytes: 0,
    queuedBytesPeak: 0,
    batchMs: 0,
    answeredAt: 0,
    writingSince: 0,
    commands: 0,
    loginFailures: 0,
    recorded: 0,
    unrecorded: 0,
    batchSize: createHistogram(SIZES),
    batchSeconds: createHistogram(SECONDS),
    writtenSeconds: createHistogram(SECONDS),
  };
}
