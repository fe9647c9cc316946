/** Which paths belong together: the candles, the book and the trades of one instrument on one server. Pure. */
import type { Path } from "./model.ts";

/** What the market panels show. */
export type Companions = {
  readonly candles: Path | undefined;
  readonly book: Path | undefined;
  readonly trades: Path | undefined;
};

/** Books by how much they show, best first. */
const BOOKS = [
  "books",
  "books-l2-tbt",
  "books50-l2-tbt",
  "books-rpi",
  "depth_l2_tbt",
  "depth",
  "books5",
  "depth5",
];

/** The chosen path itself, and for the other panels what suits it best; `kept` stays where it belongs to it too. */
export function companionsOf(paths: Iterable<Path>, chosen: Path | undefined, kept?: Companions): Companions {
  if (chosen === undefined) return { candles: undefined, book: undefined, trades: undefined };
  const related = [...paths].filter(({ server, subject }) =>
    server === chosen.server && subject === chosen.subject && subject !== ""
  );
  const choose = (kind: Path["kind"], before: Path | undefined, rank: (path: Path) => number) => {
    if (chosen.kind === kind) return chosen;
    const found = related.filter((path) => path.kind === kind);
    const same = found.find(({ id }) => id === before?.id) ?? found.find((path) => alike(path, before));
    return same ?? found.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))[0];
  };
  return {
    candles: choose("candle", kept?.candles, candleRank),
    book: choose("book", kept?.book, bookRank),
    trades: choose("trades", kept?.trades, () => 0),
  };
}

/** The path to begin with: candles if there are any, else whatever is first. */
export function firstChoice(paths: Iterable<Path>): Path | undefined {
  const all = [...paths].sort((a, b) => a.path < b.path ? -1 : 1);
  const candles = all.filter(({ kind }) => kind === "candle");
  const rich = (path: Path) => {
    const { book, trades } = companionsOf(all, path);
    return (book === undefined ? 0 : 1) + (trades === undefined ? 0 : 1);
  };
  return candles.sort((a, b) => rich(b) - rich(a) || candleRank(a) - candleRank(b))[0] ??
    all.find(({ kind }) => kind === "book" || kind === "trades") ?? all[0];
}

function channelOf({ path }: Path): string {
  return path.slice(0, path.indexOf(":"));
}

/** The same channel of another instrument. */
function alike(path: Path, other: Path | undefined): boolean {
  return other !== undefined && channelOf(path) === channelOf(other);
}

/** Prices that were traded before index and mark prices; a minute and up from there, then what is shorter. */
function candleRank(path: Path): number {
  const channel = channelOf(path);
  const derived = /(^|\/)(index|mark)/.test(channel) ? 1e9 : 0;
  const match = /candle(\d+)([a-zA-Z]*)/.exec(channel);
  const unit: Readonly<Record<string, number>> = {
    s: 1,
    m: 60,
    H: 3600,
    D: 86_400,
    W: 604_800,
    M: 2_592_000,
  };
  const seconds = Number(match?.[1] ?? 0) * (unit[match?.[2]?.slice(0, 1) ?? ""] ?? 1);
  return derived + (seconds < 60 ? 1e8 : seconds);
}

function bookRank(path: Path): number {
  const rank = BOOKS.indexOf(channelOf(path).split("/").at(-1) ?? "");
  return rank < 0 ? BOOKS.length : rank;
}
