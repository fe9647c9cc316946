/** What the layout knows of one server: its names, its projector while it is open, and what an earlier process left of it. */
import type { Keys } from "../store/layout/keys.ts";
import type { EarlierRow } from "../store/layout/open_orders.ts";
import type { Projector, Resumed } from "../store/layout/projector.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { TradeMembers } from "../store/layout/trade_members.ts";
import { markedAt } from "../store/read/leftovers.ts";
import type { Earlier } from "../store/read/resume_points.ts";

/** What an earlier process said of a server. */
export type Inherited = {
  /** Its `P/epoch`, which has when it last compared what is in Redis. */
  readonly mark: string;
  /** Of the paths that are desired. */
  readonly records: ReadonlyMap<string, SubRecord>;
};

/** What an earlier process left of the series of a server. */
export type Resumption = Pick<Earlier, "members" | "backfilled" | "stored"> & {
  /** Rows that are over, or open, of what opens and closes. */
  readonly rows: readonly Resumed[];
  /** Ids of entries go on above this time, Unix ms; 0: there are none. */
  readonly lastEntryAt: number;
};

/** What of that the projector has to know. */
type SeriesLeft = Omit<Resumption, "members">;

/** What waits for the projector that begins next. */
type Left = {
  records: ReadonlyMap<string, SubRecord>;
  rows: readonly EarlierRow[];
  readonly series: SeriesLeft[];
};

/** One server; begins without a projector, and may have one after the other. */
export class ServerState {
  readonly keys: Keys;
  /** These outlive the projector: a server that is opened again goes on with the same rows. */
  readonly members: TradeMembers;
  /** Nothing that is pushed ever writes this key, so that it shows whether this is the Redis that was written. */
  epoch: string | undefined;
  #projector: Projector | undefined;
  /** Of a server that is closed, and of which something is still queued. */
  #closing: Projector | undefined;
  #left: Left = nothingLeft();
  #comparedAt = 0;
  #lastEntryAt = 0;

  constructor(keys: Keys, members: TradeMembers) {
    this.keys = keys;
    this.members = members;
  }

  /** Undefined: the server is not open. */
  get projector(): Projector | undefined {
    return this.#projector;
  }

  /** Undefined: nothing of a closed server is queued any more. */
  get closing(): Projector | undefined {
    return this.#closing;
  }

  /** What an earlier process has said of paths that are desired; empty once the server is open. */
  get earlierRecords(): ReadonlyMap<string, SubRecord> {
    return this.#left.records;
  }

  /** When an earlier process has last compared what is in Redis, Unix ms by Redis' clock; 0: that is not known. */
  get comparedAt(): number {
    return this.#comparedAt;
  }

  /** Opens the server: its projector gets what an earlier process left. */
  open(projector: Projector): void {
    const { records, rows, series } = this.#left;
    this.#left = nothingLeft();
    this.#projector = projector;
    projector.continueStreams(this.#lastEntryAt);
    for (const [path, record] of records) projector.inherit(path, record);
    for (const each of series) handOver(each, projector);
    projector.mergeFrom(rows);
  }

  /** Closes the server, until {@link settle} with a projector of which something is still queued. */
  close(): void {
    this.#closing = this.#projector;
    this.#projector = undefined;
    this.epoch = undefined;
  }

  /** Nothing of the closed server is queued any more. */
  settle(): void {
    this.#closing = undefined;
  }

  /** Takes what an earlier process said of the server, before it is opened. */
  inherit({ mark, records }: Inherited): void {
    this.#comparedAt = markedAt(mark) || this.#comparedAt;
    this.#left.records = new Map([...this.#left.records, ...records]);
  }

  /** Takes what an earlier process left of series. */
  resume(resumption: Resumption): void {
    const { members, ...series } = resumption;
    for (const { table, path, members: names } of members) {
      this.members.resumeFrom(this.keys.path(table), path, names);
    }
    this.#lastEntryAt = Math.max(series.lastEntryAt, this.#lastEntryAt);
    if (this.#projector === undefined) this.#left.series.push(series);
    else handOver(series, this.#projector);
  }

  /** Goes on with latest rows of an earlier process, which end without a word. */
  mergeFrom(rows: readonly EarlierRow[]): void {
    if (this.#projector !== undefined) this.#projector.mergeFrom(rows);
    else if (rows.length > 0) this.#left.rows = rows;
  }
}

function nothingLeft(): Left {
  return { records: new Map(), rows: [], series: [] };
}

function handOver({ rows, backfilled, stored, lastEntryAt }: SeriesLeft, projector: Projector): void {
  if (lastEntryAt > 0) projector.continueStreams(lastEntryAt);
  for (const each of rows) projector.resumeFrom(each);
  for (const { path, entries } of backfilled) projector.resumeBackfilled(path, entries);
  for (const path of stored) projector.resumeSeries(path);
}
