/**
 * Fetches by REST what a series missed while its connection was lost: candles since the last final one, trades down to
 * the last one received. What comes back is oldest first and holds nothing that was received before.
 */
import { ExchangeError } from "../errors.ts";
import { barOf, BARS } from "../okx/channels.ts";
import type { RestHost } from "../okx/endpoints.ts";
import type { Arg } from "../okx/frame.ts";
import { fetchPage } from "../okx/rest.ts";

/** Where a series stopped: opening time of the last final candle in ms, or id of the last trade. */
export type Mark = { readonly kind: "candle" | "trade"; readonly last: number };

/** Rows as the channel would have pushed them, oldest first; `complete` when they reach back to the mark. */
export type Filled = { readonly rows: readonly unknown[]; readonly complete: boolean };

/** How to call the exchange: its REST base, a turn in the shared pace before each call, and when to give up. */
export type FillOptions = {
  readonly rest: RestHost;
  readonly turn: () => Promise<void>;
  readonly signal: AbortSignal;
};

/** Pages fetched at most for one series: 3000 candles, or 2500 trades. */
const MAX_PAGES = 10;
const MAX_TRADE_PAGES = 20;

/** How long one page may take: a kept connection that has died meanwhile says nothing for ever. */
const PAGE_MS = 5000;

/** Only the newest 1440 bars can be had from the quick endpoint; older ones come from the history (OKX v5, "Get candlesticks"). */
const RECENT_BARS = 1440;

/** Fetches what came after the mark. Rejects with ExchangeError, or the reason of the signal. */
export function fill(arg: Arg, mark: Mark, now: number, options: FillOptions): Promise<Filled> {
  return mark.kind === "candle"
    ? fillCandles(arg, mark.last, now, options)
    : fillTrades(arg, mark.last, options);
}

async function fillCandles(arg: Arg, lastFinal: number, now: number, options: FillOptions): Promise<Filled> {
  const { channel, ...ids } = arg;
  const bar = barOf(channel) ?? "1m";
  const seconds = BARS.get(bar);
  const recent = seconds !== undefined && (now - lastFinal) / 1000 / seconds < RECENT_BARS;
  const path = candlePath(channel, recent);
  const rows: unknown[][] = [];
  let after = String(now + 86_400_000 * 40);
  for (let page = 0; page < MAX_PAGES; page++) {
    const limit = path.includes("index") || path.includes("mark-price") ? "100" : "300";
    const found = await get(path, { ...ids, bar, before: String(lastFinal), after, limit }, options);
    const arrays = found.filter((row): row is unknown[] => Array.isArray(row));
    rows.push(...arrays);
    const oldest = arrays.at(-1);
    if (oldest === undefined || arrays.length < Number(limit)) {
      return { rows: closed(rows, lastFinal), complete: true };
    }
    after = String(oldest[0]);
  }
  return { rows: closed(rows, lastFinal), complete: false };
}

/** Only bars that are closed: the open one is pushed anyway, and newer. */
function closed(rows: readonly unknown[][], lastFinal: number): unknown[][] {
  return rows.filter((row) => row.at(-1) === "1" && Number(row[0]) > lastFinal).reverse();
}

function candlePath(channel: string, recent: boolean): string {
  const history = recent ? "" : "history-";
  if (channel.startsWith("mark-price-")) return `/market/${history}mark-price-candles`;
  if (channel.startsWith("index-")) return `/market/${history}index-candles`;
  if (channel.startsWith("sprd-")) return recent ? "/market/sprd-candles" : "/market/sprd-history-candles";
  return `/market/${history}candles`;
}

async function fillTrades(arg: Arg, lastId: number, options: FillOptions): Promise<Filled> {
  const { channel: _, ...ids } = arg;
  const found = new Map<number, unknown>();
  let oldest = Infinity;
  for (let page = 0; page < MAX_TRADE_PAGES; page++) {
    const rows = page === 0 ? await get("/market/trades", { ...ids, limit: "500" }, options) : await get(
      "/market/history-trades",
      { ...ids, type: "1", after: String(oldest), limit: "100" },
      options,
    );
    const before = oldest;
    for (const row of rows) {
      const id = tradeIdOf(row);
      if (id === undefined) continue;
      oldest = Math.min(oldest, id);
      if (id > lastId) found.set(id, row);
    }
    if (oldest <= lastId + 1 || oldest === before) {
      return { rows: inOrder(found), complete: oldest <= lastId + 1 };
    }
  }
  return { rows: inOrder(found), complete: false };
}

function inOrder(found: ReadonlyMap<number, unknown>): unknown[] {
  return [...found].sort(([a], [b]) => a - b).map(([, row]) => row);
}

/** The id of a trade row as a number; ids are below 2^53. */
export function tradeIdOf(row: unknown): number | undefined {
  const id = typeof row === "object" && row !== null && "tradeId" in row ? Number(row.tradeId) : NaN;
  // An order that was not filled has an empty one.
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** Whether a call that failed may succeed later: no answer, too many calls, or trouble inside the exchange. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ExchangeError)) return true;
  return /^(429|5\d\d)$/.test(error.code) || PASSING_CODES.includes(error.code);
}

/** OKX v5, "REST error codes": temporarily unavailable, rate limit, busy, endpoint timed out, system error. */
const PASSING_CODES = ["50001", "50004", "50011", "50013", "50026", "50061"];

async function get(path: string, query: Record<string, string>, options: FillOptions): Promise<unknown[]> {
  await options.turn();
  options.signal.throwIfAborted();
  return await fetchPage(
    options.rest,
    path,
    query,
    AbortSignal.any([options.signal, AbortSignal.timeout(PAGE_MS)]),
  );
}
