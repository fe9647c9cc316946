/**
 * What a watching page is sent: everything once, then once a second what changed, and sooner when a state did. The work
 * is done once for all pages, and not at all while there are none.
 */
import type { History, Sample } from "./history.ts";
import type { Entry, Journal } from "./journal.ts";
import { isOverdue, readinessFaults } from "./readiness.ts";
import { reasonText } from "../shared/reason.ts";
import type { TableKind } from "../shared/row_tables.ts";
import type { PathKind, RowKind } from "./rows.ts";
import type { EventStream } from "./streams.ts";
import type { PathView, ServerView, View } from "./view.ts";

/**
 * What never changes of a path: a number for it, then its server, path, kind, promised cadence, whether it needs a
 * login, the table that its rows are shown in, and what is said to redis-cli to read them.
 */
export type PathDef = readonly [
  id: number,
  server: string,
  path: string,
  kind: RowKind,
  everyMs: number | null,
  login: boolean,
  table: TableKind,
  command: string,
];

/** What changes of it. `state` is `overdue` for one that is live, but silent for longer than promised. */
export type PathNow = readonly [
  id: number,
  state: string,
  since: number,
  receivedAt: number,
  rows: number,
  error: string,
  connection: string,
  /** When it is tried again; 0: that is not known. */
  nextAt: number,
];

/** One message to the page; the first one, `start`, has all paths, samples and lines. */
export type Tick = {
  readonly now: number;
  readonly version: string;
  readonly startedAt: number;
  readonly stopping: boolean;
  readonly outage: string;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
  /** The first reasons for not being ready, and how many there are. */
  readonly faults: readonly string[];
  readonly faultCount: number;
  readonly totals: Readonly<Record<string, number>>;
  readonly servers: readonly Omit<ServerView, "subscriptions">[];
  readonly defs: readonly PathDef[];
  readonly paths: readonly PathNow[];
  readonly gone: readonly number[];
  readonly samples: readonly Sample[];
  readonly entries: readonly Entry[];
};

/** What the feed needs. */
export type FeedOptions = {
  readonly view: () => View;
  readonly describe: (server: string, path: string) => PathKind;
  readonly journal: Journal;
  readonly history: History;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
  readonly now?: () => number;
};

/** Sends every open page what has changed. */
export type Feed = {
  attach(stream: EventStream): void;
  /** Tells all pages what changed; `sample` where a second is over. */
  tick(sample?: Sample): void;
  /** Sends all pages the same. */
  send(event: string, data: string): void;
  readonly size: number;
};

/** Paths in one message; the others come with the next ones, changed states first. */
const MAX_PATHS = 3000;
const MAX_FAULTS = 20;
const MAX_CONNECTIONS = 100;

type Known = { readonly def: PathDef; now: PathNow; seen: number; sent: number };

/** Starts without pages. */
export function createFeed(options: FeedOptions): Feed {
  const { view, describe, journal, history, accounts, now = Date.now } = options;
  const streams = new Set<EventStream>();
  const known = new Map<string, Known>();
  let ids = 0;
  let round = 0;

  /** Compares what is with what was sent. */
  const compare = (current: View, at: number): Pick<Tick, "defs" | "paths" | "gone"> => {
    round += 1;
    const defs: PathDef[] = [];
    const urgent: PathNow[] = [];
    const others: { readonly before: Known; readonly next: PathNow }[] = [];
    for (const { name, subscriptions } of current.servers) {
      for (const path of subscriptions) {
        const key = `${name}\n${path.path}`;
        const before = known.get(key);
        const def = before?.def ?? defOf(++ids, name, path);
        const next = nowOf(def[0], path, at);
        if (before === undefined) {
          if (defs.length >= MAX_PATHS) continue;
          defs.push(def);
          known.set(key, { def, now: next, seen: round, sent: round });
          urgent.push(next);
          continue;
        }
        before.seen = round;
        const [, state, since, receivedAt, rows, error, connection, nextAt] = before.now;
        const isSame = state === next[1] && since === next[2] && error === next[5];
        if (!isSame || connection !== next[6] || nextAt !== next[7]) {
          before.now = next;
          before.sent = round;
          urgent.push(next);
        } else if (rows !== next[4] || receivedAt !== next[3]) {
          others.push({ before, next });
        }
      }
    }
    const gone: number[] = [];
    for (const [key, { def, seen }] of known) {
      if (seen === round) continue;
      known.delete(key);
      gone.push(def[0]);
    }
    // Whatever was sent longest ago comes first.
    if (others.length > MAX_PATHS) others.sort((a, b) => a.before.sent - b.before.sent);
    for (const { before, next } of others.slice(0, MAX_PATHS)) {
      before.now = next;
      before.sent = round;
      urgent.push(next);
    }
    return { defs, paths: urgent, gone };
  };

  const defOf = (id: number, server: string, path: PathView): PathDef => {
    const { kind, login, table, command } = describe(server, path.path);
    return [id, server, path.path, kind, path.everyMs ?? null, login, table, command];
  };

  const tell = (stream: EventStream, event: "start" | "tick", tick: Tick) =>
    stream.send(event, JSON.stringify(tick));

  return {
    attach(stream) {
      const current = view();
      const at = now();
      if (streams.size === 0) known.clear();
      const changes = compare(current, at);
      const base = { ...baseOf(current, at), accounts };
      const others = { ...base, ...changes, samples: [], entries: journal.flush() };
      for (const other of streams) tell(other, "tick", others);
      const all = [...known.values()];
      streams.add(stream);
      stream.onClose(() => streams.delete(stream));
      tell(stream, "start", {
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
        { ...baseOf(current, at), accounts, ...compare(current, at), samples, entries } satisfies Tick,
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

type Base = Omit<Tick, "defs" | "paths" | "gone" | "samples" | "entries" | "accounts">;

function baseOf(view: View, at: number): Base {
  const { version, stopping, outage, stats } = view;
  const faults = readinessFaults(view, at);
  const numbers = Object.entries(stats).filter(([, value]) => typeof value === "number");
  return {
    now: at,
    version,
    startedAt: stats.startedAt,
    stopping,
    outage,
    faults: faults.slice(0, MAX_FAULTS),
    faultCount: faults.length,
    totals: Object.fromEntries(numbers) as Record<string, number>,
    servers: view.servers.slice(0, MAX_CONNECTIONS).map(({ subscriptions: _, ...server }) => ({
      ...server,
      connections: server.connections.slice(0, MAX_CONNECTIONS),
    })),
  };
}

function nowOf(id: number, path: PathView, at: number): PathNow {
  const { state, since = 0, receivedAt = 0, rows = 0, error, connection = "" } = path;
  const reason = error === null ? "" : reasonText(error);
  return [
    id,
    isOverdue(path, at) ? "overdue" : state,
    since,
    receivedAt,
    rows,
    reason,
    connection,
    error?.nextAt ?? 0,
  ];
}
