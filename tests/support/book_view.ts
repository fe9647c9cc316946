/** Views of order books for tests: from lists of levels, as a session would give them. */
import type { BookView } from "../../src/model/events.ts";
import { BookSide } from "../../src/okx/book_side.ts";
import type { PriceLevel } from "../../src/okx/frame.ts";
import type { Write } from "../../src/store/write/write.ts";

/** A view with these levels on its sides. */
export function viewOf(
  { bids, asks, ...rest }: Omit<BookView, "bids" | "asks"> & {
    readonly bids: readonly PriceLevel[];
    readonly asks: readonly PriceLevel[];
  },
): BookView {
  const [bidSide, askSide] = [BookSide.of("bids", bids), BookSide.of("asks", asks)];
  if (bidSide === undefined || askSide === undefined) throw new TypeError("A price is there twice");
  return { ...rest, bids: bidSide, asks: askSide };
}

/** Writes of books as the rows that they make, with everything else as it is. */
export function withBookRows(writes: readonly Write[]): Write[] {
  return writes.map((write) =>
    write.kind === "book" ? { kind: "row", key: write.key, row: write.book.row(), whole: true } : write
  );
}
