/** What a server consists of, put together: its connections, what becomes of their events, and what runs beside them. */
import type { EventSink } from "../model/events.ts";
import { CODECS } from "../okx/codec.ts";
import { ConnectionPool, type SharedOptions } from "./connection_pool.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { Backfiller, DEFAULT_FILL_TIMING } from "./recovery/backfill.ts";
import { BookMarks } from "./recovery/book_marks.ts";
import { GapTracker } from "./recovery/gap_tracker.ts";
import { HistoryFetcher } from "./recovery/history.ts";
import { type Listing, ListingWatch } from "./recovery/listing_watch.ts";
import { OpenRows } from "./recovery/open_rows.ts";
import type { RestPace } from "./recovery/rest_pace.ts";
import { ServerEvents } from "./server_events.ts";
import type { ServerSpec } from "./server_spec.ts";
import type { StandbyBuffer } from "./standby/standby_buffer.ts";
import { ResumedSeries } from "./standby/resumed_series.ts";

/** What a server shares with the others, and where its events go. */
export type ServerOptions = SharedOptions & {
  /** Called with each event, in order, one after the other. */
  readonly sinks: readonly EventSink<string>[];
  readonly restPace: RestPace;
  /** Rows that are kept of a series. */
  readonly maxRow?: number | undefined;
  /** Rows that are fetched of a series that is subscribed for the first time. */
  readonly history?: number | undefined;
  /** The server of this name that this one replaces. */
  readonly before?: Predecessor | undefined;
  /** The service stands by: what comes is buffered until it is released. */
  readonly buffer?: StandbyBuffer | undefined;
};

/** What a server leaves to the one that replaces it. */
export type Predecessor = {
  readonly endpoint: string;
  /** What its series have missed. */
  readonly series: GapTracker;
  /** How far its books have come, which only the same exchange numbers alike. */
  readonly bookMarks: BookMarks;
};

/** The parts of one server; none of them does anything yet. */
export type ServerParts = {
  readonly clock: ExchangeClock;
  readonly gaps: GapTracker;
  readonly history: HistoryFetcher;
  readonly openRows: OpenRows;
  readonly bookMarks: BookMarks;
  readonly resumed: ResumedSeries;
  readonly events: ServerEvents;
  readonly pool: ConnectionPool;
  /** What runs beside the connections until the end. */
  readonly jobs: readonly { run(signal: AbortSignal): Promise<void> }[];
};

/** Makes the parts of a server of which `desired` is desired. */
export function createServerParts(
  spec: ServerSpec,
  options: ServerOptions,
  desired: ReadonlyMap<string, DesiredSubscription>,
): ServerParts {
  const { sinks, restPace, before, buffer, maxRow = Infinity, history: historyRows = 0, ...shared } = options;
  const { timing, restPacer, stats } = shared;
  const { name: server, exchange: { rest } } = spec;
  const exchangeClock = new ExchangeClock({ server, rest, everyMs: timing.clockMs, pacer: restPacer });
  const clock = () => exchangeClock.now();
  const gaps = new GapTracker({
    clock,
    maxRow,
    emit: (event) => events.emit(event),
    onGap: (key) => backfiller.schedule(key),
  }, before?.series);
  const backfiller = new Backfiller({
    ...{ tracker: gaps, stats, rest, clock, timing: timing.backfill ?? DEFAULT_FILL_TIMING },
    turn: (path, signal) => restPace.turn(path, signal),
  });
  const listings = new ListingWatch({
    ...{ server, rest, stats },
    turn: (signal) => restPace.turn("/public/instruments", signal),
    desired: () => [...desired.values()].map(({ topic }) => topic),
    onListing: (listing) => onListing(listing, pool, events),
  });
  const history = new HistoryFetcher({
    ...{ server, rest, clock, timing: timing.history },
    rows: Math.min(historyRows, maxRow),
    emit: (event) => events.emit(event),
    turn: (path, signal) => restPace.turn(path, signal),
  });
  const events = new ServerEvents({ server, sinks, desired, gaps, history, listings, buffer });
  const resumed = new ResumedSeries({ buffer: () => events.buffer, maxRow, clock });
  const openRows = new OpenRows();
  const bookMarks = before?.endpoint === spec.endpoint ? before.bookMarks : new BookMarks();
  const own = { openRows, bookMarks, clock };
  const pool = new ConnectionPool({ spec, shared, own, desired, gaps, events });
  const { hasRest } = CODECS[spec.protocol];
  const jobs = hasRest ? [backfiller, history, exchangeClock, listings] : [backfiller];
  return { clock: exchangeClock, gaps, history, openRows, bookMarks, resumed, events, pool, jobs };
}

/** What is subscribed of an instrument that is gone is over, and what was refused for want of one is asked for again. */
function onListing({ gone, listed }: Listing, pool: ConnectionPool, events: ServerEvents): void {
  const now = performance.now();
  for (const connection of pool.all()) {
    const changes = gone.size === 0 ? [] : connection.subscriptions.onExpired(gone, now);
    events.onChanges(connection, changes);
    if (connection.subscriptions.onInstruments(listed) || changes.length > 0) connection.scheduleRequests();
  }
}
