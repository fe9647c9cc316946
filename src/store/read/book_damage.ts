/**
 * Whether the hashes of all levels of order books are as they were written. That they are there is looked at each time,
 * their levels in turn: they are many, and a book that changes is seldom read and compared at one number.
 */
import type { Store } from "../store.ts";
import type { Write } from "../write/write.ts";

type Reader = Pick<Store, "fields" | "rows">;
type BookWrite = Write & { readonly kind: "book" };

/** Books whose levels are compared in one look. */
const IN_TURN = 20;

/** Books asked for at once. */
const PORTION = 250;

/** Returns those of these books that are to be written again. `turn` counts the looks. Rejects with StoreError. */
export async function findDamagedBooks(
  store: Reader,
  writes: readonly Write[],
  turn: number,
): Promise<Write[]> {
  const books = writes.filter((write): write is BookWrite =>
    write.kind === "book" && write.book.sides !== undefined
  );
  const damaged = new Set<BookWrite>();
  for (let at = 0; at < books.length; at += PORTION) {
    const portion = books.slice(at, at + PORTION);
    const states = await store.fields(
      portion.flatMap(({ book: { sides = ["", ""] } }) => sides),
      "state",
    );
    for (const [i, write] of portion.entries()) {
      if (states[2 * i] === undefined || states[2 * i + 1] === undefined) damaged.add(write);
    }
  }
  const from = books.length <= IN_TURN ? 0 : turn * IN_TURN % books.length;
  for (const write of books.slice(from, from + IN_TURN)) {
    const [bids = {}, asks = {}] = await store.rows(write.book.sides ?? []);
    if (write.book.sides !== undefined && write.book.isDamaged(bids, asks)) damaged.add(write);
  }
  // One that was closed meanwhile has none.
  return [...damaged].filter(({ book }) => book.sides !== undefined).map(({ kind, key, book }) => ({
    kind,
    key,
    book,
  }));
}
