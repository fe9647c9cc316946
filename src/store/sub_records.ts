/** What `P/subs` says of each path, kept up to date without writing each change by itself. */
import type { Holding, Refusal, SubscriptionState } from "../event.ts";
import type { Keys } from "./keys.ts";
import type { SubRecord } from "./sub_record.ts";
import type { Write } from "./write.ts";

/** What a change of state says. */
export type SubChange = {
  readonly state: SubscriptionState;
  readonly refusal: Refusal | undefined;
  readonly holding: Holding | undefined;
};

type Entry = { -readonly [Name in keyof SubRecord]: SubRecord[Name] } & {
  dirty: boolean;
  /** Its row is one of an earlier process, and nothing has confirmed it since. */
  inherited: boolean;
  /** Why Redis does not keep what this path brings. */
  fault: Refusal | undefined;
  written: Write | undefined;
};

/** The records of one server. Times are those of Redis' clock. */
export type SubRecords = {
  setState(path: string, change: SubChange, at: number): Write[];
  /** Takes over what an earlier process said of a path: stale until the exchange has spoken. */
  inherit(path: string, record: SubRecord): void;
  /** Redis refuses what a path brings, or takes it again: `undefined`. */
  setFault(path: string, fault: Refusal | undefined): Write[];
  countRows(path: string, rows: number, exchangeAt: number, at: number): void;
  /** The paths that are wanted. */
  paths(): Iterable<string>;
  /** Returns whether a path is live, so that what is open or listed under it is known as a whole. */
  isLive(path: string): boolean;
  /** The records that changed since the last call. */
  flush(): Write[];
  /** Moves the times that were noted before Redis' clock was known. */
  shift(byMs: number): void;
  /** Every record again, for a Redis that may have lost them. */
  all(): Write[];
  /** What was last written of each record. */
  written(): Write[];
};

/** Starts without records. */
export function createSubRecords(keys: Keys): SubRecords {
  const entries = new Map<string, Entry>();
  const inherited = new Map<string, SubRecord>();
  const entryOf = (path: string, at: number): Entry => {
    let entry = entries.get(path);
    if (entry === undefined) {
      const before = inherited.get(path);
      inherited.delete(path);
      entry = { ...before ?? newRecord(at), ...NEW, inherited: before !== undefined };
      entries.set(path, entry);
    }
    return entry;
  };
  const render = (path: string, entry: Entry): Write => {
    const { dirty: _, inherited: _i, written: _w, fault, ...record } = entry;
    const shown: SubRecord = {
      ...record,
      state: fault !== undefined && record.state === "live" ? "stale" : record.state,
      error: record.error ?? fault ?? null,
    };
    entry.dirty = false;
    entry.written = { kind: "field", key: keys.subs, field: path, value: JSON.stringify(shown) };
    return entry.written;
  };
  return {
    setState(path, { state, refusal, holding }, at) {
      if (state === "gone") {
        entries.delete(path);
        inherited.delete(path);
        return [{ kind: "unfield", key: keys.subs, field: path }];
      }
      const entry = entryOf(path, at);
      // Rows of an earlier process are there: that they are asked for does not make them any fresher.
      if (!entry.inherited || !(state === "wanted" || state === "sent")) {
        if (entry.state !== state) entry.since = at;
        entry.state = state;
        entry.inherited = false;
      }
      entry.error = refusal ?? null;
      if (holding !== undefined) Object.assign(entry, holding);
      return [render(path, entry)];
    },
    inherit(path, record) {
      if (!entries.has(path)) inherited.set(path, record);
    },
    setFault(path, fault) {
      const entry = entries.get(path);
      if (entry === undefined || entry.fault?.message === fault?.message) return [];
      entry.fault = fault;
      return [render(path, entry)];
    },
    countRows(path, rows, exchangeAt, at) {
      // A push under way while its path was unsubscribed must not bring the record back.
      const entry = entries.get(path);
      if (entry === undefined || rows === 0) return;
      entry.rows += rows;
      entry.receivedAt = at;
      if (exchangeAt > entry.exchangeAt) entry.exchangeAt = exchangeAt;
      entry.dirty = true;
    },
    paths: () => entries.keys(),
    isLive: (path) => entries.get(path)?.state === "live",
    flush() {
      const writes: Write[] = [];
      for (const [path, entry] of entries) if (entry.dirty) writes.push(render(path, entry));
      return writes;
    },
    shift(byMs) {
      for (const entry of entries.values()) {
        if (!entry.inherited) {
          entry.since += byMs;
          if (entry.receivedAt > 0) entry.receivedAt += byMs;
        }
        entry.dirty = true;
      }
    },
    all: () => [...entries].map(([path, entry]) => render(path, entry)),
    written: () => [...entries.values()].flatMap(({ written }) => written === undefined ? [] : [written]),
  };
}

const NEW = { dirty: true, fault: undefined, written: undefined };

function newRecord(at: number): SubRecord {
  return {
    state: "wanted",
    since: at,
    receivedAt: 0,
    exchangeAt: 0,
    rows: 0,
    error: null,
    owners: [],
    connection: "",
    generation: 0,
  };
}
