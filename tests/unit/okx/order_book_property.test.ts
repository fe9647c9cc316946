/** An order book against a plain model of one, over random markets, cuts and repetitions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isBroken, OrderBook } from "../../../src/okx/order_book.ts";
import { bookChecksum } from "../../../src/okx/checksum.ts";
import type { Row } from "../../../src/okx/frame.ts";

/** One change: a side, a price in steps, and a size (0 removes). Bids stay below 100, asks above. */
type Change = { readonly side: "bids" | "asks"; readonly step: number; readonly size: number };

const change: fc.Arbitrary<Change> = fc.record({
  side: fc.constantFrom("bids", "asks"),
  step: fc.integer({ min: 1, max: 40 }),
  size: fc.integer({ min: 0, max: 5 }),
});

/** What the exchange sends: a snapshot and increments that follow one another, now and then empty or with a reset. */
const market = fc.array(
  fc.record({ changes: fc.array(change, { maxLength: 8 }), reset: fc.boolean() }),
  { minLength: 2, maxLength: 40 },
);

Deno.test("a book fed with random valid increments equals a sorted map of its levels", () => {
  fc.assert(fc.property(market, (steps) => {
    const model = { bids: new Map<number, string>(), asks: new Map<number, string>() };
    const book = new OrderBook();
    for (const [i, row] of rowsOf(steps).entries()) {
      const step = book.apply(i === 0 ? "snapshot" : "update", row);
      assert.ok(!isBroken(step), step);
      for (const side of ["bids", "asks"] as const) {
        for (const [price, size] of row[side] as [string, string][]) {
          if (Number(size) === 0) model[side].delete(Number(price));
          else model[side].set(Number(price), size);
        }
      }
      assert.deepEqual(pairs(book.bids.levels()), [...model.bids].sort(([a], [b]) => b - a));
      assert.deepEqual(pairs(book.asks.levels()), [...model.asks].sort(([a], [b]) => a - b));
    }
  }));
});

Deno.test("a book that misses any increments says so with the next one that it gets", () => {
  fc.assert(fc.property(market, fc.nat(), fc.integer({ min: 1, max: 5 }), (steps, at, count) => {
    const rows = rowsOf(steps);
    const from = 1 + at % (rows.length - 1);
    const next = rows[from + count];
    fc.pre(next !== undefined);
    // A cut that takes away as much as it adds leaves the same number behind, and the same book.
    fc.pre(next?.prevSeqId !== rows[from - 1]?.seqId);
    const book = new OrderBook();
    for (const [i, row] of rows.slice(0, from).entries()) book.apply(i === 0 ? "snapshot" : "update", row);
    const step = book.apply("update", next as Row);
    assert.ok(step === "gap" || (step === "duplicate" && next?.seqId === rows[from - 1]?.seqId), step);
    if (step === "gap") assert.equal(book.whole, false);
  }));
});

Deno.test("an increment that comes twice changes nothing, wherever it is repeated", () => {
  fc.assert(fc.property(market, fc.nat(), (steps, at) => {
    const rows = rowsOf(steps);
    const again = 1 + at % (rows.length - 1);
    const book = new OrderBook();
    for (const [i, row] of rows.slice(0, again + 1).entries()) {
      book.apply(i === 0 ? "snapshot" : "update", row);
    }
    const before = [pairs(book.bids.levels()), pairs(book.asks.levels())];
    const step = book.apply("update", rows[again] as Row);
    assert.ok(step === "duplicate" || step === "liveness", step);
    assert.deepEqual([pairs(book.bids.levels()), pairs(book.asks.levels())], before);
    const next = rows[again + 1];
    if (next !== undefined) assert.ok(!isBroken(book.apply("update", next)));
  }));
});

Deno.test("a book with checksums finds every level that was lost or changed", () => {
  fc.assert(fc.property(market, fc.nat(), (steps, at) => {
    const rows = rowsOf(steps).map(({ seqId: _, prevSeqId: __, ...row }) => row);
    const truth = new OrderBook();
    const book = new OrderBook();
    const from = 1 + at % (rows.length - 1);
    for (const [i, row] of rows.entries()) {
      const action = i === 0 ? "snapshot" : "update";
      truth.apply(action, row);
      const checksum = bookChecksum(truth.bids, truth.asks);
      if (i === from) continue;
      const step = book.apply(action, { ...row, checksum });
      const same = JSON.stringify([truth.bids.levels(0, 25), truth.asks.levels(0, 25)]) ===
        JSON.stringify([book.bids.levels(0, 25), book.asks.levels(0, 25)]);
      if (checksum === 0) return;
      assert.equal(step === "checksum", !same, `${step} at ${i}`);
      if (step === "checksum") return;
    }
  }));
});

Deno.test("sequence numbers above 2^53 are distinguished", () => {
  const book = new OrderBook();
  const row = (prevSeqId: string, seqId: string) => ({
    bids: [["1", "1"]],
    asks: [["2", "1"]],
    prevSeqId,
    seqId,
  });
  assert.equal(book.apply("snapshot", row("-1", "1753263264000000001")), "snapshot");
  assert.equal(book.apply("update", row("1753263264000000001", "1753263264000000002")), "update");
  assert.equal(book.apply("update", row("1753263264000000003", "1753263264000000004")), "gap");
});

/** The chain of the documentation: each prevSeqId is the seqId before it; a reset goes down, an empty row stays. */
function rowsOf(steps: readonly { readonly changes: readonly Change[]; readonly reset: boolean }[]): Row[] {
  let seqId = 1000;
  return steps.map(({ changes, reset }, i) => {
    const prevSeqId = i === 0 ? -1 : seqId;
    if (i > 0 && changes.length > 0) {
      seqId = reset ? Math.max(0, seqId - 500 - i) : seqId + 1 + changes.length;
    }
    return { bids: levels(changes, "bids"), asks: levels(changes, "asks"), ts: String(i), seqId, prevSeqId };
  });
}

/** The last change of a price counts, as in one row of the exchange. */
function levels(changes: readonly Change[], side: "bids" | "asks"): string[][] {
  const last = new Map<string, string>();
  for (const { step, size } of changes.filter((each) => each.side === side)) {
    last.set((side === "bids" ? 100 - step / 10 : 100 + step / 10).toFixed(1), String(size));
  }
  return [...last].map(([price, size]) => [price, size, "0", "1"]);
}

function pairs(side: readonly (readonly string[])[]): [number, string][] {
  return side.map((level) => [Number(level[0]), level[1] as string]);
}
