/** What of a row makes an order book, and what breaks it instead. */
import assert from "node:assert/strict";
import { bookChecksum } from "../../../src/okx/checksum.ts";
import { isBroken, OrderBook } from "../../../src/okx/order_book.ts";
import { parseExact } from "../../../src/okx/exact_json.ts";
import type { Row } from "../../../src/okx/frame.ts";

const SNAPSHOT: Row = {
  asks: [["101", "1", "0", "1"]],
  bids: [["100", "1", "0", "1"]],
  seqId: 10,
  prevSeqId: -1,
};

function update(more: Readonly<Record<string, unknown>>): Row {
  return { asks: [], bids: [["99", "1", "0", "1"]], ts: "2", seqId: 14, prevSeqId: 10, ...more };
}

function whole(): OrderBook {
  const book = new OrderBook();
  assert.equal(book.apply("snapshot", SNAPSHOT), "snapshot");
  return book;
}

Deno.test("an increment whose place in the sequence cannot be read is a gap", async (t) => {
  const rows: Record<string, Row> = {
    "no prevSeqId": update({ prevSeqId: undefined }),
    "no seqId": update({ seqId: undefined }),
    "no numbers": update({ seqId: undefined, prevSeqId: undefined }),
    "no numbers, with a checksum": update({ seqId: undefined, prevSeqId: undefined, checksum: 7 }),
    "null": update({ prevSeqId: null }),
    "a fraction": update({ prevSeqId: 10.5 }),
    "words": update({ prevSeqId: "ten" }),
    "a list": update({ prevSeqId: [10] }),
    "a rounded number": update({ prevSeqId: 1e300 }),
  };
  for (const [name, row] of Object.entries(rows)) {
    await t.step(name, () => {
      const book = whole();
      assert.equal(book.apply("update", row), "gap");
      assert.equal(book.whole, false);
      assert.equal(book.bids.length, 1, "nothing of it was applied");
    });
  }
});

Deno.test("sequence numbers above 2^53 are compared digit by digit", () => {
  const row = (prevSeqId: string, seqId: string) =>
    parseExact(`{"asks":[],"bids":[],"ts":"1","prevSeqId":${prevSeqId},"seqId":${seqId}}`) as Row;
  const start = () => {
    const book = new OrderBook();
    book.apply("snapshot", row("-1", "9007199254740993"));
    return book;
  };
  assert.equal(start().apply("update", row("9007199254740992", "9007199254740999")), "gap");
  assert.equal(start().apply("update", row("9007199254740993", "9007199254740999")), "update");
});

Deno.test("a level that is not a price and a size breaks the book, in increments and in snapshots", async (t) => {
  const levels: unknown[] = [
    ...[["", "1"], ["abc", "1"], ["1", "abc"], ["1", ""], ["1", "-1"], ["-5", "7"], ["0", "1"], [
      "0x10",
      "1",
    ]],
    ...[[], ["1"], ["1", null], [null, "1"], ["1", {}], ["1", "1", []], "1", null, 7, { 0: "1", 1: "1" }],
    ...[["Infinity", "1"], ["1", "NaN"], [" 1", "1"]],
  ];
  for (const level of levels) {
    await t.step(JSON.stringify(level), () => {
      assert.equal(whole().apply("update", update({ bids: [level] })), "unreadable");
      assert.equal(new OrderBook().apply("snapshot", { ...SNAPSHOT, asks: [level] }), "unreadable");
    });
  }
  for (const side of [undefined, null, {}, "[]"]) {
    assert.equal(whole().apply("update", update({ bids: side })), "unreadable");
  }
});

Deno.test("a row that is no object, a snapshot with a number of no meaning or with one price twice is no book", () => {
  for (const row of [null, 7, "x", []]) {
    assert.equal(whole().apply("update", row as unknown as Row), "unreadable");
  }
  assert.equal(new OrderBook().apply("snapshot", { ...SNAPSHOT, seqId: "x" }), "unreadable");
  const doubled = [["100", "1"], ["100.0", "2"]];
  assert.equal(new OrderBook().apply("snapshot", { ...SNAPSHOT, bids: doubled }), "unreadable");
});

Deno.test("a row without an action is a snapshot only when it says that it follows none", () => {
  assert.equal(whole().apply(undefined, update({})), "unreadable");
  assert.equal(whole().apply(undefined, { ...SNAPSHOT, seqId: 20 }), "snapshot");
});

Deno.test("levels may be bare numbers and keep their text", () => {
  const book = whole();
  const row = parseExact('{"asks":[],"bids":[[99.50,1.10,0,3]],"ts":"2","seqId":14,"prevSeqId":10}') as Row;
  assert.equal(book.apply("update", row), "update");
  assert.deepEqual(book.bids.at(1), ["99.50", "1.10", "0", "3"]);
});

Deno.test("prices that are the same float but not the same number are two levels", () => {
  const book = whole();
  const [one, other] = ["0.00001234567890123456", "0.00001234567890123457"];
  assert.equal(book.apply("update", update({ bids: [[one, "1"], [other, "2"]] })), "update");
  assert.deepEqual(book.bids.levels().map(([price]) => price), ["100", other, one]);
});

Deno.test("the book of a spread may have prices of zero and below", () => {
  const book = new OrderBook({ anyPrice: true, mayCross: false });
  const row = { ...SNAPSHOT, bids: [["-0.5", "1", "1"], ["0", "1", "1"]] };
  assert.equal(book.apply("snapshot", row), "snapshot");
  assert.deepEqual(book.bids.levels().map(([price]) => price), ["0", "-0.5"]);
});

Deno.test("a wire without sequence numbers is followed by its checksums, and not without them", () => {
  const bids = [["100", "1"]];
  const asks = [["101", "1"]];
  const start = () => {
    const book = new OrderBook();
    book.apply("partial", { bids, asks, checksum: bookChecksum(bids, asks) });
    return book;
  };
  const next = { bids: [["99", "2"]], asks: [] };
  const right = bookChecksum([...bids, ["99", "2"]], asks);
  assert.equal(start().apply("update", { ...next, checksum: right }), "update");
  assert.equal(start().apply("update", { ...next, checksum: right + 1 }), "checksum");
  assert.equal(start().apply("update", next), "gap");
});

Deno.test("a book does not keep the time of an older row", () => {
  const book = whole();
  book.apply("update", update({ ts: undefined }));
  assert.equal(book.ts, "");
  book.apply("update", { ...update({ ts: 1795786000000 }), prevSeqId: 14, seqId: 15 });
  assert.equal(book.ts, "1795786000000");
});

Deno.test("a book that the exchange itself sent crossed, as before an opening, may cross until the next snapshot", () => {
  const book = new OrderBook();
  book.apply("snapshot", { ...SNAPSHOT, bids: [["102", "1"]] });
  const steps = [[["102", "0"]], [["103", "1"]]].map((bids, i) =>
    book.apply("update", { asks: [], bids, prevSeqId: 10 + i, seqId: 11 + i })
  );
  assert.ok(!steps.some(isBroken), steps.join());
  assert.equal(whole().apply("update", update({ bids: [["102", "1"]] })), "crossed");
});
