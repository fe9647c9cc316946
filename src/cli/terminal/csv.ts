/** Comma-separated values (RFC 4180), with line feeds as everything on Unix has them. */

/** One line; what holds a comma, a quote, a line break or a blank at its ends is quoted. */
export function renderCsv(cells: readonly string[]): string {
  return cells.map((cell) => /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell).join(
    ",",
  );
}
