/** Rows of a read with what came beside it: of each name the newest. Pure. */

type Row = Readonly<Record<string, unknown>>;

/** Rows by their names; one without a name is its own. */
export type NamedRows = ReadonlyMap<unknown, Row>;

/** Returns the rows of `read`, each replaced by the row of its name in `since`, and the others of `since` behind them. */
export function overlay(
  read: readonly Row[],
  since: readonly Row[],
  nameOf: ((row: Row) => unknown) | undefined,
): NamedRows {
  const rows = new Map<unknown, Row>();
  for (const row of [...read, ...since]) rows.set(nameOf?.(row) ?? JSON.stringify(row), row);
  return rows;
}

/** Returns whether both have the same rows, in whatever order. */
export function isSameRows(a: NamedRows, b: NamedRows): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, row]) => JSON.stringify(row) === JSON.stringify(b.get(name)));
}
