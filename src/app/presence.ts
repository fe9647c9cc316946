/**
 * Compares series with what Redis has of them. Their rows are nowhere else: what is gone of an index is fetched again where
 * its rows are named and the exchange has them; what is gone of a stream is recorded.
 */
import type { NamedRow } from "../model/named_row.ts";
import type { Projectors } from "./projectors.ts";
import { readGone } from "../store/read/named_rows.ts";
import type { LossRecords } from "../store/layout/loss_records.ts";
import type { Span } from "../store/layout/stored_series.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";

/** What is known of the rows of paths, and who fetches those that are gone. */
export type StoredNames = {
  /** The newest rows that a path should have; undefined: they have no names by which they could be fetched. */
  rows(server: string, path: string): readonly NamedRow[] | undefined;
  onGone(server: string, path: string, names: readonly string[], from: number): void;
};

/** What a comparison needs. */
export type PresenceOptions = {
  readonly store: Store;
  readonly layout: Pick<Projectors, "faultOf" | "keysOf" | "servers">;
  readonly named: StoredNames;
};

/** What one look is about, as it was when everything that was queued then was not written yet. */
export type PresenceCheck = {
  readonly spans: readonly Span[];
  readonly named: readonly {
    readonly path: string;
    readonly span: Span;
    readonly rows: readonly NamedRow[];
  }[];
};

/** Rows that are read by their names in one look; of more each series has its turn. */
const MAX_ROWS = 5000;

const MAX_REMEMBERED = 20_000;

/** What a look at a series costs at least, in rows. */
const LEAST_ROWS = 25;

/** Between two looks at a series of which something is always gone, in looks, at most. */
const MAX_PATIENCE = 100;

/** Streams whose length is asked for at once. */
const PORTION = 500;

/** Looks whether the rows of series are still in Redis. */
export class Presence {
  readonly #options: PresenceOptions;
  /** Series to be looked at by name, with when what is gone may have begun. */
  readonly #due = new Map<string, { readonly server: string; readonly span: Span }>();
  /** Series of which something was gone when they were looked at last: they are looked at less and less often. */
  readonly #patience = new Map<string, { left: number; next: number }>();
  #turn = 0;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Notes what is to be there; to be called before it is waited until everything is written. */
  begin(): Map<string, PresenceCheck> {
    const { layout } = this.#options;
    let left = MAX_ROWS;
    let at = 0;
    let next = 0;
    const checks = new Map([...layout.servers()].map(([server, { losses }]): [string, PresenceCheck] => {
      const spans = losses.series();
      for (const span of losses.takeLost()) this.#note(server, span);
      const due = [...this.#due.values()].filter((each) => each.server === server).map(({ span }) => span);
      const turns = spans.filter(({ path, storage }) => {
        if (storage === "events" || at++ < this.#turn || left <= 0) return false;
        next = at;
        return !this.#due.has(nameOf(server, path));
      });
      const named = [...due, ...turns].flatMap((span) => {
        // What Redis refuses would be gone again at once.
        if (this.#isPatient(server, span.path) || layout.faultOf(server, span.path) !== undefined) return [];
        const rows = this.#rowsOf(server, span);
        left -= LEAST_ROWS + (rows?.length ?? 0);
        // It is no longer desired, or its rows have no names: what is recorded is all that can be done.
        if (rows === undefined) this.#due.delete(nameOf(server, span.path));
        return rows === undefined ? [] : [{ path: span.path, span, rows }];
      });
      return [server, { spans, named }];
    }));
    this.#turn = next >= at ? 0 : next;
    for (const [name, { server }] of this.#due) if (!checks.has(server)) this.#due.delete(name);
    if (this.#patience.size > MAX_REMEMBERED) this.#patience.clear();
    return checks;
  }

  /** Returns the records of what is gone of streams; what is gone of an index is fetched. Rejects with StoreError. */
  async compare(server: string, losses: LossRecords, { spans, named }: PresenceCheck): Promise<Write[]> {
    const keys = this.#options.layout.keysOf(server);
    const writes: Write[] = [];
    for (const { path, span, rows } of named) {
      this.#due.delete(nameOf(server, path));
      const gone = await readGone(this.#options.store, keys, span, rows);
      if (gone.length === 0) this.#patience.delete(nameOf(server, path));
      else {
        const { next = 1 } = this.#patience.get(nameOf(server, path)) ?? {};
        this.#patience.set(nameOf(server, path), { left: next, next: Math.min(MAX_PATIENCE, 2 * next) });
        this.#options.named.onGone(server, path, gone, span.from);
      }
    }
    const streams = spans.filter(({ storage }) => storage === "events");
    for (let at = 0; at < streams.length; at += PORTION) {
      const portion = streams.slice(at, at + PORTION);
      const lengths = await this.#options.store.lengths(portion.map(({ key }) => key));
      for (const [i, span] of portion.entries()) {
        const missing = losses.missing(span.path, { added: span.added, length: lengths[i] ?? 0 });
        if (missing > 0) writes.push(...losses.recordSome(span, missing, Date.now()));
      }
    }
    return writes;
  }

  /** None of a stream: a row that is fetched for it while the same one is on its way would be there twice. */
  #rowsOf(server: string, { path, storage }: Span): readonly NamedRow[] | undefined {
    return storage === "events" ? undefined : this.#options.named.rows(server, path);
  }

  #isPatient(server: string, path: string): boolean {
    const known = this.#patience.get(nameOf(server, path));
    if (known === undefined || known.left === 0) return false;
    known.left -= 1;
    return true;
  }

  #note(server: string, span: Span): void {
    const name = nameOf(server, span.path);
    const from = Math.min(span.from, this.#due.get(name)?.span.from ?? Infinity);
    this.#due.set(name, { server, span: { ...span, from } });
  }
}

function nameOf(server: string, path: string): string {
  return `${server}\n${path}`;
}
