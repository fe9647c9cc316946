/** Rows of a read with what came beside it: of each name the newest. Pure. */

type Row = Readonly<Record<string, unknown>>;

/** Rows by their names; one without a name has that of all that it says. */
export type NamedRows = ReadonlyMap<unknown, Row>;

/** Returns the rows of `read`, each replaced by the row of its name in `since`, and the others of `since` behind them. */
export function overlay(
  read: readonly Row[],
  since: readonly Row[],
  nameOf: ((row: Row) => unknown) | undefined,
): NamedRows {
  const rows = new Map<unknown, Row>();
  for (const row of [...read, ...since]) rows.set(nameOf?.(row) ?? textOfRow(row), row);
  return rows;
}

/** Returns whether both have the same rows, in whatever order. */
export function isSameRows(a: NamedRows, b: NamedRows): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, row]) => {
    const other = b.get(name);
    return other !== undefined && textOfRow(row) === textOfRow(other);
  });
}

/** Returns all that a row says, the same for one that is pushed and one that is read: Redis has texts alone, in an order of its own. */
function textOfRow(row: Row): string {
  const texts = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value) ?? "",
  ]);
  return JSON.stringify(texts.sort(([a = ""], [b = ""]) => a < b ? -1 : 1));
}
