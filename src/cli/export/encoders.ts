/** The formats of a table. Pure. */
import { renderCsv } from "../client/rows.ts";
import { cellText, type Columns, type TableRow } from "./columns.ts";
import { parseTime } from "../../shared/parse_time.ts";
import { ParquetEncoder } from "./parquet.ts";
import type { TableEncoder } from "./table_encoder.ts";

/** What a table can be written as. */
export const EXPORT_FORMATS = ["csv", "jsonl", "parquet"] as const;
export type ExportFormat = typeof EXPORT_FORMATS[number];

const encoder = new TextEncoder();
const NOTHING = new Uint8Array();

/** Returns the encoder of a format. */
export function createEncoder(format: ExportFormat, columns: Columns): TableEncoder {
  if (format === "parquet") return new ParquetEncoder(columns);
  const line = format === "csv"
    ? (row: TableRow) => renderCsv([...columns.keys()].map((name) => cellText(row.get(name))))
    : (row: TableRow) => jsonLine(row, columns);
  return {
    begin: () => format === "csv" ? encoder.encode(`${renderCsv([...columns.keys()])}\n`) : NOTHING,
    encode: (rows) => encoder.encode(rows.map((row) => `${line(row)}\n`).join("")),
    end: () => NOTHING,
  };
}

/** Numbers keep the digits that the exchange sent. */
function jsonLine(row: TableRow, columns: Columns): string {
  const members = [...columns].flatMap(([name, type]) => {
    const value = row.get(name);
    if (value === undefined) return [];
    const text = type === "number" || type === "integer"
      ? jsonNumber(cellText(value))
      : type === "time"
      ? String(parseTime(cellText(value)))
      : type === "text"
      ? JSON.stringify(cellText(value))
      : JSON.stringify(value);
    return [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(",")}}`;
}

/** JSON has no zeros before a number. */
function jsonNumber(text: string): string {
  return text.replace(/^(-?)0+(?=\d)/, "$1");
}
