/** Which paths of one instrument say its price and its course. Pure; the page asks the same. */
import type { TableKind } from "../shared/row_tables.ts";

/** What is known of a path. */
export type MarketPath = {
  readonly server: string;
  readonly path: string;
  readonly table: TableKind;
  readonly login: boolean;
};

/** The paths of one instrument of one server. */
export type Instrument<Path extends MarketPath = MarketPath> = {
  readonly server: string;
  /** As it stands behind the channel, such as `BTC-USDT`. */
  readonly subject: string;
  readonly paths: readonly Path[];
  /** Whose rows have its price. */
  readonly price: Path | undefined;
  /** Whose bars make its spark line. */
  readonly bars: Path | undefined;
};

/** Tables that rows of an instrument's market are in. */
const MARKET: ReadonlySet<TableKind> = new Set<TableKind>(["quotes", "candles", "tape", "books"]);

/** Returns what stands behind the channel; empty: nothing. */
export function subjectOf(path: string): string {
  const at = path.indexOf(":");
  return at < 0 ? "" : path.slice(at + 1);
}

/** Returns the channel of a path. */
export function channelOf(path: string): string {
  const at = path.indexOf(":");
  return at < 0 ? path : path.slice(0, at);
}

/** Returns all instruments that have a price, a book or trades, each once, in the order of their first paths. */
export function instrumentsOf<Path extends MarketPath>(paths: Iterable<Path>): Instrument<Path>[] {
  const groups = new Map<string, Path[]>();
  for (const path of paths) {
    const subject = subjectOf(path.path);
    if (subject === "" || path.login) continue;
    const key = `${path.server}\n${subject}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return [...groups.values()].filter((group) => group.some(({ table }) => MARKET.has(table))).map((group) => {
    const first = group[0] as Path;
    return {
      server: first.server,
      subject: subjectOf(first.path),
      paths: group,
      price: best(group, priceRank),
      bars: best(group, ({ table, path }) => table === "candles" ? candleRank(path) : Infinity),
    };
  });
}

/** Prices that were traded before index and mark prices; a minute and up from there, then what is shorter. */
export function candleRank(path: string): number {
  const channel = channelOf(path);
  const derived = /(^|\/)(index|mark)/.test(channel) ? 1e9 : 0;
  const seconds = barSeconds(path);
  return derived + (seconds < 60 ? 1e8 : seconds);
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  H: 3600,
  D: 86_400,
  W: 604_800,
  M: 2_592_000,
};

/** Returns how long a bar of a path is, about; 0: it has none. */
export function barSeconds(path: string): number {
  const match = /candle(\d+)([a-zA-Z]*)/.exec(channelOf(path));
  return Number(match?.[1] ?? 0) * (UNITS[match?.[2]?.slice(0, 1) ?? ""] ?? 1);
}

/** The newest price that was traded comes first, then what is derived from it. */
function priceRank({ table, path }: MarketPath): number {
  const derived = /(^|\/)(index|mark)/.test(channelOf(path)) ? 4 : 0;
  switch (table) {
    case "quotes":
      return derived;
    case "candles":
      // The shortest bar of them.
      return 1 + derived + candleRank(path) / 1e10;
    case "tape":
      // Block trades are at prices that were agreed on elsewhere.
      return /(^|\/)(trades?(-all)?|sprd-public-trades)$/.test(channelOf(path)) ? 2 : Infinity;
    default:
      return Infinity;
  }
}

function best<Path extends MarketPath>(
  paths: readonly Path[],
  rankOf: (path: Path) => number,
): Path | undefined {
  let found: Path | undefined;
  for (const path of paths) {
    const rank = rankOf(path);
    if (rank === Infinity) continue;
    const least = found === undefined ? Infinity : rankOf(found);
    if (rank < least || (rank === least && found !== undefined && path.path < found.path)) found = path;
  }
  return found;
}
