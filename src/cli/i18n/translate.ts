/**
 * Texts in the reader's language. The code speaks English throughout; at the edge a text is looked up in the one
 * catalogue, by itself or by the template that it was filled from. Data, logs and exit codes are never translated.
 */
import { ZH } from "./zh.ts";

/** Languages that there are words in. */
export type Language = "en" | "zh";

/** The text in the reader's language; unchanged where the catalogue does not have it. */
export type Words = (text: string) => string;

/** Longer texts are left alone: they are data, not sentences. */
const MAX_TEXT = 4000;

/** What may stand before a sentence and is the same in every language: who speaks, a comment's sign, a name and its colon. */
const PREFIX = /^(?:okws: |# | {2,}|[a-z][A-Za-z]*(?:\[\d+\])?: )/;

/** What to do, where a reason that is not ours is told with it: `connect ECONNREFUSED … (is redis-server running?)`. */
const REMEDY = /^([^]*) \(([^()]+)\)$/;

/** The suggestion that may end a sentence. */
const SUGGESTION = /^([^]*); did you mean (.+)\?$/;

/** `OKWS_LANG`, else LC_ALL, LC_MESSAGES or LANG, whichever of these POSIX looks at first. Anything else is English. */
export function languageOf(environment: Readonly<Record<string, string>>): Language {
  const names = ["OKWS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
  const found = names.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
  return found !== undefined && /^zh(?:[-_.@]|$)/i.test(found) ? "zh" : "en";
}

/** The words for whoever reads this output. */
export function words(io: { readonly environment: Readonly<Record<string, string>> }): Words {
  return wordsOf(languageOf(io.environment));
}

/** The words of a language. */
export function wordsOf(language: Language): Words {
  return language === "en" ? inEnglish : translateAll;
}

/** Texts as the code has them. */
export function inEnglish(text: string): string {
  return text;
}

/** Each line by itself where the whole is not known, so that a list of sentences is translated too. */
function translateAll(text: string): string {
  if (text.length > MAX_TEXT) return text;
  const whole = translate(text);
  if (whole !== undefined || !text.includes("\n")) return whole ?? text;
  return text.split("\n").map((line) => translate(line) ?? line).join("\n");
}

function translate(text: string): string | undefined {
  if (ZH[text] !== undefined) return ZH[text];
  const [, sentence, name = ""] = SUGGESTION.exec(text) ?? [];
  if (sentence !== undefined) return `${translateAll(sentence)}；是否想写 ${name}？`;
  const filled = fromTemplate(text);
  if (filled !== undefined) return filled;
  const [prefix = ""] = PREFIX.exec(text) ?? [];
  if (prefix !== "" && prefix !== text) return prefix + translateAll(text.slice(prefix.length));
  const [, message = "", remedy = ""] = REMEDY.exec(text) ?? [];
  return ZH[remedy] === undefined ? undefined : `${translateAll(message)}（${ZH[remedy]}）`;
}

type Template = {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly filled: string;
  readonly literal: number;
};

let templates: readonly Template[] | undefined;

/** The most literal template first, so that a general one does not swallow the text of a special one. */
function fromTemplate(text: string): string | undefined {
  templates ??= Object.entries(ZH).filter(([english]) => english.includes("{")).map(readTemplate)
    .sort((a, b) => b.literal - a.literal);
  for (const { pattern, names, filled } of templates) {
    const values = pattern.exec(text)?.slice(1);
    if (values === undefined) continue;
    return filled.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[names.indexOf(name)] ?? "";
      // A reason is itself a sentence; every other value is a name, a number or data.
      return name.startsWith("reason") ? translateAll(value) : value;
    });
  }
  return undefined;
}

function readTemplate([english, filled]: readonly [string, string]): Template {
  const parts = english.split(/\{(\w+)\}/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const source = parts.map((part, i) => i % 2 === 1 ? "([^]*?)" : escapePattern(part)).join("");
  const literal = parts.filter((_, i) => i % 2 === 0).join("").length;
  return { pattern: new RegExp(`^${source}$`), names, filled, literal };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
