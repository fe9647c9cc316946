/**
 * Two looks at a service become figures: what happened per second between them, how late data reached Redis, what went
 * wrong so far, and which subscriptions deserve a look. Pure.
 */
import type { ConnectionView, PathView, ServiceView } from "../../client/service_view.ts";
import { missingShards } from "../../shared/missing_shards.ts";
import { quantile } from "../../shared/histogram.ts";

/** One look. `memory` is Redis' INFO of that section; empty where this user may not ask. */
export type TopSample = {
  /** Unix ms. */
  readonly at: number;
  /** The same by a clock that nobody sets: rates are by it. */
  readonly steadyMs: number;
  readonly view: ServiceView;
  readonly memory: Readonly<Record<string, string>>;
};

/** Counters of which the change per second matters. */
const FLOWS = ["messages", "characters", "rows", "batches", "writes", "publishes"] as const;

/** Counters of what should not happen. */
const FAULTS = [
  ...["disconnects", "gaps", "renewals", "handovers", "refused", "unreadable", "unexpected"],
  ...["skipped", "dropped", "rejected", "retries"],
] as const;

/** A connection with its server. */
export type ConnectionFigure = ConnectionView & { readonly server: string };

/** A subscription with its server, its age (null: nothing ever came) and its rows per second. */
export type PathFigure = PathView & {
  readonly server: string;
  readonly ageMs: number | null;
  readonly rowsPerSecond: number | null;
};

/** Figures of a service at one moment. Rates are null where there is no look before it to compare with. */
export type Figures = {
  readonly at: number;
  readonly version: string;
  /** Which shard it is; undefined: there are none. */
  readonly shard?: string | undefined;
  /** Shards that nobody is, as this one knows. */
  readonly missingShards?: readonly string[];
  /** Of the lease; null: it needs none, or does not say. */
  readonly epoch: number | null;
  /** Services that stand by. */
  readonly standbys: number;
  readonly uptimeMs: number;
  readonly stopping: boolean;
  readonly outage: string;
  readonly perSecond: Readonly<Record<typeof FLOWS[number], number>> | null;
  /** The last batch, in milliseconds. */
  readonly batchMs: number;
  /** From receipt to the answer of Redis, over the time between the looks; null: nothing was written, or not measured. */
  readonly lagMs: { readonly p50: number; readonly p99: number } | null;
  readonly queuedBytes: number;
  readonly queuedBytesPeak: number;
  readonly redis: {
    readonly usedBytes: number;
    readonly peakBytes: number;
    /** 0: no limit. */
    readonly maxBytes: number;
  } | null;
  /** Totals since the service started. */
  readonly faults: Readonly<Record<string, number>>;
  readonly clockSkewMs: Readonly<Record<string, number | null>>;
  readonly connections: readonly ConnectionFigure[];
  /** How many subscriptions are in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** What came longest ago, or never, first. */
  readonly subscriptions: readonly PathFigure[];
};

/** Figures of `sample`, with what changed since `before`. */
export function figuresOf(before: TopSample | undefined, sample: TopSample): Figures {
  const { at, steadyMs, view, memory } = sample;
  const { stats } = view;
  // The counters of a service begin again when it is restarted.
  const earlier = before?.view.stats.startedAt === stats.startedAt ? before : undefined;
  const seconds = earlier === undefined ? 0 : (steadyMs - earlier.steadyMs) / 1000;
  const subscriptions = view.servers.flatMap((server) => pathsOf(server.name, sample, earlier, seconds));
  const states: Record<string, number> = {};
  for (const { state } of subscriptions) states[state] = (states[state] ?? 0) + 1;
  return {
    at,
    version: view.version,
    ...(view.shard === undefined ? {} : {
      shard: view.shard,
      missingShards: [...missingShards(view.shards ?? [], view.shard)],
    }),
    epoch: view.lease?.epoch ?? null,
    standbys: view.standbys.length,
    uptimeMs: Math.max(0, at - (stats.startedAt ?? at)),
    stopping: view.stopping,
    outage: view.outage,
    perSecond: seconds <= 0 ? null : flowsOf(stats, earlier?.view.stats ?? {}, seconds),
    batchMs: stats.batchMs ?? 0,
    lagMs: lagOf(view, earlier?.view),
    queuedBytes: stats.queuedBytes ?? 0,
    queuedBytesPeak: stats.queuedBytesPeak ?? 0,
    redis: memory.used_memory === undefined ? null : {
      usedBytes: Number(memory.used_memory),
      peakBytes: Number(memory.used_memory_peak ?? 0),
      maxBytes: Number(memory.maxmemory ?? 0),
    },
    faults: Object.fromEntries(FAULTS.map((name) => [name, stats[name] ?? 0])),
    clockSkewMs: Object.fromEntries(view.servers.map(({ name, clockSkewMs }) => [name, clockSkewMs])),
    connections: view.servers.flatMap(({ name, connections }) =>
      connections.map((connection) => ({ ...connection, server: name }))
    ),
    states,
    subscriptions: subscriptions.sort((a, b) => a.receivedAt - b.receivedAt),
  };
}

function flowsOf(
  now: ServiceView["stats"],
  before: ServiceView["stats"],
  seconds: number,
): Record<typeof FLOWS[number], number> {
  const flow = (name: string) => Math.round(((now[name] ?? 0) - (before[name] ?? 0)) / seconds * 10) / 10;
  return Object.fromEntries(FLOWS.map((name) => [name, flow(name)])) as Record<typeof FLOWS[number], number>;
}

function lagOf(view: ServiceView, before: ServiceView | undefined): Figures["lagMs"] {
  const { bounds, counts } = view.writtenSeconds;
  const change = counts.map((count, i) => count - (before?.writtenSeconds.counts[i] ?? 0));
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(bounds, change, share));
  return p50 === undefined || p99 === undefined ? null : { p50: round(p50 * 1000), p99: round(p99 * 1000) };
}

function pathsOf(
  name: string,
  { at, view }: TopSample,
  before: TopSample | undefined,
  seconds: number,
): PathFigure[] {
  const now = view.servers.find((server) => server.name === name)?.subscriptions ?? [];
  const old = before?.view.servers.find((server) => server.name === name)?.subscriptions ?? [];
  const rows = new Map(old.map((path) => [path.path, path.rows]));
  return now.map((path) => {
    const last = rows.get(path.path);
    return {
      ...path,
      server: name,
      ageMs: path.receivedAt === 0 ? null : Math.max(0, at - path.receivedAt),
      rowsPerSecond: last === undefined || seconds <= 0
        ? null
        : round(Math.max(0, path.rows - last) / seconds),
    };
  });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
