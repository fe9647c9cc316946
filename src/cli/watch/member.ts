/** Members of rows by any of the names that v5 and v3 have for them, as safe texts and as numbers. */
import { safeText } from "../terminal/text.ts";

type Row = Readonly<Record<string, unknown>>;

/** Returns the first of these members that says something. */
export function pick(row: Row, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

/** Returns a member as a person reads it; nothing in it acts on a terminal. */
export function memberText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return safeText(typeof value === "string" ? value : JSON.stringify(value) ?? "");
}

/** Returns a finite number, written as a number; undefined: it is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || !/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
