/** Rows as Parquet: each piece that is written is a row group, of which nothing stays in memory but where it is. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { cellText, type Columns, type ColumnType, type TableRow } from "./columns.ts";
import { parseTime } from "../../shared/parse_time.ts";
import type { TableEncoder } from "./table_encoder.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

const TYPES: Readonly<Record<ColumnType, Omit<SchemaElement, "name">>> = {
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  number: { type: "DOUBLE" },
  integer: { type: "INT64" },
  boolean: { type: "BOOLEAN" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/** Encodes one table. */
export class ParquetEncoder implements TableEncoder {
  readonly #columns: Columns;
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(columns: Columns) {
    this.#columns = columns;
    const schema: SchemaElement[] = [
      { name: "root", num_children: columns.size },
      ...[...columns].map(([name, type]) => ({ name, repetition_type: "OPTIONAL" as const, ...TYPES[type] })),
    ];
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: "okws" });
  }

  begin(): Uint8Array {
    return this.#take();
  }

  encode(rows: readonly TableRow[]): Uint8Array {
    const columnData = [...this.#columns].map(([name, type]) => ({
      name,
      data: rows.map((row) => valueOf(row.get(name), type)),
    }));
    this.#writer.write({ columnData, rowGroupSize: rows.length });
    return this.#take();
  }

  end(): Uint8Array {
    this.#writer.finish();
    return this.#take();
  }

  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function valueOf(value: unknown, type: ColumnType): unknown {
  if (value === undefined) return null;
  switch (type) {
    case "time":
      return new Date(parseTime(cellText(value)));
    case "number":
      return Number(cellText(value));
    case "integer":
      return BigInt(cellText(value));
    case "boolean":
      return value;
    case "text":
      return cellText(value);
    case "json":
      return JSON.stringify(value);
  }
}
