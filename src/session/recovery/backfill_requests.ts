/**
 * Fetches by REST what a series has missed: bars by their opening times, trades by their ids. Nothing is concluded from
 * how long a page is or how many there are: what is asked for either came or did not.
 */
import { tradeIdOf } from "../../okx/trade_row.ts";
import { ExchangeError } from "../../shared/errors.ts";
import { hasPrices } from "../../okx/bar_cells.ts";
import type { BarGrid } from "../../okx/bar_grid.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import type { Arg } from "../../okx/frame.ts";
import { candleCalls, TRADE_CALLS } from "../../okx/history.ts";
import { isRowOf } from "../../okx/row_fit.ts";
import { countedId } from "../../okx/row_members.ts";
import { fetchPage } from "../../okx/rest.ts";
import type { FetchedIds } from "./gap.ts";
import { UNREADABLE } from "./list_rows.ts";
import { includes, type Range, withoutRange } from "./ranges.ts";

/** A row that was missing, under its number. */
export type FoundRow = { readonly number: number; readonly row: unknown };

/**
 * What a fetch brought. `newest`: the highest number that any page had; `unreadable`: how many rows were none; `error`: why
 * it ended early; `others`: trades that were asked for by their time alone; `shown`: what the pages had, where those were.
 */
export type Fetched = {
  readonly found: readonly FoundRow[];
  readonly newest: number | undefined;
  readonly unreadable: number;
  readonly error: unknown;
  readonly others?: readonly FoundRow[];
  readonly shown?: FetchedIds;
};

/** A time between two trades, in Unix milliseconds by the exchange's clock. */
export type Between = { readonly since: number; readonly until: number };

/** How to call the exchange: its REST base, a turn in the pace of each path, and when to give up. */
export type BackfillRequestOptions = {
  readonly rest: RestHost;
  readonly turn: (path: string) => Promise<void>;
  readonly signal: AbortSignal;
};

/** Pages fetched in one go; what is missing then is fetched in the next. */
const MAX_PAGES = 100;

/** How long one page may take: a kept connection that has died meanwhile says nothing for ever. */
const PAGE_MS = 5000;

/** Fetches bars; `missing` has an end. */
export async function fetchBars(
  arg: Arg,
  { missing, grid, cells }: {
    readonly missing: readonly Range[];
    readonly grid: BarGrid;
    readonly cells: number;
  },
  options: BackfillRequestOptions,
): Promise<Fetched> {
  const { channel, ...ids } = arg;
  const bar = channel.slice(channel.indexOf("candle") + "candle".length);
  const take = collector(missing, (row) => {
    if (!Array.isArray(row) || row.length !== cells || !hasPrices(row)) return "unreadable";
    const number = grid.indexOf(countedId(row[0]) ?? NaN);
    // The bar that is still forming is pushed anyway, and newer.
    return number === undefined ? undefined : { number, final: row.at(-1) === "1" };
  });
  let pages = 0;
  const walk = async () => {
    for (const { path, most } of candleCalls(channel)) {
      for (let last = take.next(); last !== undefined && pages++ < MAX_PAGES; last = take.next()) {
        const [first] = take.left[0] as Range;
        const query = {
          ...{ ...ids, bar, limit: String(most) },
          // Both are exclusive, and named the other way round.
          before: String(grid.openedAtOf(first) - 1),
          after: String(grid.openedAtOf(last) + 1),
        };
        if (!take.page(await get(path, query, options))) break;
      }
      take.rewind();
    }
  };
  return await take.result(walk);
}

/** Fetches trades; the last range of `missing` may have no end. Those `between` two others have any id. */
export async function fetchTrades(
  arg: Arg,
  { missing, between }: { readonly missing: readonly Range[]; readonly between: Between | undefined },
  options: BackfillRequestOptions,
): Promise<Fetched> {
  const { channel, ...names } = arg;
  const [newest, older] = TRADE_CALLS;
  const others = new Map<number, FoundRow>();
  const ids = new Map<number, number>();
  let [oldest, latest] = [Infinity, -Infinity];
  const take = collector(missing, (row) => {
    if (!isRowOf(channel, row)) return "unreadable";
    const number = row.instId === arg.instId ? tradeIdOf(row) : undefined;
    if (number === undefined) return undefined;
    if (between === undefined) return { number, final: true };
    const time = Number(row.ts);
    ids.set(number, time);
    if (time < oldest) oldest = time;
    if (time > latest) latest = time;
    const isBetween = time > between.since && time <= between.until;
    if (isBetween && !includes(missing, number)) others.set(number, { number, row });
    return { number, final: true };
  });
  const walk = async () => {
    take.page(await get(newest.path, { ...names, limit: String(newest.most) }, options));
    let pages = 0;
    for (let last = take.next(); last !== undefined && pages++ < MAX_PAGES; last = take.next()) {
      const query = { ...names, type: "1", after: String(last + 1), limit: String(older.most) };
      if (!take.page(await get(older.path, query, options))) return;
    }
    while (between !== undefined && oldest > between.since && pages++ < MAX_PAGES) {
      const after: Record<string, string> = Number.isFinite(take.cursor)
        ? { after: String(take.cursor) }
        : {};
      const query = { ...names, type: "1", ...after, limit: String(older.most) };
      if (!take.page(await get(older.path, query, options))) return;
    }
  };
  return { ...await take.result(walk), others: [...others.values()], shown: { ids, oldest, latest } };
}

/** The numbers that a page may bring, and how far down the pages have come. */
function collector(
  missing: readonly Range[],
  read: (row: unknown) => { readonly number: number; readonly final: boolean } | "unreadable" | undefined,
) {
  const found = new Map<number, unknown>();
  const self = {
    left: missing,
    cursor: Infinity,
    newest: undefined as number | undefined,
    unreadable: 0,
    /** The highest number that is missing below what the pages have reached; undefined: none that can be asked for. */
    next(): number | undefined {
      const last = withoutRange(self.left, [self.cursor, Infinity]).at(-1)?.[1];
      return last === Infinity ? undefined : last;
    },
    /** Takes a page; returns whether it went further down. */
    page(rows: readonly unknown[]): boolean {
      const before = self.cursor;
      for (const row of rows) {
        const known = read(row);
        if (known === "unreadable") self.unreadable += 1;
        if (known === undefined || known === "unreadable") continue;
        const { number, final } = known;
        if (number > (self.newest ?? -Infinity)) self.newest = number;
        if (number < self.cursor) self.cursor = number;
        if (!final || !includes(self.left, number)) continue;
        found.set(number, row);
        self.left = withoutRange(self.left, [number, number]);
      }
      return self.cursor < before;
    },
    /** Another call begins at the top of what is still missing. */
    rewind(): void {
      self.cursor = Infinity;
    },
    async result(walk: () => Promise<void>): Promise<Fetched> {
      let error: unknown;
      try {
        await walk();
      } catch (reason) {
        error = reason;
      }
      const list = [...found].sort(([a], [b]) => a - b).map(([number, row]) => ({ number, row }));
      return { found: list, newest: self.newest, unreadable: self.unreadable, error };
    },
  };
  return self;
}

/** Returns whether a call that failed may succeed later: no answer, too many calls, or trouble inside the exchange. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ExchangeError)) return true;
  return /^(429|5\d\d)$/.test(error.code) || PASSING_CODES.includes(error.code);
}

/**
 * Returns whether the exchange has said that it will never answer this: it knows no such instrument, bar or parameter.
 */
export function isFinal(error: unknown): boolean {
  return error instanceof ExchangeError && /^51\d{3}$/.test(error.code);
}

/** OKX v5, "REST error codes": temporarily unavailable, rate limit, busy, endpoint timed out, system error. */
const PASSING_CODES = ["50001", "50004", "50011", "50013", "50026", "50061", UNREADABLE];

async function get(
  path: string,
  query: Record<string, string>,
  options: BackfillRequestOptions,
): Promise<unknown[]> {
  await options.turn(path);
  options.signal.throwIfAborted();
  return await fetchPage(
    options.rest,
    path,
    query,
    AbortSignal.any([options.signal, AbortSignal.timeout(PAGE_MS)]),
  );
}
