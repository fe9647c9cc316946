/** How fast and how quick the service was, second by second, for as long as a person looks back. */
import { type Histogram, quantile } from "../shared/histogram.ts";
import type { Stats } from "../model/stats.ts";
import type { ProcessUse } from "./process.ts";

/** One second, or a little more; rates are per second. */
export type Sample = {
  /** Unix milliseconds of its end. */
  readonly at: number;
  readonly messages: number;
  readonly rows: number;
  readonly writes: number;
  readonly batches: number;
  readonly dropped: number;
  /** From receipt to Redis's answer, in milliseconds; null when nothing was written. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** Bytes of events that wait for Redis. */
  readonly queued: number;
  /** Share of one core. */
  readonly cpu: number | null;
  readonly residentBytes: number | null;
};

/** When a look is taken. Rates are by the second clock alone: the first one may be set while okws runs. */
export type Moment = {
  /** Unix milliseconds. */
  readonly at: number;
  /** Milliseconds of a clock that nobody sets. */
  readonly steadyMs: number;
};

/** A bounded memory of samples. */
export type SampleHistory = {
  /** Adds what came since the last look. */
  add(stats: Stats, use: ProcessUse, moment: Moment): Sample;
  samples(): readonly Sample[];
};

/** Ten minutes of seconds. */
const KEPT = 600;

type Mark = Moment & {
  readonly stats: Pick<Stats, "messages" | "rows" | "writes" | "batches" | "dropped">;
  readonly counts: readonly number[];
  readonly cpuSeconds: number | undefined;
};

/** Starts at that moment: the first sample has what came since. */
export function createHistory(stats: Stats, use: ProcessUse, moment: Moment): SampleHistory {
  const samples: Sample[] = [];
  let last = markOf(stats, use, moment);
  return {
    add(stats, use, moment) {
      const next = markOf(stats, use, moment);
      const sample = sampleOf(last, next, stats, use);
      last = next;
      samples.push(sample);
      if (samples.length > KEPT) samples.shift();
      return sample;
    },
    samples: () => samples,
  };
}

function markOf(stats: Stats, { cpuSeconds }: ProcessUse, moment: Moment): Mark {
  const { messages, rows, writes, batches, dropped } = stats;
  return {
    ...moment,
    stats: { messages, rows, writes, batches, dropped },
    counts: [...stats.writtenSeconds.counts],
    cpuSeconds,
  };
}

function sampleOf(last: Mark, next: Mark, { writtenSeconds, queuedBytes }: Stats, use: ProcessUse): Sample {
  const seconds = Math.max(0.001, (next.steadyMs - last.steadyMs) / 1000);
  const rate = (name: keyof Mark["stats"]) =>
    Math.round((next.stats[name] - last.stats[name]) / seconds * 10) / 10;
  const cpu = next.cpuSeconds === undefined || last.cpuSeconds === undefined
    ? null
    : Math.round((next.cpuSeconds - last.cpuSeconds) / seconds * 1000) / 1000;
  return {
    at: next.at,
    messages: rate("messages"),
    rows: rate("rows"),
    writes: rate("writes"),
    batches: rate("batches"),
    dropped: rate("dropped"),
    ...latencies(writtenSeconds, last.counts, next.counts),
    queued: queuedBytes,
    cpu,
    residentBytes: use.residentBytes ?? null,
  };
}

function latencies(
  { bounds }: Histogram,
  before: readonly number[],
  after: readonly number[],
): { p50: number | null; p99: number | null } {
  const counts = after.map((count, i) => count - (before[i] ?? 0));
  const millis = (q: number) => {
    const value = quantile(bounds, counts, q);
    return value === undefined ? null : Math.round(value * 1e6) / 1000;
  };
  return { p50: millis(0.5), p99: millis(0.99) };
}
