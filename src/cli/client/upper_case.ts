/** Instruments that were typed in lower case: the exchange has them in upper case, and refuses any other spelling. */
import type { Client } from "../../client/client.ts";
import { typesOfInstrument } from "../../okx/account_lists.ts";
import { upperCaseOf } from "../../okx/upper_case.ts";
import type { Io } from "../terminal/io.ts";
import { translator } from "../i18n/translate.ts";

type Known = Pick<Client, "subscriptions" | "get">;

/** Prints on stderr how each of these paths, of which nothing came, is written in upper case, where that is likely meant. */
export async function noteUpperCase(
  client: Known,
  name: string,
  paths: readonly string[],
  io: Io,
): Promise<void> {
  for (const path of paths) {
    const upper = upperCaseOf(path);
    if (upper === undefined) continue;
    // A hint: where Redis or this account's rights keep it from being looked up, nothing is said.
    const listed = await isListed(client, name, upper).catch(() => false);
    if (listed === false) continue;
    io.note(translator(io)(listed === true ? "upper_case.listed" : "upper_case.likely", { path: upper }));
  }
}

/** Prints on stderr which of these paths are likely meant in upper case, where nobody can be asked. */
export function noteLowerCase(paths: readonly string[], io: Io): void {
  for (const path of new Set(paths)) {
    const upper = upperCaseOf(path);
    if (upper !== undefined) {
      io.note(`okws: ${path}: ${translator(io)("upper_case.likely", { path: upper })}`);
    }
  }
}

/** Returns the paths as the exchange writes them, for a file that is made; prints on stderr which are not as they were typed. */
export function writeUpperCase(paths: readonly string[], io: Io): string[] {
  const t = translator(io);
  return [...new Set(paths)].map((path) => {
    // A variable of the environment has a name of its own.
    const upper = path.includes("${") ? undefined : upperCaseOf(path);
    if (upper !== undefined) io.note(`okws: ${t("upper_case.written", { path, upper })}`);
    return upper ?? path;
  });
}

/** Whether the instrument is on a list that is kept, or subscribed; undefined: no list says. */
async function isListed(client: Known, name: string, path: string): Promise<boolean | undefined> {
  const subject = path.slice(path.indexOf(":") + 1);
  const records = await client.subscriptions(name);
  const isOfIt = (other: string) => other.slice(other.indexOf(":") + 1) === subject;
  if ([...records].some(([other, { state }]) => isOfIt(other) && state !== "refused")) return true;
  const lists = typesOfInstrument(subject).filter((type) =>
    records.get(`instruments:${type}`)?.state === "live"
  );
  for (const type of lists) {
    if (await client.get(name, `instruments:${type}:${subject}`) !== undefined) return true;
  }
  return lists.length > 0 ? false : undefined;
}
