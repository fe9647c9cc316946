/**
 * Writes the tables of channels into docs/reference/channels.md and its Chinese page, between two marker comments, from
 * the tables that the code itself reads.
 *
 *     deno run --allow-read --allow-write scripts/channel_table.ts
 */
import { type GeneratedFiles, renderPages, writeGenerated } from "./generated_files.ts";
import { barOf, BARS, channelNames, type ChannelSpec, findChannel } from "../src/okx/channels.ts";
import { findLegacy, legacyTables } from "../src/okx/v3/legacy_channels.ts";
import { findV3Channel, v3Tables } from "../src/okx/v3/channels.ts";

/** The page with the tables in each language of the documentation. */
export const CHANNEL_PAGES = {
  en: "docs/reference/channels.md",
  zh: "docs/reference/channels.zh-CN.md",
} as const;
export type Language = keyof typeof CHANNEL_PAGES;

const START = "<!-- channels: written by scripts/channel_table.ts -->";
const END = "<!-- end of channels -->";

/** The text with its tables as they should be. Throws SyntaxError when it has no place for them. */
export function withChannelTables(text: string, language: Language): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new SyntaxError(`No place for the tables: ${START} … ${END}`);
  return `${text.slice(0, start + START.length)}\n\n${renderTables(language)}\n\n${text.slice(end)}`;
}

type Kind = ChannelSpec["storage"] | "trades";

type Words = {
  readonly native: string;
  readonly legacy: string;
  readonly nativeHeader: readonly string[];
  /** Of a channel for which the exchange promises no rows at any pace. */
  readonly quiet: string;
  readonly legacyHeader: readonly string[];
  readonly yes: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly filters: Readonly<Record<"instrument_id" | "currency" | "underlying" | "member", string>>;
  readonly comma: string;
  readonly path: string;
  readonly product: string;
  readonly rows: string;
  readonly openSet: string;
  readonly id: string;
  readonly bars: (bars: string) => string;
  readonly onlyV3: (tables: string) => string;
};

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    native: "Native channels",
    legacy: "Legacy channels, and the v5 channel that serves them",
    nativeHeader: ["path", "endpoint", "login", "kept as", "keys under `P`", "longest silence"],
    quiet: "quiet is normal",
    legacyHeader: ["path", "v5 channel", "login", "kept as", "keys under `P`"],
    yes: "yes",
    kinds: {
      latest: "latest row",
      candle: "candle series",
      events: "stream",
      bookSnapshot: "whole small book",
      book: "order book",
      instruments: "set with rows",
      open: "rows, index, open set",
      balances: "rows, open set",
      trades: "index with rows",
    },
    filters: {
      instrument_id: "instrument",
      currency: "currency",
      underlying: "underlying",
      member: "currency or underlying",
    },
    comma: ", ",
    path: "path",
    product: "product",
    rows: "rows",
    openSet: "open set",
    id: "id",
    bars: (bars) =>
      `Bars: ${bars}. \`1s\` exists for \`candle\` alone, \`1Yutc\` for \`mark-price-candle\` alone.`,
    onlyV3: (tables) => `Only on v3 servers: ${tables}.`,
  },
  zh: {
    native: "原生频道",
    legacy: "旧版频道，以及实际承载它的 v5 频道",
    nativeHeader: ["路径", "端点", "需登录", "存储方式", "`P` 下的键", "最长静默"],
    quiet: "静默属正常",
    legacyHeader: ["路径", "v5 频道", "需登录", "存储方式", "`P` 下的键"],
    yes: "是",
    kinds: {
      latest: "最新一行",
      candle: "K 线序列",
      events: "流（stream）",
      bookSnapshot: "整份小盘口",
      book: "订单簿",
      instruments: "集合加各行",
      open: "各行、索引、未完结集合",
      balances: "各行、未完结集合",
      trades: "索引加各行",
    },
    filters: { instrument_id: "产品", currency: "币种", underlying: "标的指数", member: "币种或标的指数" },
    comma: "，",
    path: "路径",
    product: "类别",
    rows: "行",
    openSet: "未完结集合",
    id: "id",
    bars: (bars) =>
      `K 线周期：${bars}。其中 \`1s\` 只有 \`candle\` 有，\`1Yutc\` 只有 \`mark-price-candle\` 有。`,
    onlyV3: (tables) => `仅在说 v3 协议的服务器上可用：${tables}。`,
  },
};

function renderTables(language: Language): string {
  const words = WORDS[language];
  return [
    `### ${words.native}`,
    "",
    ...renderTable(words.nativeHeader, nativeSpecs().map((spec) => nativeCells(spec, words))),
    "",
    words.bars([...BARS.keys()].map((bar) => `\`${bar}\``).join(" ")),
    "",
    `### ${words.legacy}`,
    "",
    ...renderTable(words.legacyHeader, legacyRows(words)),
    "",
    words.onlyV3(v3Tables().filter((table) => findLegacy(table) === undefined).map(code).join(", ")),
  ].join("\n");
}

/** Every channel once; a family of candles is one, under the name `candle<bar>`. */
function nativeSpecs(): ChannelSpec[] {
  const specs = new Map<string, ChannelSpec>();
  for (const name of channelNames()) {
    const bar = barOf(name);
    const shown = bar === undefined ? name : `${name.slice(0, -bar.length)}<bar>`;
    const spec = findChannel(name);
    if (spec !== undefined) specs.set(shown, { ...spec, name: shown });
  }
  return [...specs.values()];
}

function nativeCells(spec: ChannelSpec, words: Words): string[] {
  const { name, endpoint, args } = spec;
  const path = name +
    args.map((arg) => arg.endsWith("?") ? `[:<${arg.slice(0, -1)}>]` : `:<${arg}>`).join("");
  const own = spec.key.length === 0 || spec.key.join() === args.join();
  const keys = keysOf({ own, table: name, kind: spec.storage, key: spec.key, time: "ts" }, words);
  const silence = spec.maxSilenceSeconds === undefined ? words.quiet : `${spec.maxSilenceSeconds} s`;
  return [code(path), endpoint, spec.login ? words.yes : "", words.kinds[spec.storage], keys, silence];
}

type Kept = {
  /** A row's key is the path's own. */
  readonly own: boolean;
  readonly table: string;
  readonly kind: Kind;
  readonly key: readonly string[];
  readonly time: string;
};

function keysOf({ own, table, kind, key, time }: Kept, words: Words): string {
  const id = key.map((name) => `<${name}>`).join(":");
  const rowsBeside = (row: string) => `${words.path}${words.comma}${words.rows} ${code(row)}`;
  const openSet = `${words.openSet} ${code(`<${words.path}>/open`)}`;
  switch (kind) {
    case "latest":
      return own ? words.path : code(`${table}:${id}`);
    case "candle":
      return rowsBeside(`<${words.path}>/<${time}>`);
    case "instruments":
      return rowsBeside(`<${words.path}>:<${words.id}>`);
    case "trades":
      return `${code(table)}${words.comma}${words.rows} ${code(`${table}/${id}`)}`;
    case "open":
    case "balances":
      return [code(table), `${words.rows} ${code(`${table}:${id}`)}`, openSet].join(words.comma);
    case "events":
    case "bookSnapshot":
    case "book":
      return words.path;
  }
}

/** Tables that differ in nothing but product or candle length share a row. */
function legacyRows(words: Words): string[][] {
  const groups = new Map<
    string,
    { products: Set<string>; channels: Set<string>; cells: (path: string) => string[] }
  >();
  for (const table of legacyTables()) {
    const legacy = findLegacy(table);
    if (legacy === undefined) continue;
    const [product = "", name = ""] = table.split("/");
    const shown = name.replace(/^candle\d+s$/, "candle<seconds>s");
    const filter = findV3Channel(table)?.filter ?? "instrument_id";
    const suffix = legacy.filter ? `:<${words.filters[filter]}>` : "";
    const { channel } = legacy.arg(legacy.filter ? "BTC-USDT" : "");
    const login = findChannel(channel)?.login ?? false;
    const unique = legacy.key ?? (legacy.storage === "trades" ? ["trade_id"] : ["instrument_id"]);
    const family = channel.slice(0, channel.length - (barOf(channel)?.length ?? 0));
    const same = [shown, suffix, family, legacy.storage, unique.join()].join("\n");
    const group = groups.get(same) ?? {
      products: new Set<string>(),
      channels: new Set<string>(),
      cells: (products: string) => {
        const path = `${products}/${shown}${suffix}`;
        const product = products.startsWith("{") ? `<${words.product}>` : products;
        const own = unique.length === 0 || unique.join() === filter;
        const kept = {
          own,
          table: `${product}/${shown}`,
          kind: legacy.storage,
          key: unique,
          time: "timestamp",
        };
        return [code(path), "", login ? words.yes : "", words.kinds[legacy.storage], keysOf(kept, words)];
      },
    };
    group.products.add(product);
    group.channels.add(channel);
    groups.set(same, group);
  }
  return [...groups.values()].map(({ products, channels, cells }) => {
    const names = [...products];
    const row = cells(names.length === 1 ? names[0] as string : `{${names.join(",")}}`);
    const served = [...channels];
    row[1] = served.length === 1
      ? code(served[0] as string)
      : `${code(served[0] as string)} … ${code(served.at(-1) as string)}`;
    return row;
  });
}

function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** The pages as they should be. */
export function channelFiles(): Promise<GeneratedFiles> {
  const pages = Object.entries(CHANNEL_PAGES) as [Language, string][];
  return renderPages(pages.map(([language, file]) => [file, (text) => withChannelTables(text, language)]));
}

if (import.meta.main) await writeGenerated(await channelFiles());
