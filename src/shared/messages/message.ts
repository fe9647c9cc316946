/**
 * Texts for people as values: a key with what is filled in, and the English that comes of it. Logs, replies and programs
 * have the English; code that shows a text to a person may look the key up in the catalogue of another language.
 */
import { ERRORS_EN } from "./en.ts";
import { fillText } from "./placeholders.ts";

/** What can be filled into a text. A message is shown in the language of the text around it. */
export type MessageValue = string | number | Message;

/** One text for people. */
export type Message = {
  /** Its name in the catalogues, e.g. `config.at_least`. */
  readonly key: string;
  /** What is filled in, by placeholder. */
  readonly params: Readonly<Record<string, MessageValue>>;
  /** The whole text in English. */
  readonly english: string;
};

/** The placeholders of a text. `${NAME}` is not one, it stands for itself. */
export type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ?
    | (Name extends Lowercase<Name>
      ? (Name extends `${string}${" " | '"' | ":" | ","}${string}` ? never : Name)
      : never)
    | Placeholder<Rest>
  : never;

/** The rest parameters of a function that fills `Text`: nothing, or a value for each placeholder. */
export type Filled<Text extends string> = [Placeholder<Text>] extends [never] ? []
  : [params: Readonly<Record<Placeholder<Text>, MessageValue>>];

/** A function that makes messages of one catalogue. */
export type MessageMaker<Catalogue extends Readonly<Record<string, string>>> = <
  Key extends keyof Catalogue & string,
>(key: Key, ...filled: Filled<Catalogue[Key]>) => Message;

/** Returns a function that makes messages out of `catalogue`. */
export function createMessages<const Catalogue extends Readonly<Record<string, string>>>(
  catalogue: Catalogue,
): MessageMaker<Catalogue> {
  return (key, ...[params = {}]: readonly [Readonly<Record<string, MessageValue>>?]) => ({
    key,
    params,
    english: fillText(catalogue[key] ?? key, (name) => englishOf(params[name] ?? "")),
  });
}

/** A message of the rooms below the command line. */
export const message = createMessages(ERRORS_EN);

/** A message, or a name, a number or a sentence that came without a key. */
export type Text = string | Message;

/** Returns what logs and replies have of a text. */
export function englishOf(value: MessageValue): string {
  return typeof value === "object" ? value.english : String(value);
}
