/** Rows of a read with what came beside it: of each name the newest. Pure. */
import type { ShownRow } from "./rows.ts";

/** Rows by their names; one without a name is its own. */
export type NamedRows = ReadonlyMap<unknown, ShownRow>;

/** Returns the rows of `read`, each replaced by the row of its name in `since`, and the others of `since` behind them. */
export function overlay(
  read: readonly ShownRow[],
  since: readonly ShownRow[],
  nameOf: ((row: ShownRow) => unknown) | undefined,
): NamedRows {
  const rows = new Map<unknown, ShownRow>();
  for (const row of [...read, ...since]) rows.set(nameOf?.(row) ?? JSON.stringify(row), row);
  return rows;
}

/** Whether both have the same rows, in whatever order. */
export function isSameRows(a: NamedRows, b: NamedRows): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, row]) => JSON.stringify(row) === JSON.stringify(b.get(name)));
}
