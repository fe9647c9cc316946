/**
 * Finds the key of an English sentence that comes without one: from a running service over Redis or HTTP, from the option
 * parser and from the YAML parser. The English catalogue is all that is known of them.
 */
import type { MessageValue } from "./message.ts";
import { fillText, placeholdersOf } from "./placeholders.ts";

/** Texts of another language by key. */
type Texts = Readonly<Record<string, string | undefined>>;

/** Longer texts are left alone: they are data, not sentences. */
const MAX_TEXT = 4000;

/**
 * What may stand before a sentence and is the same in every language: the program's name, a comment's sign, the position in a file, a
 * name and its colon, as in `servers[0].name: `, or several, as in `tickers:BTC-USDT, account: `.
 */
const PREFIX = /^(?:okws: |# | {2,}|[^\s,]+(?:, [^\s,]+)*: )/;

/** What to do, behind a reason of somebody else: `connect ECONNREFUSED … (is redis-server running?)`. */
const REMEDY = /^([^]*) \(([^()]+)\)$/;

/** The suggestion that may end a sentence. */
const SUGGESTION = /^([^]*); did you mean (.+)\?$/;

/** Texts that are nothing but values: they would match everything. */
const JOINED = /^(?:join|age)\./;

/** Translates a sentence by the texts of a language; `show` makes a text of what was filled in. */
export type FindSentence = (
  sentence: string,
  texts: Texts,
  show: (value: MessageValue, name: string) => string,
) => string;

/**
 * Makes a finder for the sentences of an English catalogue. What is not known stays as it is, each line by itself where the
 * whole is not known.
 */
export function createFindSentence(english: Readonly<Record<string, string>>): FindSentence {
  let index: Index | undefined;
  return (sentence, texts, show) =>
    findSentence(sentence, { index: index ??= readCatalogue(english), texts, show });
}

type Search = {
  readonly index: Index;
  readonly texts: Texts;
  readonly show: (value: MessageValue, name: string) => string;
};

/**
 * What stands before a colon is another sentence or where it is about, so it is taken apart before a name is taken to have a colon
 * in it: `tickers:A: stale: {file} is damaged` is no file called `tickers:A: stale: …`.
 */
function findSentence(english: string, { index: { exact, templates, joins }, texts, show }: Search): string {
  const whole = (sentence: string): string => {
    if (sentence.length > MAX_TEXT) return sentence;
    const found = find(sentence);
    if (found !== undefined || !sentence.includes("\n")) return found ?? sentence;
    return sentence.split("\n").map((line) => find(line) ?? line).join("\n");
  };
  const find = (sentence: string): string | undefined => {
    const key = exact.get(sentence);
    if (key !== undefined) return texts[key];
    const [, start, name = ""] = SUGGESTION.exec(sentence) ?? [];
    if (start !== undefined) {
      const names = name.replace(" or ", texts["join.or"] ?? " or ");
      return join("join.suggestion", { sentence: whole(start), name: names });
    }
    const matched = match(sentence, false);
    if (matched !== undefined) return matched;
    const [prefix = ""] = PREFIX.exec(sentence) ?? [];
    const hasPrefix = prefix !== "" && prefix !== sentence && !sentence.includes("\n");
    const behind = hasPrefix ? sentence.slice(prefix.length) : "";
    const shown = hasPrefix ? whole(behind) : behind;
    if (shown !== behind) return prefix + shown;
    const loose = match(sentence, true);
    if (loose !== undefined) return loose;
    if (hasPrefix) return sentence;
    const [, reason = "", remedy = ""] = REMEDY.exec(sentence) ?? [];
    const remedyKey = exact.get(remedy);
    if (remedyKey === undefined || texts[remedyKey] === undefined) return undefined;
    return join("join.remedy", { reason: whole(reason), remedy: texts[remedyKey] });
  };
  const match = (sentence: string, isLoose: boolean): string | undefined => {
    for (const { key, pattern, names, startsOpen, endsOpen } of templates) {
      const values = texts[key] === undefined ? undefined : pattern.exec(sentence)?.slice(1);
      const isReason = (i: number) => names[i]?.startsWith("reason") === true;
      // Of several lines each is a sentence, unless they are a reason together.
      if (values?.every((value, i) => !value.includes("\n") || isReason(i)) !== true) continue;
      // What a reason begins with may stand before the whole sentence.
      const isData = (i: number) =>
        isReason(i) && !(startsOpen && i === 0) || endsOpen && i === values.length - 1;
      if (!isLoose && values.some((value, i) => value.includes(": ") && !isData(i))) continue;
      return fillText(texts[key] as string, (name) => show(values[names.indexOf(name)] ?? "", name));
    }
    return undefined;
  };
  const join = (key: string, parts: Readonly<Record<string, string>>) =>
    fillText(texts[key] ?? joins[key] ?? "", (name) => parts[name] ?? "");
  return whole(english);
}

type Template = {
  readonly key: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly literal: number;
  /** Whether it begins with what is filled in. */
  readonly startsOpen: boolean;
  /** Whether it ends with what is filled in, which may be data of any form. */
  readonly endsOpen: boolean;
};

type Index = {
  readonly exact: ReadonlyMap<string, string>;
  readonly templates: readonly Template[];
  readonly joins: Readonly<Record<string, string>>;
};

/** Returns the most literal template first, so that a general one does not swallow the text of a special one. */
function readCatalogue(english: Readonly<Record<string, string>>): Index {
  const isJoin = ([key]: readonly [string, string]) => JOINED.test(key);
  const entries = Object.entries(english).filter((entry) => !isJoin(entry));
  return {
    exact: new Map(entries.map(([key, text]) => [text, key])),
    templates: entries.filter(([, text]) => placeholdersOf(text).length > 0).map(readTemplate)
      .sort((a, b) => b.literal - a.literal),
    joins: Object.fromEntries(Object.entries(english).filter(isJoin)),
  };
}

/** What is one word, without a colon at its end: a template that is nothing else but names would match too much. */
const ONE_WORD = /_word$|^state$/;

function readTemplate([key, english]: readonly [string, string]): Template {
  const parts = english.split(/\{([a-z]\w*)\}/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const source = parts.map((part, i) =>
    i % 2 === 0 ? escapePattern(part) : ONE_WORD.test(part) ? "(\\S*?[^\\s:])" : "([^]*?)"
  ).join("");
  const literal = parts.filter((_, i) => i % 2 === 0).join("").length;
  const open = { startsOpen: parts[0] === "", endsOpen: parts.at(-1) === "" };
  return { key, pattern: new RegExp(`^${source}$`), names, literal, ...open };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
