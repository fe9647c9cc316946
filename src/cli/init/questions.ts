/** The few questions of `okws init`, each with its default and asked again until its answer is good. */
import type { Words } from "../i18n/translate.ts";
import { type Answers, FROM_ENVIRONMENT } from "./answers.ts";
import { faultsOf } from "./faults.ts";

/** Asks one question; undefined when nobody answers any more. */
export type Ask = (question: string) => Promise<string | undefined>;

/** Nobody has to answer more often than this. */
const MAX_TRIES = 20;

/** Thrown when the person has gone. */
export class GoneError extends Error {
  override readonly name = "GoneError";
}

type Question = {
  readonly text: string;
  readonly shown: (answers: Answers) => string;
  readonly read: (answers: Answers, text: string) => Answers;
};

const QUESTIONS: readonly Question[] = [
  {
    text: "Name of the connection",
    shown: ({ server }) => server,
    read: (answers, server) => ({ ...answers, server }),
  },
  {
    text:
      "Exchange: okx (global), okx-eea (Europe), okx-us (USA, Australia), okx-tr (Turkey), each also with -demo (paper trading), or a ws:// URL",
    shown: ({ endpoint }) => endpoint,
    read: (answers, endpoint) => ({ ...answers, endpoint }),
  },
  {
    text: "Redis URL; nothing for the Redis of this machine, or the embedded store where there is none",
    shown: ({ redis }) => redis,
    read: (answers, redis) => ({ ...answers, redis }),
  },
  {
    text: "What to subscribe, paths separated by spaces",
    shown: ({ channels }) => channels.join(" "),
    read: (answers, text) => ({ ...answers, channels: text.split(/[\s,]+/).filter((path) => path !== "") }),
  },
  {
    text: "Private data too, with a login from OKX_API_KEY, OKX_SECRET and OKX_PASSPHRASE? y or n",
    shown: ({ login }) => login === undefined ? "n" : "y",
    read: (answers, text) => ({
      ...answers,
      login: /^(y|yes|是)$/i.test(text) ? answers.login ?? FROM_ENVIRONMENT : undefined,
    }),
  },
];

/** Rejects with GoneError when there is nobody to answer. */
export async function askAll(
  start: Answers,
  ask: Ask,
  t: Words,
  note: (line: string) => void,
): Promise<Answers> {
  let answers = start;
  for (const { text, shown, read } of QUESTIONS) {
    for (let tries = 0;; tries++) {
      const already = shown(answers);
      const answer = await ask(`${t(text)}${already === "" ? "" : ` [${already}]`}: `);
      if (answer === undefined || tries >= MAX_TRIES) throw new GoneError("nobody answers");
      const next = answer.trim() === "" ? answers : read(answers, answer.trim());
      const faults = faultsOf(next);
      if (faults.length === 0) {
        answers = next;
        break;
      }
      for (const fault of faults) note(fault);
    }
  }
  return answers;
}
