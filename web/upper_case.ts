/** What was likely meant by a path that was refused: the same instrument in upper case. Pure. */
import { subjectOf } from "../src/http/instruments.ts";
import { typesOfInstrument } from "../src/okx/account_lists.ts";
import { upperCaseOf } from "../src/okx/upper_case.ts";
import type { Path } from "./model.ts";

/** What is known of a server. */
export type Known = {
  readonly paths: readonly Pick<Path, "path" | "subject" | "state">[];
  /** Instruments of the lists that it keeps. */
  readonly listed: readonly string[];
};

/** Returns the path that was likely meant, and whether the exchange is known to have it; undefined: there is none. */
export function meantBy(
  path: string,
  { paths, listed }: Known,
): { readonly path: string; readonly isListed: boolean } | undefined {
  const upper = upperCaseOf(path);
  if (upper === undefined) return undefined;
  const subject = subjectOf(upper);
  const isServed = paths.some((each) => each.subject === subject && each.state !== "refused");
  if (isServed || listed.includes(subject)) return { path: upper, isListed: true };
  // A list that is kept and does not have it says that there is none.
  const lists = typesOfInstrument(subject).map((type) => `instruments:${type}`);
  const isKept = paths.some((each) => lists.includes(each.path) && each.state === "live");
  return isKept ? undefined : { path: upper, isListed: false };
}
