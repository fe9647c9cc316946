/**
 * The prices of a watchlist: of every instrument the last one, that of a day before, and the course of its newest bars.
 * Read and listened to while at least one page is open, once for all of them.
 */
import { parseTime } from "../shared/parse_time.ts";
import { type Instrument, instrumentsOf, type MarketPath } from "./instruments.ts";
import { ReadQueue } from "./read_queue.ts";
import type { RowsPort, ShownRow } from "./rows.ts";
import type { View } from "./view.ts";

/** What a page is sent of one instrument; what is left out has not changed. */
export type Quote = {
  readonly server: string;
  readonly subject: string;
  /** As the exchange wrote it. */
  readonly last?: string;
  /** What it cost a day before, where the exchange says so. */
  readonly open?: string;
  /** The last prices of the newest bars, oldest first. */
  readonly closes?: readonly number[];
};

/** The prices of everything, while somebody looks. */
export type Quotes = {
  /** Everything that is known. */
  all(): Quote[];
  /** Follows what is desired now; returns what changed since the last call. */
  tick(): Quote[];
  /** Nobody looks any more. */
  stop(): void;
};

/** What the quotes need. */
export type QuotesOptions = {
  readonly view: () => View;
  readonly rows: RowsPort;
  /** Whether rows of an account are shown. */
  readonly accounts: boolean;
};

/** Instruments that have a price on the page; of the others it shows their state. */
const MAX_INSTRUMENTS = 300;

/** Bars of a spark line. */
const BARS = 40;

/** After so many looks all is read once more: what was on its way to Redis when it was listened to first is there by then. */
const TICKS_TO_SECOND_READ = 3;

type Course = {
  readonly instrument: Instrument;
  last: string;
  open: string;
  readonly closes: Map<string, number>;
  isNew: boolean;
  isBarNew: boolean;
};

/** Creates the quotes of a service; they are read while a page is open. */
export function createQuotes({ view, rows, accounts }: QuotesOptions): Quotes {
  const described = new DescribedPaths(rows, accounts);
  const courses = new Map<string, Course>();
  /** Courses by server and path: one for its price, one for its bars, mostly the same. */
  const readers = new Map<string, Map<string, Course[]>>();
  const stops: (() => void)[] = [];
  let followed = "";
  let ticks = 0;

  const take = (server: string, path: string, row: ShownRow) => {
    for (const course of readers.get(server)?.get(path) ?? []) note(course, path, row);
  };

  const reads = new ReadQueue(rows, BARS, take);

  const stop = () => {
    for (const end of stops.splice(0)) end();
    courses.clear();
    described.clear();
    readers.clear();
    reads.clear();
    followed = "";
    ticks = 0;
  };

  const readAll = () => {
    for (const [server, byPath] of readers) for (const path of byPath.keys()) reads.add(server, path);
  };

  const follow = (instruments: readonly Instrument[]) => {
    stop();
    for (const instrument of instruments) {
      const { server, subject, price, bars } = instrument;
      const course = { instrument, last: "", open: "", closes: new Map(), isNew: false, isBarNew: false };
      courses.set(`${server}\n${subject}`, course);
      const byPath = readers.get(server) ?? new Map<string, Course[]>();
      readers.set(server, byPath);
      for (const path of new Set([price, bars])) {
        if (path === undefined) continue;
        byPath.set(path.path, [...byPath.get(path.path) ?? [], course]);
      }
    }
    readAll();
    for (const [server, byPath] of readers) {
      stops.push(rows.listenAll(server, [...byPath.keys()], (path, row) => take(server, path, row)));
    }
  };

  return {
    all: () => [...courses.values()].map((course) => quoteOf(course, true)),
    tick() {
      const paths = view().servers.flatMap(({ name, subscriptions }) =>
        subscriptions.map(({ path }) => described.of(name, path))
      );
      const instruments = instrumentsOf(paths).slice(0, MAX_INSTRUMENTS);
      const wanted = JSON.stringify(
        instruments.map(({ server, price, bars }) => [server, price?.path, bars?.path]),
      );
      if (wanted !== followed) {
        follow(instruments);
        followed = wanted;
      } else if (++ticks === TICKS_TO_SECOND_READ) readAll();
      reads.start();
      const changed = [...courses.values()].filter(({ isNew, isBarNew }) => isNew || isBarNew);
      return changed.map((course) => {
        const quote = quoteOf(course, course.isBarNew);
        course.isNew = course.isBarNew = false;
        return quote;
      });
    },
    stop,
  };
}

/** What there is to know of a path, found out once. */
class DescribedPaths {
  readonly #rows: Pick<RowsPort, "describe">;
  readonly #accounts: boolean;
  readonly #known = new Map<string, MarketPath>();

  constructor(rows: Pick<RowsPort, "describe">, accounts: boolean) {
    this.#rows = rows;
    this.#accounts = accounts;
  }

  clear(): void {
    this.#known.clear();
  }

  of(server: string, path: string): MarketPath {
    const key = `${server}\n${path}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { table, login } = this.#rows.describe(server, path);
    const found = { server, path, table, login: login && !this.#accounts };
    this.#known.set(key, found);
    return found;
  }
}

/** Takes what a row says of the price and of the course. */
function note(course: Course, path: string, row: ShownRow): void {
  const { price, bars } = course.instrument;
  const close = plainText(row.close);
  const opened = plainText(row.ts ?? row.timestamp);
  if (bars?.path === path && close !== "" && opened !== "" && Number.isFinite(Number(close))) {
    const isNext = !course.closes.has(opened);
    course.closes.set(opened, Number(close));
    if (isNext) {
      // History may come behind what is newer.
      const inOrder = [...course.closes].sort(([a], [b]) => parseTime(a) - parseTime(b)).slice(-BARS);
      course.closes.clear();
      for (const [time, value] of inOrder) course.closes.set(time, value);
      course.isBarNew = true;
    }
    if (price?.path === path && [...course.closes.keys()].at(-1) !== opened) return;
  }
  if (price?.path !== path) return;
  const last = plainText(
    row.last ?? row.markPx ?? row.mark_price ?? row.idxPx ?? row.close ?? row.px ?? row.price,
  );
  const open = plainText(row.open24h ?? row.open_24h);
  if (last === "" || (last === course.last && open === course.open)) return;
  course.last = last;
  course.open = open;
  course.isNew = true;
}

function quoteOf({ instrument, last, open, closes }: Course, withBars: boolean): Quote {
  const { server, subject } = instrument;
  return {
    ...{ server, subject },
    ...(last === "" ? {} : { last }),
    ...(open === "" ? {} : { open }),
    ...(withBars && closes.size > 0 ? { closes: [...closes.values()] } : {}),
  };
}

/** Returns a text or a number as a text; empty for anything else. */
function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
