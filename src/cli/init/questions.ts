/** The few questions of `okws init`, each with its default and asked again until its answer is good. */
import { MessageError } from "../../shared/errors.ts";
import { keyed, type PlainKey, type Translate } from "../i18n/translate.ts";
import { type Answers, FROM_ENVIRONMENT } from "./answers.ts";
import { isYes } from "../terminal/prompt.ts";
import { faultsOf } from "./faults.ts";

/** Asks one question; undefined when nobody answers any more. */
export type Prompt = (question: string) => Promise<string | undefined>;

/** Nobody has to answer more often than this. */
const MAX_TRIES = 20;

/** Thrown when the person has gone. */
export class InputEndedError extends MessageError {
  override readonly name = "GoneError";
}

type Question = {
  readonly text: PlainKey;
  readonly shown: (answers: Answers) => string;
  readonly read: (answers: Answers, text: string) => Answers;
};

const QUESTIONS: readonly Question[] = [
  {
    text: "init.ask_server",
    shown: ({ server }) => server,
    read: (answers, server) => ({ ...answers, server }),
  },
  {
    text: "init.ask_endpoint",
    shown: ({ endpoint }) => endpoint,
    read: (answers, endpoint) => ({ ...answers, endpoint }),
  },
  {
    text: "init.ask_redis",
    shown: ({ redis }) => redis,
    read: (answers, redis) => ({ ...answers, redis }),
  },
  {
    text: "init.ask_channels",
    shown: ({ channels }) => channels.join(" "),
    read: (answers, text) => ({ ...answers, channels: text.split(/[\s,]+/).filter((path) => path !== "") }),
  },
  {
    text: "init.ask_login",
    shown: ({ login }) => login === undefined ? "n" : "y",
    read: (answers, text) => ({
      ...answers,
      login: isYes(text) ? answers.login ?? FROM_ENVIRONMENT : undefined,
    }),
  },
];

/** Rejects with GoneError when there is nobody to answer. */
export async function askAll(
  start: Answers,
  ask: Prompt,
  t: Translate,
  note: (line: string) => void,
): Promise<Answers> {
  let answers = start;
  for (const { text, shown, read } of QUESTIONS) {
    for (let tries = 0;; tries++) {
      const already = shown(answers);
      const answer = await ask(`${t(text)}${already === "" ? "" : ` [${already}]`}: `);
      if (answer === undefined || tries >= MAX_TRIES) throw new InputEndedError(keyed("init.nobody_answers"));
      const next = answer.trim() === "" ? answers : read(answers, answer.trim());
      const faults = faultsOf(next);
      if (faults.length === 0) {
        answers = next;
        break;
      }
      for (const { text } of faults) note(t.any(text));
    }
  }
  return answers;
}
