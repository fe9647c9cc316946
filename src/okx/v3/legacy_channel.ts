/** What a legacy channel is: how its path becomes a v5 argument, and how v5 rows become its rows. */
import type { Arg, Row } from "../frame.ts";
import type { RowConverter } from "./rows.ts";

/** How the rows of a legacy channel are kept; `trades` is an index of ids with a row each. */
export type LegacyStorage = "latest" | "candle" | "trades" | "bookSnapshot" | "book" | "instruments";

/** One legacy channel as served over v5. */
export type LegacyChannel = {
  readonly storage: LegacyStorage;
  /** Whether the path must name an instrument (or index, or underlying). */
  readonly filter: boolean;
  readonly arg: (filter: string) => Arg;
  readonly convert: RowConverter;
  /** The parts of a v5 row that are rows of their own in v3. */
  readonly expand?: (row: unknown) => readonly unknown[];
  /** Members that make a row unique; the instrument unless given. */
  readonly key?: readonly string[];
  /** What a row leaves unsaid of the row before it. */
  readonly merge?: (before: Row | undefined, row: Row) => Row;
  /**
   * v5 rows that say that there is nothing any more, of which a snapshot says so only by leaving them out: `present` are
   * the rows of the whole snapshot that belong here, `known` those of before.
   */
  readonly absent?: (filter: string, present: readonly Row[], known: readonly Row[]) => readonly Row[];
  /** Rows of other underlyings are left out where v5 pushes a whole instrument type. */
  readonly keep?: (row: Readonly<Record<string, unknown>>, filter: string) => boolean;
};
