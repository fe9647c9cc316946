/** Tables for people: columns as wide as their widest cell, wide characters counted as two. */

/** Lines of a table with its header; columns of numbers are set to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, i) => Math.max(width(title), ...rows.map((row) => width(row[i] ?? ""))));
  const numeric = header.map((_, i) => rows.length > 0 && rows.every((row) => isNumber(row[i] ?? "")));
  const line = (cells: readonly string[]) =>
    header.map((_, i) => pad(cells[i] ?? "", widths[i] as number, numeric[i] as boolean)).join("  ")
      .trimEnd();
  return [line(header), line(widths.map((n) => "-".repeat(n))), ...rows.map(line)];
}

/** `1.2 s`, `340 ms`, `3 min`: how long ago something was. */
export function renderAge(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.floor(ms))} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 86_400_000 ? `${Math.floor(ms / 3_600_000)} h` : `${Math.floor(ms / 86_400_000)} d`;
}

/** Text from outside, safe for a terminal: control characters are shown, not obeyed. */
export function safeText(text: string): string {
  return text.replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function pad(text: string, to: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}

function isNumber(text: string): boolean {
  return text === "" || /^-?[\d.,]+%?$/.test(text);
}

function width(text: string): number {
  let total = 0;
  for (const char of text) {
    total +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
          char,
        )
        ? 2
        : 1;
  }
  return total;
}
