/**
 * Writes the table of settings, with the environment variable of each, into docs/reference/configuration.md and its
 * Chinese page between two marker comments: from the schema that the code itself reads, and the catalogue of its texts.
 *
 *     deno run --allow-read --allow-write --allow-env scripts/settings_table.ts
 */
import { type GeneratedFiles, renderPages, writeGenerated } from "./generated_files.ts";
import { loadLanguage } from "../src/cli/i18n/translate.ts";
import { variableOf } from "../src/config/load.ts";
import { configJsonSchema } from "../src/config/json_schema.ts";
import { settingsSchema } from "../src/config/shapes.ts";
import { SETTING_NAMES, SETTING_TEXTS } from "../src/config/setting_texts.ts";
import type { Translate } from "../src/cli/i18n/translate.ts";
import type { Language } from "./channel_table.ts";

/** The page with the table in each language. */
export const SETTINGS_PAGES: Readonly<Record<Language, string>> = {
  en: "docs/reference/configuration.md",
  zh: "docs/reference/configuration.zh-CN.md",
};

const START = "<!-- settings: written by scripts/settings_table.ts -->";
const END = "<!-- end of settings -->";

const WORDS = {
  en: {
    header: ["setting", "default", "limits", "meaning", "environment"],
    range: "{from} to {to}",
    printable: "{from} to {to} ASCII characters, no spaces",
    spaced: "{from} to {to} ASCII characters",
    name: "{from} to {to} characters, no spaces or colons",
    none: "none",
    all: "all",
    more: "more",
    join: "; ",
  },
  zh: {
    header: ["设置项", "默认值", "范围", "含义", "环境变量"],
    range: "{from} 到 {to}",
    printable: "{from} 到 {to} 个 ASCII 字符，不含空格",
    spaced: "{from} 到 {to} 个 ASCII 字符",
    name: "{from} 到 {to} 个字符，不含空格和冒号",
    none: "无",
    all: "全部",
    more: "详见",
    join: "；",
  },
} as const;

/** Where the documentation says more of a setting, seen from the page. */
const MORE: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  REDIS_URL: { en: "#which-redis", zh: "#用哪个-redis" },
  HTTP: { en: "http.md", zh: "http.zh-CN.md" },
  QUEUE_MB: { en: "redis-outages.md", zh: "redis-outages.zh-CN.md" },
  STANDBY: { en: "../high-availability.md#a-standby", zh: "../high-availability.zh-CN.md#待命" },
  SHARD: { en: "../high-availability.md#shards", zh: "../high-availability.zh-CN.md#分片" },
  LEASE_MS: { en: "../high-availability.md", zh: "../high-availability.zh-CN.md" },
};

/** The text with its table as it should be. Throws SyntaxError when it has no place for it. */
export async function withSettingsTable(text: string, language: Language): Promise<string> {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new SyntaxError(`No place for the table: ${START} … ${END}`);
  return `${text.slice(0, start + START.length)}\n\n${
    renderTable(language, await loadLanguage(language))
  }\n\n${text.slice(end)}`;
}

function renderTable(language: Language, t: Translate): string {
  const { header, none, all, more, join } = WORDS[language];
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  const rows = SETTING_NAMES.map((name) => {
    const value = defaults[name];
    const target = MORE[name]?.[language];
    const link = target === undefined ? [] : [`[${more}](${target})`];
    const shown = value === undefined ? none : Array.isArray(value) ? all : `\`${String(value)}\``;
    return [
      `\`${name}\``,
      shown,
      limitsOf(name, language),
      [mark(t(SETTING_TEXTS[name])), ...link].join(join),
      `\`${variableOf(name)}\``,
    ];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

type Limits = { readonly minimum?: number; readonly maximum?: number; readonly pattern?: string };

/** The classes of characters that a text may be made of. */
const CLASSES: Readonly<Record<string, "printable" | "spaced" | "name">> = {
  "[!-~]": "printable",
  "[ -~]": "spaced",
  "[^:\\s]": "name",
};

/** The least and the most that a setting may be, as a number or in characters; empty where others rules hold. */
function limitsOf(name: string, language: Language): string {
  const { properties } = configJsonSchema() as unknown as {
    properties: {
      settings: { properties: Readonly<Record<string, Limits & { anyOf?: readonly Limits[] }>> };
    };
  };
  const [first] = properties.settings.properties[name]?.anyOf ?? [];
  const fill = (text: string, from: unknown, to: unknown) =>
    text.replace("{from}", String(from)).replace("{to}", String(to));
  if (first?.maximum !== undefined) return fill(WORDS[language].range, first.minimum, first.maximum);
  const [, kind = "", from, to] = /^\^(\[[^\]]+\])\{(\d+),(\d+)\}\$$/.exec(first?.pattern ?? "") ?? [];
  const word = CLASSES[kind];
  return word === undefined ? "" : fill(WORDS[language][word], from, to);
}

/** Names, URLs and placeholders become code; the rest is a sentence. */
function mark(text: string): string {
  return text.replaceAll(CODE, (found) => `\`${found}\``).replaceAll("|", "\\|");
}

const CODE = new RegExp(
  [
    // redis://host, unix:/path, <this>/<request id>
    /(?:[a-z]+(?:\+[a-z]+)?:\/\/(?:[\w:@/]+|…)?|unix:\/path|<[^>]+>(?:\/(?:<[^>]+>|…))*)/,
    // REDIS_URL, okx-eea, info,session=debug, quit_server, HOST:PORT
    /\b(?:[A-Z]+_[A-Z_]+|HOST:PORT|okx-[a-z]+|info,session=debug|quit_server)\b/,
  ].map(({ source }) => source).join("|"),
  "g",
);

/** The pages as they should be. */
export function settingsFiles(): Promise<GeneratedFiles> {
  const pages = Object.entries(SETTINGS_PAGES) as [Language, string][];
  return renderPages(pages.map(([language, file]) => [file, (text) => withSettingsTable(text, language)]));
}

if (import.meta.main) await writeGenerated(await settingsFiles());
