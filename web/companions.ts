/** Which paths belong together: the candles, the book and the trades of one instrument on one server. Pure. */
import { candleRank, channelOf } from "../src/http/instruments.ts";
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
    candles: choose("candle", kept?.candles, ({ path }) => candleRank(path)),
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
  return candles.sort((a, b) => rich(b) - rich(a) || candleRank(a.path) - candleRank(b.path))[0] ??
    all.find(({ kind }) => kind === "book" || kind === "trades") ?? all[0];
}

/** The channel of a path; empty: there is none. */
export function channelIn(path: Path | undefined): string {
  return path === undefined ? "" : channelOf(path.path);
}

/** The same channel of another instrument. */
function alike(path: Path, other: Path | undefined): boolean {
  return other !== undefined && channelOf(path.path) === channelOf(other.path);
}

function bookRank(path: Path): number {
  const rank = BOOKS.indexOf(channelOf(path.path).split("/").at(-1) ?? "");
  return rank < 0 ? BOOKS.length : rank;
}
