/** What the page knows of the service, kept up by what the service sends. No elements here. */
import type { Tick } from "../src/http/feed.ts";
import type { PathDef, PathNow } from "../src/http/path_changes.ts";
import type { Sample } from "../src/http/history.ts";
import type { JournalEntry } from "../src/http/journal.ts";
import { subjectOf } from "../src/http/instruments.ts";
import type { Quote } from "../src/http/quotes.ts";
import type { RowKind } from "../src/http/rows.ts";
import { hasPassed } from "../src/shared/elapsed.ts";
import type { TableKind } from "../src/shared/row_tables.ts";

/** One subscribed path. */
export type Path = {
  readonly id: number;
  readonly server: string;
  readonly path: string;
  readonly kind: RowKind;
  readonly everyMs: number | null;
  readonly login: boolean;
  readonly table: TableKind;
  /** What is said to redis-cli to read it; its second word is the key. */
  readonly command: string;
  /** What stands behind the channel, such as `BTC-USDT`. */
  readonly subject: string;
  state: string;
  since: number;
  receivedAt: number;
  rows: number;
  error: string;
  connection: string;
  /** When it is tried again; 0: that is not known. */
  nextAt: number;
  /** Rows per second, over the last few seconds, and the rows up to which they were counted. */
  rate: number;
  counted: number;
};

/** Samples and lines kept; the service keeps as many. */
const MAX_SAMPLES = 600;
const MAX_ENTRIES = 300;

/** The price of an instrument; `seen` is its course since the page was opened. */
export type KnownQuote = Quote & { readonly seen: readonly number[]; readonly seenAt: number };

/** Points of a course that the page makes itself, and the time between two of them. */
const MAX_SEEN = 40;
const SEEN_MS = 3000;

/** How much of a second's rate is new: the rest is what it was. */
const SMOOTHING = 0.4;

/** What the page knows of the service. */
export class Model {
  readonly paths = new Map<number, Path>();
  /** By server and instrument. */
  readonly quotes = new Map<string, KnownQuote>();
  samples: Sample[] = [];
  entries: JournalEntry[] = [];
  /** The newest message; undefined before the first. */
  tick: Tick | undefined;
  /** Service's clock less this one's, in milliseconds: ages are counted by the service's. */
  skew = 0;
  /** Changes whenever paths came or went. */
  generation = 0;
  #counted = 0;

  /** The service's time now. */
  now(): number {
    return Date.now() + this.skew;
  }

  /** The first message of a stream: everything there is. */
  start(tick: Tick): void {
    this.paths.clear();
    this.quotes.clear();
    this.samples = [...tick.samples];
    this.entries = [...tick.entries];
    this.#counted = tick.now;
    this.#apply(tick);
    this.generation += 1;
  }

  /** A later message: what changed. */
  change(tick: Tick): void {
    this.samples = [...this.samples, ...tick.samples].slice(-MAX_SAMPLES);
    this.entries = [...this.entries, ...tick.entries].slice(-MAX_ENTRIES);
    this.#apply(tick);
    if (tick.defs.length + tick.gone.length > 0) this.generation += 1;
  }

  /** Prices that changed. */
  quote(quotes: readonly Quote[], now = Date.now()): void {
    for (const quote of quotes) {
      const key = `${quote.server}\n${quote.subject}`;
      const { seen = [], seenAt = 0, ...before } = this.quotes.get(key) ?? {};
      const merged = { ...before, ...quote };
      const last = Number(merged.last ?? NaN);
      if (!Number.isFinite(last)) this.quotes.set(key, { ...merged, seen, seenAt });
      else if (!hasPassed(seenAt, SEEN_MS, now)) {
        this.quotes.set(key, { ...merged, seen: [...seen.slice(0, -1), last], seenAt });
      } else this.quotes.set(key, { ...merged, seen: [...seen, last].slice(-MAX_SEEN), seenAt: now });
    }
  }

  #apply(tick: Tick): void {
    this.tick = tick;
    this.skew = tick.now - Date.now();
    for (const def of tick.defs) this.#define(def);
    for (const id of tick.gone) this.paths.delete(id);
    for (const now of tick.paths) {
      const path = this.paths.get(now[0]);
      if (path === undefined) continue;
      update(path, now);
      if (path.counted < 0) path.counted = path.rows;
    }
    const seconds = (tick.now - this.#counted) / 1000;
    if (seconds >= 0 && seconds < 0.5) return;
    this.#counted = tick.now;
    for (const path of this.paths.values()) {
      const grown = Math.max(0, path.rows - path.counted);
      path.counted = path.rows;
      // The service's clock was set back: over how long they came is not known, and the next message counts again.
      if (seconds < 0) continue;
      path.rate += (grown / seconds - path.rate) * SMOOTHING;
      if (path.rate < 0.05) path.rate = 0;
    }
  }

  #define([id, server, path, kind, everyMs, login, table, command]: PathDef): void {
    this.paths.set(id, {
      ...{ id, server, path, kind, everyMs, login, table, command },
      subject: subjectOf(path),
      ...{
        state: "wanted",
        since: 0,
        receivedAt: 0,
        rows: 0,
        error: "",
        connection: "",
        nextAt: 0,
        rate: 0,
        counted: -1,
      },
    });
  }
}

function update(path: Path, [, state, since, receivedAt, rows, error, connection, nextAt]: PathNow): void {
  path.state = state;
  path.since = since;
  path.receivedAt = receivedAt;
  path.rows = rows;
  path.error = error;
  path.connection = connection;
  path.nextAt = nextAt;
}

/** The groups that a person looks for. */
export type Group = "all" | "live" | "waiting" | "problems";

/** The group of a state. */
export function groupOf(state: string): Exclude<Group, "all"> {
  if (state === "live") return "live";
  return state === "wanted" || state === "sent" || state === "syncing" ? "waiting" : "problems";
}

/** The state of a path that needs a look; empty: none. */
export function problemOf({ state }: Pick<Path, "state">): string {
  return groupOf(state) === "problems" ? state : "";
}

/** How paths are ordered. */
export type Order = "path" | "rate" | "age";

/** Those of a group whose server and path have every word that is searched for, in order. */
export function pick(
  paths: Iterable<Path>,
  { group, words, order, now }: { group: Group; words: string; order: Order; now: number },
): Path[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = [...paths].filter((path) => {
    if (group !== "all" && groupOf(path.state) !== group) return false;
    const text = `${path.server} ${path.path} ${path.state}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const byName = (a: Path, b: Path) => compare(a.server, b.server) || compare(a.path, b.path);
  const age = (path: Path) => path.receivedAt === 0 ? Infinity : now - path.receivedAt;
  return found.sort((a, b) => {
    if (order === "rate") return b.rate - a.rate || byName(a, b);
    // Whole seconds, so that what is fresh does not jump about.
    if (order === "age") return Math.floor(age(b) / 1000) - Math.floor(age(a) / 1000) || byName(a, b);
    return byName(a, b);
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
