/**
 * The newest records of gaps of one server: nothing but `P/gaps` has them, so they are remembered, to be added again to a
 * Redis that has lost them. A record is known by what it says: under which id it stands is Redis' affair.
 */
import { flatten, type Write } from "../write/write.ts";

type Append = Write & { readonly kind: "append" };

/** An entry of `P/gaps` as it is read. */
export type RecordEntry = { readonly id: string; readonly row: Readonly<Record<string, string>> };

/** Records remembered of one server; of all servers together so many that each has its share. */
export const MAX_RECORDS = 1000;
const MAX_IN_ALL = 20_000;

/** Letters of a record. */
const MAX_LENGTH = 1000;

const MEMBERS = ["path", "from", "to", "outcome"];

/** Returns how many records each of so many servers may remember. */
export function recordsEach(servers: number): number {
  return Math.min(MAX_RECORDS, Math.ceil(MAX_IN_ALL / Math.max(1, servers)));
}

/** The newest records of gaps of one server. */
export class GapRecords {
  readonly #key: string;
  #kept = new Map<string, Append>();

  constructor(key: string) {
    this.#key = key;
  }

  /** Remembers a write, if it is that of a record. */
  note(writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.kind !== "append" || write.key !== this.#key) continue;
      const name = nameOf(write.row);
      if (name.length > MAX_LENGTH) continue;
      this.#kept.delete(name);
      this.#kept.set(name, write);
    }
    this.#cut(MAX_RECORDS);
  }

  /** Takes what an earlier process has recorded, which is older than what this one has. */
  resumeFrom(entries: readonly RecordEntry[]): void {
    const own = this.#kept;
    this.#kept = new Map();
    for (const { id, row } of entries) {
      const name = nameOf(row);
      if (name.length > MAX_LENGTH || own.has(name) || MEMBERS.some((member) => !(member in row))) continue;
      const append = { kind: "append", key: this.#key, id, row, bytes: name.length, kept: true } as const;
      this.#kept.set(name, append);
    }
    for (const [name, append] of own) this.#kept.set(name, append);
    this.#cut(MAX_RECORDS);
  }

  /** Returns those that are remembered, oldest first; more than `most` are forgotten. */
  all(most: number): Append[] {
    this.#cut(most);
    return [...this.#kept.values()];
  }

  #cut(most: number): void {
    for (const name of this.#kept.keys()) {
      if (this.#kept.size <= most) return;
      this.#kept.delete(name);
    }
  }
}

/** Records that are in none of the entries, to be added again. */
export function missingRecords(records: readonly Write[], entries: readonly RecordEntry[]): Append[] {
  const present = new Set(entries.map(({ row }) => nameOf(row)));
  // Copies: whether an append was sent before is known of the very write.
  return records.flatMap((write) =>
    write.kind === "append" && !present.has(nameOf(write.row)) ? [{ ...write }] : []
  );
}

function nameOf(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(flatten(row));
}
