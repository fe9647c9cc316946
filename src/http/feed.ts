/**
 * What a watching page is sent: everything once, then once a second what changed, and sooner when a state did. The work
 * is done once for all pages, and not at all while there are none.
 */
import { missingShards } from "../shared/missing_shards.ts";
import type { LeaseStatus } from "../model/status.ts";
import type { Sample, SampleHistory } from "./history.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { PathChanges, type PathDef, type PathNow } from "./path_changes.ts";
import { readinessFaults } from "./readiness.ts";
import type { PathKind } from "./rows.ts";
import type { EventStream } from "./streams.ts";
import type { ServerView, View } from "./view.ts";

/** One message to the page; the first one, `start`, has all paths, samples and lines. */
export type Tick = {
  readonly now: number;
  readonly version: string;
  readonly startedAt: number;
  readonly stopping: boolean;
  readonly outage: string;
  /** Null where the store is its own. */
  readonly lease: LeaseStatus | null;
  /** Which shard it is, as `2/3`; null: there are none. */
  readonly shard: string | null;
  /** Shards that nobody is. */
  readonly missingShards: readonly string[];
  /** How many services stand by. */
  readonly standbys: number;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
  /** What the page may ask for: ops of commands. */
  readonly commands: readonly string[];
  /** The first reasons for not being ready, and how many there are. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly servers: readonly Omit<ServerView, "subscriptions">[];
  readonly defs: readonly PathDef[];
  readonly paths: readonly PathNow[];
  readonly gone: readonly number[];
  readonly samples: readonly Sample[];
  readonly entries: readonly JournalEntry[];
};

/** What the feed needs. */
export type FeedOptions = {
  readonly view: () => View;
  readonly describe: (server: string, path: string) => PathKind;
  readonly journal: Journal;
  readonly history: SampleHistory;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
  /** Ops of commands that pages may send. */
  readonly commands: readonly string[];
  readonly now?: () => number;
};

/** Sends every open page what has changed. */
export type Feed = {
  attach(stream: EventStream): void;
  /** Sends all pages what changed; `sample` where a second is over. */
  tick(sample?: Sample): void;
  /** Sends all pages the same. */
  send(event: string, data: string): void;
  readonly size: number;
};

const MAX_FAULTS = 20;
const MAX_CONNECTIONS = 100;

/** Creates a feed of which no page is open yet. */
export function createFeed(options: FeedOptions): Feed {
  const { view, describe, journal, history, now = Date.now } = options;
  const { accounts, commands } = options;
  const streams = new Set<EventStream>();
  const paths = new PathChanges(describe);

  const notify = (stream: EventStream, event: "start" | "tick", tick: Tick) =>
    stream.send(event, JSON.stringify(tick));

  return {
    attach(stream) {
      const current = view();
      const at = now();
      if (streams.size === 0) paths.clear();
      const changes = paths.compare(current, at);
      const base = { ...baseOf(current, at), accounts, commands };
      const others = { ...base, ...changes, samples: [], entries: journal.flush() };
      for (const other of streams) notify(other, "tick", others);
      const all = paths.all();
      streams.add(stream);
      stream.onClose(() => streams.delete(stream));
      notify(stream, "start", {
        ...base,
        defs: all.map(({ def }) => def),
        paths: all.map((each) => each.now),
        gone: [],
        samples: history.samples(),
        entries: journal.entries(),
      });
    },
    tick(sample) {
      const entries = journal.flush();
      if (streams.size === 0) return;
      const current = view();
      const at = now();
      const samples = sample === undefined ? [] : [sample];
      const data = JSON.stringify(
        {
          ...{ ...baseOf(current, at), accounts, commands },
          ...{ ...paths.compare(current, at), samples, entries },
        } satisfies Tick,
      );
      for (const stream of [...streams]) stream.send("tick", data);
    },
    send(event, data) {
      for (const stream of [...streams]) stream.send(event, data);
    },
    get size() {
      return streams.size;
    },
  };
}

type Base = Omit<Tick, "defs" | "paths" | "gone" | "samples" | "entries" | "accounts" | "commands">;

function baseOf(view: View, at: number): Base {
  const { version, stopping, outage, stats, shard, shards = [] } = view;
  const faults = readinessFaults(view, at);
  const numbers = Object.entries(stats).filter(([, value]) => typeof value === "number");
  return {
    now: at,
    version,
    startedAt: stats.startedAt,
    stopping,
    outage,
    lease: view.lease ?? null,
    shard: shard ?? null,
    missingShards: shard === undefined ? [] : [...missingShards(shards, shard)],
    standbys: view.standbys?.length ?? 0,
    faults: faults.slice(0, MAX_FAULTS),
    faultCount: faults.length,
    totals: Object.fromEntries(numbers) as Record<string, number>,
    servers: view.servers.slice(0, MAX_CONNECTIONS).map(({ subscriptions: _, ...server }) => ({
      ...server,
      connections: server.connections.slice(0, MAX_CONNECTIONS),
    })),
  };
}
