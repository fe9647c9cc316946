/** What okws itself would say of the file that some answers make. */
import { parse } from "yaml";
import { parseConfig } from "../../config/schema.ts";
import type { Answers } from "./answers.ts";
import { renderConfig } from "./render.ts";

/** What is wrong with these answers, a sentence each; the file that they make is read for it as okws reads it. */
export function faultsOf(answers: Answers): string[] {
  // Which value a variable has is not known yet, and does not matter here.
  const text = renderConfig(answers, (each) => each).replaceAll(/\$\{\w+\}/g, "x");
  const parsed = parseConfig(parse(text));
  return "issues" in parsed ? [...new Set(parsed.issues.map(({ message }) => message))] : [];
}
