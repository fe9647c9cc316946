/** The table of memory figures, in both languages, and its place in the pages. */

export type Language = "en" | "zh";

/** What one kind of data costs. */
export type Figure = {
  /** Names the kind in the tables of every language. */
  readonly kind: string;
  /** An example of its path. */
  readonly path: string;
  readonly bytes: number;
  /** Rows that one such thing consists of: 1000 for a series. */
  readonly rows: number;
};

/** Where the table stands. */
export const PAGES: Readonly<Record<Language, string>> = {
  en: "docs/operating.md",
  zh: "docs/operating.zh-CN.md",
};

const START = "<!-- memory: written by scripts/memory.ts -->";
const END = "<!-- end of memory -->";

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  en: ["what", "for example", "bytes", "in MB"],
  zh: ["内容", "例如", "字节", "折合 MB"],
};

const NAMES: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  ticker: { en: "latest row, native", zh: "最新一行，原生" },
  legacyTicker: { en: "latest row, legacy", zh: "最新一行，旧版" },
  candles: { en: "1000 candles, index and rows", zh: "1000 根 K 线，索引加各行" },
  trades: { en: "1000 trades in a stream", zh: "流里的 1000 笔成交" },
  legacyTrades: { en: "1000 legacy trades, index and rows", zh: "旧版的 1000 笔成交，索引加各行" },
  book: { en: "order book, 400 levels a side", zh: "订单簿，每侧 400 档" },
  smallBook: { en: "small book, 5 levels a side", zh: "小订单簿，每侧 5 档" },
  funding: { en: "funding rate", zh: "资金费率" },
  instruments: { en: "1000 instruments, set and rows", zh: "1000 个产品，集合加各行" },
  orders: { en: "1000 orders that are over", zh: "1000 个已完结的订单" },
  subscription: { en: "a path's record in `P/subs`", zh: "`P/subs` 里一个路径的记录" },
};

/** A Markdown table. */
export function renderMemoryTable(figures: readonly Figure[], language: Language): string {
  const lines = figures.map(({ kind, path, bytes }) => {
    const name = NAMES[kind]?.[language] ?? kind;
    return [name, `\`${path}\``, bytes.toLocaleString("en"), (bytes / 1e6).toFixed(bytes < 1e5 ? 4 : 2)];
  });
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(HEADS[language]), row(HEADS[language].map((_, i) => i < 2 ? "---" : "---:")), ...lines.map(row)]
    .join("\n");
}

/** The page with its table as it should be. Throws SyntaxError when it has no place for it. */
export function withMemoryTable(text: string, figures: readonly Figure[], language: Language): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new SyntaxError(`No place for the table: ${START} … ${END}`);
  return `${text.slice(0, start + START.length)}\n\n${renderMemoryTable(figures, language)}\n\n${
    text.slice(end)
  }`;
}

/** Bytes by path, as a page shows them. */
export function readMemoryTable(text: string): Map<string, number> {
  const table = text.slice(text.indexOf(START), text.indexOf(END));
  return new Map(
    [...table.matchAll(/^\| [^|]+ \| `([^`]+)` \| ([\d,]+) \|/gm)]
      .map(([, path, bytes]) => [path as string, Number((bytes as string).replaceAll(",", ""))]),
  );
}
