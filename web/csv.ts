/// <reference lib="dom" />
/** What is shown as a file for spreadsheets, with the texts of the exchange. */

/** Rows as CSV, with the columns of the first row that has them and the same line ends everywhere (RFC 4180). */
export function formatCsv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const lines = [[...names], ...rows.map((row) => [...names].map((name) => textOf(row[name])))];
  return lines.map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

/** A cell that no spreadsheet takes for a formula: numbers may begin with a sign, nothing else. */
function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** A name for the file that every system takes: `main_candle1m-BTC-USDT.csv`. */
export function fileName(server: string, path: string): string {
  return `${`${server}_${path}`.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, 120)}.csv`;
}

/** Hands a file to the person. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
