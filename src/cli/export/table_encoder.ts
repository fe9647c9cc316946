/** What turns rows into the bytes of a table, piece by piece. */
import type { TableRow } from "./columns.ts";

/** Turns rows into bytes. */
export type TableEncoder = {
  begin(): Uint8Array;
  encode(rows: readonly TableRow[]): Uint8Array;
  end(): Uint8Array;
};
