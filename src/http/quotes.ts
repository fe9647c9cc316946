/**
 * The prices of a watchlist: of every instrument the last one, that of a day before, and the course of its newest bars.
 * Read and listened to while at least one page is open, once for all of them.
 */
import { withDeadline } from "../shared/async/with_deadline.ts";
import { type Instrument, instrumentsOf, type MarketPath } from "./instruments.ts";
import type { RowsPort, ShownRow } from "./rows.ts";
import type { View } from "./view.ts";

/** What a page is told of one instrument; what is left out has not changed. */
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

/** Paths read at the same time when the first page opens: data goes first. */
const MAX_READS = 2;

const READ_MS = 5000;

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

/** Starts without readers. */
export function createQuotes({ view, rows, accounts }: QuotesOptions): Quotes {
  const described = new Map<string, MarketPath>();
  const courses = new Map<string, Course>();
  /** Courses by server and path: one for its price, one for its bars, mostly the same. */
  const readers = new Map<string, Map<string, Course[]>>();
  const stops: (() => void)[] = [];
  let waiting: [server: string, path: string][] = [];
  let followed = "";
  let ticks = 0;
  let reading = 0;
  let generation = 0;

  const describe = (server: string, path: string): MarketPath => {
    const key = `${server}\n${path}`;
    const known = described.get(key);
    if (known !== undefined) return known;
    const { table, login } = rows.describe(server, path);
    const found = { server, path, table, login: login && !accounts };
    described.set(key, found);
    return found;
  };

  const take = (server: string, path: string, row: ShownRow) => {
    for (const course of readers.get(server)?.get(path) ?? []) note(course, path, row);
  };

  const stop = () => {
    for (const end of stops.splice(0)) end();
    courses.clear();
    described.clear();
    readers.clear();
    waiting = [];
    followed = "";
    ticks = 0;
    generation += 1;
  };

  const readAll = () => {
    for (const [server, byPath] of readers) for (const path of byPath.keys()) waiting.push([server, path]);
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

  const read = async (server: string, path: string, begun: number) => {
    reading += 1;
    try {
      const found = await withDeadline(rows.read(server, path, BARS), READ_MS, () => {
        throw new Error("Redis did not answer in time");
      });
      if (begun !== generation) return;
      for (const row of found) take(server, path, row);
    } catch {
      // Tried again with the next second: what Redis does not say now it may say then.
      if (begun === generation) waiting.push([server, path]);
      return;
    } finally {
      reading -= 1;
    }
    readMore();
  };

  const readMore = () => {
    while (reading < MAX_READS) {
      const next = waiting.shift();
      if (next === undefined) return;
      void read(...next, generation);
    }
  };

  return {
    all: () => [...courses.values()].map((course) => quoteOf(course, true)),
    tick() {
      const paths = view().servers.flatMap(({ name, subscriptions }) =>
        subscriptions.map(({ path }) => describe(name, path))
      );
      const instruments = instrumentsOf(paths).slice(0, MAX_INSTRUMENTS);
      const wanted = JSON.stringify(
        instruments.map(({ server, price, bars }) => [server, price?.path, bars?.path]),
      );
      if (wanted !== followed) {
        follow(instruments);
        followed = wanted;
      } else if (++ticks === TICKS_TO_SECOND_READ) readAll();
      readMore();
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

/** Takes what a row says of the price and of the course. */
function note(course: Course, path: string, row: ShownRow): void {
  const { price, bars } = course.instrument;
  const close = textOf(row.close);
  const opened = textOf(row.ts ?? row.timestamp);
  if (bars?.path === path && close !== "" && opened !== "" && Number.isFinite(Number(close))) {
    const isNext = !course.closes.has(opened);
    course.closes.set(opened, Number(close));
    if (isNext) {
      // History may come behind what is newer.
      const inOrder = [...course.closes].sort(([a], [b]) => timeOf(a) - timeOf(b)).slice(-BARS);
      course.closes.clear();
      for (const [time, value] of inOrder) course.closes.set(time, value);
      course.isBarNew = true;
    }
    if (price?.path === path && [...course.closes.keys()].at(-1) !== opened) return;
  }
  if (price?.path !== path) return;
  const last = textOf(
    row.last ?? row.markPx ?? row.mark_price ?? row.idxPx ?? row.close ?? row.px ?? row.price,
  );
  const open = textOf(row.open24h ?? row.open_24h);
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

function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
