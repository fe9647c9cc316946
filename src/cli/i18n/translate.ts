/**
 * Texts in the reader's language, by key: `t("open.done", { name })`. A key that a catalogue does not have is shown in
 * English. Data, logs and exit codes are never translated.
 */
import {
  createMessages,
  type Filled,
  type Message,
  type MessageValue,
  type Text,
} from "../../shared/messages/message.ts";
import { MessageError } from "../../shared/errors.ts";
import { type Catalogue, EN, type TextKey } from "./en.ts";

export type { PlainKey, TextKey } from "./en.ts";
import { fillText } from "../../shared/messages/placeholders.ts";
import { createFindSentence } from "../../shared/messages/sentences.ts";

/** Languages that there is a catalogue of. */
export type Language = "en" | "zh";

/** Returns texts in the reader's language. */
export type Translate = {
  /** The text of a key, with a value for each of its placeholders. */
  <Key extends TextKey>(key: Key, ...filled: Filled<typeof EN[Key]>): string;
  /** A text that was made elsewhere. */
  (message: Message): string;
  /** An English sentence of another program: a running service, the option parser, Redis. Unknown ones stay as they are. */
  readonly sentence: (english: string) => string;
  /** A message, or a sentence. */
  readonly any: (text: Text) => string;
  /** What an error says. */
  readonly error: (error: Error) => string;
};

const findSentence = createFindSentence(EN);

/** A message with any key of the command line, for what is shown later or elsewhere. */
export const keyed = createMessages(EN);

/** Texts in English. */
export const english = createTranslate(undefined);

/** Chinese is loaded by those who read it. */
let chinese: Translate | undefined;

/**
 * Returns the language that `OKWS_LANG` names, else LC_ALL, LC_MESSAGES or LANG, whichever of these POSIX looks at first.
 * Anything else is English.
 */
export function languageOf(environment: Readonly<Record<string, string>>): Language {
  const names = ["OKWS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
  const found = names.map((name) => environment[name]).find((value) => value !== undefined && value !== "");
  return found !== undefined && /^zh(?:[-_.@]|$)/i.test(found) ? "zh" : "en";
}

/** Loads the catalogue of a language; until then its texts are English. */
export async function loadLanguage(language: Language): Promise<Translate> {
  if (language === "zh") chinese ??= createTranslate((await import("./zh.ts")).ZH);
  return translateTo(language);
}

/** Returns texts in the language that the environment of a command names. */
export function translator(io: { readonly environment: Readonly<Record<string, string>> }): Translate {
  return translateTo(languageOf(io.environment));
}

/** Creates a function that returns texts of a catalogue by key; what it lacks is English. */
export function createTranslate(catalogue: Catalogue | undefined): Translate {
  const texts: Readonly<Record<string, string | undefined>> = catalogue ?? {};
  const sentence = (english: string) => findSentence(english, texts, show);
  /** A reason is itself a sentence, which may come from elsewhere; every other value is a name, a number or data. */
  const show = (value: MessageValue, name = "") =>
    typeof value === "object"
      ? t(value)
      : name === "choices"
      ? String(value).replaceAll(", ", texts["join.comma"] ?? ", ")
      : name.startsWith("reason") && catalogue !== undefined
      ? sentence(String(value))
      : String(value);
  const t = (what: string | Message, params: Readonly<Record<string, MessageValue>> = {}): string => {
    const { key, params: values } = typeof what === "object" ? what : { key: what, params };
    const found = texts[key] ?? (EN as Readonly<Record<string, string>>)[key];
    if (found === undefined) return typeof what === "object" ? what.english : what;
    return fillText(found, (name) => show(values[name] ?? "", name));
  };
  const any = (text: Text) =>
    typeof text === "object" ? t(text) : catalogue === undefined ? text : sentence(text);
  return Object.assign(t, {
    sentence: catalogue === undefined ? (english: string) => english : sentence,
    any,
    error: (error: Error) => any(error instanceof MessageError ? error.text ?? error.message : error.message),
  });
}

function translateTo(language: Language): Translate {
  return language === "zh" && chinese !== undefined ? chinese : english;
}
