/// <reference lib="dom" />
/** The page in the reader's language: the browser's, or the one that was chosen here. */
import type { Filled } from "../src/shared/messages/message.ts";
import { PAGE_EN } from "./texts_en.ts";
import { PAGE_ZH } from "./texts_zh.ts";
import { createSentences, type Pairs } from "./sentences.ts";
import { readStored, store } from "./stored.ts";
import { find, setAttribute, setText } from "./dom.ts";

const LANGUAGES = ["en", "zh"] as const;
type Language = typeof LANGUAGES[number];
type TextKey = keyof typeof PAGE_EN;

const STORED = "okws-language";

/** Attributes of index.html that name a text, and what they stand for. */
const PLACES = { "data-label": "aria-label", "data-hint": "title", "data-prompt": "placeholder" } as const;

/** The language of the page: what was chosen, else the first of the reader's that there are texts in. */
export function chooseLanguage(chosen: string | null, preferred: readonly string[]): Language {
  const isLanguage = (name: string | undefined) => LANGUAGES.find((each) => each === name);
  return isLanguage(chosen ?? undefined) ??
    preferred.map((tag) => isLanguage(tag.toLowerCase().split("-")[0])).find((each) => each !== undefined) ??
    "en";
}

/** Fills a text of one language; one that it does not have is English. */
export function fillIn(
  language: Language,
  key: TextKey,
  params: Readonly<Record<string, unknown>> = {},
): string {
  const text = (language === "zh" ? PAGE_ZH[key] : undefined) ?? PAGE_EN[key];
  return text.replace(/\{([a-z]\w*)\}/g, (_, name: string) => String(params[name] ?? ""));
}

let language: Language = "en";

/** The text of a key, with a value for each of its placeholders; a reason is what the service says. */
export function t<Key extends TextKey>(key: Key, ...[params]: Filled<typeof PAGE_EN[Key]>): string {
  const { reason, ...others } = (params ?? {}) as Readonly<Record<string, unknown>>;
  return fillIn(language, key, reason === undefined ? others : { ...others, reason: say(String(reason)) });
}

let translate = (sentence: string): string => sentence;

/** What the service says in English, in the reader's language. */
export function say(sentence: string): string {
  return translate(sentence);
}

/** Puts what index.html has into the reader's language, and starts the button that switches to the other one. */
export async function startTexts(): Promise<void> {
  language = chooseLanguage(readStored(STORED), navigator.languages);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) {
    setText(element, fillIn(language, element.getAttribute("data-text") as TextKey));
  }
  for (const [source, target] of Object.entries(PLACES)) {
    for (const element of document.querySelectorAll(`[${source}]`)) {
      setAttribute(element, target, fillIn(language, element.getAttribute(source) as TextKey));
    }
  }
  const button = find("language");
  setText(button, language === "zh" ? "EN" : "中");
  button.addEventListener("click", () => {
    if (store(STORED, language === "zh" ? "en" : "zh")) location.reload();
  });
  if (language !== "zh") return;
  // Without them what the service says is English.
  const pairs = await fetch("/sentences_zh.json").then(
    (response) => response.json() as Promise<Pairs>,
    () => ({}),
  );
  translate = createSentences(pairs);
}
