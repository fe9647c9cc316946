/** What okws itself would say of the file that some answers make. */
import { parse } from "yaml";
import { parseConfig } from "../../config/schema.ts";
import type { Text } from "../../shared/messages/message.ts";
import { english } from "../i18n/translate.ts";
import type { Answers } from "./answers.ts";
import { renderConfig } from "./render.ts";

/** What is wrong with an answer, and the option that it was given by; empty where none is meant. */
export type AnswerFault = { readonly option: string; readonly text: Text };

/** The options by the end of where their values stand in the file. */
const OPTIONS: readonly (readonly [end: RegExp, option: string])[] = [
  [/\.name$/, "--server"],
  [/\.endpoint$/, "--endpoint"],
  [/\.apiKey$/, "--api-key"],
  [/\.secret$/, "--secret"],
  [/\.password$/, "--passphrase"],
  [/REDIS_URL$/, "--redis"],
  [/^subscribes\b/, "--subscribe"],
];

/** Returns what is wrong with these answers; the file that they make is read for it as okws reads it. */
export function faultsOf(answers: Answers): AnswerFault[] {
  // Which value a variable has is not known yet, and does not matter here.
  const text = renderConfig(answers, english).replaceAll(/\$\{\w+\}/g, "x");
  const parsed = parseConfig(parse(text));
  const issues = "issues" in parsed ? parsed.issues : [];
  const faults = issues.map(({ path, message, text }): [string, AnswerFault] => {
    const [, option = ""] = OPTIONS.find(([end]) => end.test(path)) ?? [];
    return [`${option} ${message}`, { option, text: text ?? message }];
  });
  return [...new Map(faults).values()];
}
