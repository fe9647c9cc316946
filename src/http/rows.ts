/**
 * The rows of a path to a page: what Redis has first, then each row as it is written. Rows are gathered for a moment
 * so that a busy path costs a page a few messages a second; of what a newer row replaces only the newest is sent. One
 * stream carries the rows of several paths, since a browser opens no more than six connections to a host.
 *
 * A row that was on its way to Redis when the page began to listen is in neither: so Redis is read once more, and where
 * the page would show anything else, it gets everything again.
 */
import { isSameRows, overlay } from "./overlay.ts";
import type { TableKind } from "../shared/row_tables.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import type { EventStream } from "./streams.ts";

/** How a path is shown: a series of candles, a tape, a book, one row, or a list of rows. */
export type RowKind = "candle" | "trades" | "book" | "row" | "rows";

/** Names to values, as written to Redis. */
export type ShownRow = Readonly<Record<string, unknown>>;

/** What never changes of a path. */
export type PathKind = {
  readonly kind: RowKind;
  readonly table: TableKind;
  readonly login: boolean;
  /** What is said to redis-cli to read it; the key, or the pattern of keys, is its second word. */
  readonly command: string;
};

/** What the pages ask of the store; the service provides it. */
export type RowsPort = {
  describe(server: string, path: string): PathKind;
  /** Names a row of a table of which newer rows take the place; undefined: rows of the path are events. */
  keyOf(path: string): ((row: ShownRow) => string) | undefined;
  /** Returns the newest `n` rows, oldest first. Rejects while Redis does not answer. */
  read(server: string, path: string, n: number): Promise<readonly ShownRow[]>;
  /** Calls `onRow` with each row from now on; returns what ends it. */
  listen(server: string, path: string, onRow: (row: ShownRow) => void): () => void;
  /** Returns the same of many paths at the price of one; rows of order books are left out. */
  listenAll(
    server: string,
    paths: readonly string[],
    onRow: (path: string, row: ShownRow) => void,
  ): () => void;
};

/** Rows of a first answer. */
const SNAPSHOT: Readonly<Record<RowKind, number>> = { candle: 500, trades: 80, book: 1, row: 1, rows: 80 };

/** Rows that wait for one message, of candles a whole history; a tape that runs faster shows the newest. */
const MAX_WAITING: Readonly<Record<RowKind, number>> = { candle: 500, trades: 80, book: 1, row: 1, rows: 80 };

/** Rows of a table of an account. */
const MAX_TABLE = 500;

const GATHER_MS = 100;

/** Levels of each side that a page shows. */
const MAX_LEVELS = 50;

/** A first answer is read in this time or not at all. */
const READ_MS = 5000;

/** So long after the first answer all is read once more: what was on its way then has arrived. */
const SECOND_READ_MS = 2000;

/** Sends a path's rows until the stream closes. A snapshot that cannot be read closes it; the page comes back by itself. */
export async function streamRows(
  stream: EventStream,
  port: RowsPort,
  { server, path, secondReadMs = SECOND_READ_MS }: {
    readonly server: string;
    readonly path: string;
    readonly secondReadMs?: number;
  },
): Promise<void> {
  const { kind, table } = port.describe(server, path);
  const keyOf = port.keyOf(path);
  const nameOf = kind === "candle" ? openingOf : keyOf;
  const isTable = isAccountTable(table);
  const most = isTable ? MAX_TABLE : MAX_WAITING[kind];
  // Rows of a table that newer ones replace come with their names.
  const hasNames = keyOf !== undefined && (kind === "rows" || kind === "row");
  const encode = (rows: readonly ShownRow[], more = {}) =>
    JSON.stringify({ server, path, ...more, rows, ...(hasNames ? { keys: rows.map(keyOf) } : {}) });
  let waiting: ShownRow[] = [];
  /** What came until the second read. */
  let live: ShownRow[] | undefined = [];
  let started = false;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let second: ReturnType<typeof setTimeout> | undefined;
  const send = () => {
    timer = undefined;
    const rows = waiting;
    waiting = [];
    stream.send("rows", encode(rows));
  };
  const stop = port.listen(server, path, (row) => {
    const shown = shorten(row);
    waiting = gather(waiting, shown, kind === "candle" || isTable ? nameOf : undefined, most);
    if (live !== undefined) live = gather(live, shown, nameOf, most);
    if (started) timer ??= setTimeout(send, GATHER_MS);
  });
  stream.onClose(() => {
    closed = true;
    stop();
    clearTimeout(timer);
    clearTimeout(second);
  });
  const read = async () => {
    const n = isTable ? MAX_TABLE : SNAPSHOT[kind];
    const rows = await withDeadline(port.read(server, path, n), READ_MS, () => {
      throw new Error("Redis did not answer in time");
    });
    return rows.map(shorten);
  };
  const fail = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    stream.send("fault", JSON.stringify({ server, path, message }));
    stream.close();
  };
  const readAgain = async (first: readonly ShownRow[]) => {
    const rows = await read();
    if (closed) return;
    const since = live ?? [];
    live = undefined;
    // Events without a name of their own cannot be distinguished from those that came meanwhile.
    if (nameOf === undefined && kind !== "trades" && since.length > 0) return;
    const [shown, known] = [overlay(first, since, nameOf), overlay(rows, since, nameOf)];
    if (isSameRows(shown, known)) return;
    clearTimeout(timer);
    timer = undefined;
    waiting = [];
    stream.send("snapshot", encode([...known.values()], { kind }));
  };
  try {
    const rows = await read();
    if (closed) return;
    stream.send("snapshot", encode(rows, { kind }));
    // A reader that does not keep up is cut off by what it is sent.
    if (closed) return;
    started = true;
    if (waiting.length > 0) timer ??= setTimeout(send, GATHER_MS);
    second = setTimeout(() => void readAgain(rows).catch(fail), secondReadMs);
  } catch (error) {
    fail(error);
  }
}

/** Adds a row to those that wait, within bounds. */
function gather(
  waiting: readonly ShownRow[],
  row: ShownRow,
  nameOf: ((row: ShownRow) => unknown) | undefined,
  most: number,
): ShownRow[] {
  const name = nameOf?.(row);
  const others = name === undefined ? waiting : waiting.filter((each) => nameOf?.(each) !== name);
  return [...others, row].slice(-most);
}

/** Tables of an account: every row of them is shown, not the newest few. */
function isAccountTable(table: TableKind): boolean {
  return table === "orders" || table === "positions" || table === "balances";
}

function openingOf(row: ShownRow): unknown {
  return row.ts ?? row.timestamp;
}

/** A book of 400 levels is more than anybody looks at. */
function shorten(row: ShownRow): ShownRow {
  if (row.bids === undefined && row.asks === undefined) return row;
  return { ...row, bids: topLevels(row.bids), asks: topLevels(row.asks) };
}

function topLevels(levels: unknown): unknown {
  const list = typeof levels === "string" ? parseList(levels) : levels;
  return Array.isArray(list) ? list.slice(0, MAX_LEVELS) : [];
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
