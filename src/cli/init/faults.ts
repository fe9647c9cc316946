/** What okws itself would say of the file that some answers make. */
import { parse } from "yaml";
import { parseConfig } from "../../config/schema.ts";
import type { Text } from "../../shared/messages/message.ts";
import { english } from "../i18n/translate.ts";
import type { Answers } from "./answers.ts";
import { renderConfig } from "./render.ts";

/** What is wrong with these answers, a sentence each; the file that they make is read for it as okws reads it. */
export function faultsOf(answers: Answers): Text[] {
  // Which value a variable has is not known yet, and does not matter here.
  const text = renderConfig(answers, english).replaceAll(/\$\{\w+\}/g, "x");
  const parsed = parseConfig(parse(text));
  const issues = "issues" in parsed ? parsed.issues : [];
  return [...new Map(issues.map(({ message, text }) => [message, text ?? message])).values()];
}
