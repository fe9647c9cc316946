/**
 * What changed of the paths since a page was last answered: which are new, whose state or rows are others, which have gone. A
 * path has a number, so that its name is sent once.
 */
import { reasonText } from "../shared/reason.ts";
import type { TableKind } from "../shared/row_tables.ts";
import { isOverdue } from "./readiness.ts";
import type { PathKind, RowKind } from "./rows.ts";
import type { PathView, View } from "./view.ts";

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

/** What a page has to learn of the paths. */
export type PathChange = {
  readonly defs: readonly PathDef[];
  readonly paths: readonly PathNow[];
  readonly gone: readonly number[];
};

/** Paths in one message; the others come with the next ones, changed states first. */
const MAX_PATHS = 3000;

type Known = { readonly def: PathDef; now: PathNow; seen: number; sent: number };

/** Remembers what was sent of every path. */
export class PathChanges {
  readonly #describe: (server: string, path: string) => PathKind;
  readonly #known = new Map<string, Known>();
  #ids = 0;
  #round = 0;

  constructor(describe: (server: string, path: string) => PathKind) {
    this.#describe = describe;
  }

  /** Nothing was sent. */
  clear(): void {
    this.#known.clear();
  }

  /** Returns what was sent of every path. */
  all(): readonly { readonly def: PathDef; readonly now: PathNow }[] {
    return [...this.#known.values()];
  }

  /** Compares what is with what was sent, and counts it as sent. */
  compare(current: View, at: number): PathChange {
    this.#round += 1;
    const defs: PathDef[] = [];
    const urgent: PathNow[] = [];
    const others: { readonly before: Known; readonly next: PathNow }[] = [];
    for (const { name, subscriptions } of current.servers) {
      for (const path of subscriptions) {
        const key = `${name}\n${path.path}`;
        const before = this.#known.get(key);
        const def = before?.def ?? this.#defOf(++this.#ids, name, path);
        const next = nowOf(def[0], path, at);
        if (before === undefined) {
          if (defs.length >= MAX_PATHS) continue;
          defs.push(def);
          this.#known.set(key, { def, now: next, seen: this.#round, sent: this.#round });
          urgent.push(next);
          continue;
        }
        before.seen = this.#round;
        const [, state, since, receivedAt, rows, error, connection, nextAt] = before.now;
        const isSame = state === next[1] && since === next[2] && error === next[5];
        if (!isSame || connection !== next[6] || nextAt !== next[7]) {
          before.now = next;
          before.sent = this.#round;
          urgent.push(next);
        } else if (rows !== next[4] || receivedAt !== next[3]) {
          others.push({ before, next });
        }
      }
    }
    const gone: number[] = [];
    for (const [key, { def, seen }] of this.#known) {
      if (seen === this.#round) continue;
      this.#known.delete(key);
      gone.push(def[0]);
    }
    // Whatever was sent longest ago comes first.
    if (others.length > MAX_PATHS) others.sort((a, b) => a.before.sent - b.before.sent);
    for (const { before, next } of others.slice(0, MAX_PATHS)) {
      before.now = next;
      before.sent = this.#round;
      urgent.push(next);
    }
    return { defs, paths: urgent, gone };
  }

  #defOf(id: number, server: string, path: PathView): PathDef {
    const { kind, login, table, command } = this.#describe(server, path.path);
    return [id, server, path.path, kind, path.everyMs ?? null, login, table, command];
  }
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
