/** Numbers that people write after an option. */
import { UsageError } from "./exit.ts";
import { keyed } from "../i18n/translate.ts";

/** Returns the number; throws UsageError where it is none, or out of bounds. */
export function readNumber(
  flag: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(keyed("mock.number", { flag, least, most, value: text }));
}
