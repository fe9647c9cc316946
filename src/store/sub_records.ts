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

type Entry = { -readonly [Name in keyof SubRecord]: SubRecord[Name] } & { dirty: boolean };

/** The records of one server. */
export type SubRecords = {
  setState(path: string, change: SubChange, at: number): Write[];
  countRows(path: string, rows: number, exchangeAt: number, at: number): void;
  /** The records that changed since the last call. */
  flush(): Write[];
  /** Every record again, for a Redis that may have lost them. */
  all(): Write[];
};

/** Starts without records. */
export function createSubRecords(keys: Keys): SubRecords {
  const entries = new Map<string, Entry>();
  const entryOf = (path: string, at: number): Entry => {
    let entry = entries.get(path);
    if (entry === undefined) {
      entry = {
        state: "wanted",
        since: at,
        receivedAt: 0,
        exchangeAt: 0,
        rows: 0,
        error: null,
        owners: [],
        connection: "",
        generation: 0,
        dirty: true,
      };
      entries.set(path, entry);
    }
    return entry;
  };
  const render = (path: string, entry: Entry): Write => {
    const { dirty: _, ...record } = entry;
    return { kind: "field", key: keys.subs, field: path, value: JSON.stringify(record satisfies SubRecord) };
  };
  return {
    setState(path, { state, refusal, holding }, at) {
      if (state === "gone") {
        entries.delete(path);
        return [{ kind: "unfield", key: keys.subs, field: path }];
      }
      const entry = entryOf(path, at);
      if (entry.state !== state) entry.since = at;
      entry.state = state;
      entry.error = refusal ?? null;
      if (holding !== undefined) Object.assign(entry, holding);
      entry.dirty = false;
      return [render(path, entry)];
    },
    countRows(path, rows, exchangeAt, at) {
      // A push under way while its path was unsubscribed must not bring the record back.
      const entry = entries.get(path);
      if (entry === undefined) return;
      entry.rows += rows;
      entry.receivedAt = at;
      if (exchangeAt > entry.exchangeAt) entry.exchangeAt = exchangeAt;
      entry.dirty = true;
    },
    flush() {
      const writes: Write[] = [];
      for (const [path, entry] of entries) {
        if (!entry.dirty) continue;
        entry.dirty = false;
        writes.push(render(path, entry));
      }
      return writes;
    },
    all: () => [...entries].map(([path, entry]) => render(path, entry)),
  };
}
