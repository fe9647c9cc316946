/** A book is never live with less than what was applied or seen of it before, by whichever way it comes. */
import assert from "node:assert/strict";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { BookMarks } from "../../../../src/session/recovery/book_marks.ts";
import { OrderBooks } from "../../../../src/session/recovery/books.ts";

const KEY = "books BTC-USDT";
const ARG = { channel: "books", instId: "BTC-USDT" };
const TIMING = { snapshotMs: 3000, silentMs: 75_000 };

function row(prevSeqId: number | undefined, seqId: unknown, ts: number): Row {
  const [bids, asks] = [[["100", "1", "0", "1"]], [["101", "1", "0", "1"]]];
  return { bids, asks, ts: String(ts), seqId, ...(prevSeqId === undefined ? {} : { prevSeqId }) };
}

function push(action: string, ...rows: Row[]): DataFrame {
  return { kind: "data", arg: ARG, rows, action, text: "" };
}

/** A server whose book has reached 20 at the time 2000; `connect` gives the books of its next connection. */
function server(): { marks: BookMarks; first: OrderBooks; connect: () => OrderBooks } {
  const marks = new BookMarks();
  const connect = () => new OrderBooks(TIMING, marks);
  const first = connect();
  first.onFrame(KEY, push("snapshot", row(-1, 10, 1000)), 0);
  first.onFrame(KEY, push("update", row(10, 20, 2000)), 1);
  return { marks, first, connect };
}

Deno.test("an older snapshot of another connection is syncing until its increments have caught up", () => {
  const books = server().connect();
  const states = [
    books.onFrame(KEY, push("snapshot", row(-1, 15, 1500)), 0),
    books.onFrame(KEY, push("update", row(15, 19, 1900)), 1),
    books.onFrame(KEY, push("update", row(19, 20, 2000)), 2),
    books.onFrame(KEY, push("update", row(20, 21, 2100)), 3),
  ].map(({ view, applied }) => [view.state, applied]);
  assert.deepEqual(states, [["syncing", false], ["syncing", false], ["live", false], ["live", true]]);
});

Deno.test("another snapshot is due where one that is older does not catch up, later each time", () => {
  const books = server().connect();
  const delays: number[] = [];
  for (let now = 0, i = 0; i < 5; i++, now += 3000) {
    assert.equal(books.onFrame(KEY, push("snapshot", row(-1, 15, 1500)), now).view.state, "syncing");
    assert.deepEqual(books.behind(now + 2999), []);
    const [found] = books.behind(now + 3000);
    assert.deepEqual([found?.verdict.broken, found?.verdict.view.state], ["behind", "syncing"]);
    assert.deepEqual(books.behind(now + 3001), [], "once");
    delays.push(books.resyncDelay(KEY));
  }
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000]);
  assert.equal(books.onFrame(KEY, push("snapshot", row(-1, 20, 2000)), 20_000).view.state, "live");
});

Deno.test("an older snapshot that nobody asked for does not replace a live book", () => {
  const { first } = server();
  const { view, applied } = first.onFrame(KEY, push("snapshot", row(-1, 10, 1000)), 2);
  assert.deepEqual([view.state, view.seqId, applied], ["live", "20", false]);
  assert.equal(first.onFrame(KEY, push("update", row(20, 25, 2500)), 3).view.seqId, "25");
});

Deno.test("what was seen and could not be applied counts as much as what was", () => {
  const { first } = server();
  assert.equal(first.onFrame(KEY, push("update", row(30, 35, 3500)), 2).broken, "gap");
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 34, 3400)), 3).view.state, "syncing");
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 35, 3500)), 4).view.state, "live");
});

Deno.test("a REST snapshot that is older is not taken, nor one whose number cannot be read, and another is asked for", async (t) => {
  const cases: [string, unknown][] = [
    ["older", 19],
    ["-1", -1],
    ["a text that is none", "x"],
    ["none", undefined],
    ["null", null],
  ];
  for (const [name, seqId] of cases) {
    await t.step(name, () => {
      const books = server().connect();
      books.expect(KEY, ARG, 0);
      assert.equal(books.snapshotsDue(3000).length, 1);
      assert.equal(books.onRestSnapshot(KEY, row(undefined, seqId, 1900), 3100), undefined);
      assert.equal(books.snapshotsDue(5999).length, 0);
      assert.equal(books.snapshotsDue(6000).length, 1);
      assert.equal(books.onRestSnapshot(KEY, row(undefined, seqId, 1900), 6100), undefined);
      assert.equal(books.snapshotsDue(11_999).length, 0, "later each time");
      assert.equal(books.snapshotsDue(12_000).length, 1);
      assert.equal(books.onRestSnapshot(KEY, row(undefined, 20, 2000), 12_100)?.view.state, "live");
    });
  }
});

Deno.test("an older seed that what came meanwhile carries on to what was known is taken", () => {
  const books = server().connect();
  books.onFrame(KEY, push("update", row(18, 22, 2200)), 0);
  books.snapshotsDue(3000);
  const verdict = books.onRestSnapshot(KEY, row(undefined, 19, 1900), 3100);
  assert.deepEqual([verdict?.view.state, verdict?.view.seqId], ["live", "22"]);
});

Deno.test("numbers that begin again in an increment are followed, and what is of before is older", () => {
  const { first, connect } = server();
  assert.equal(first.onFrame(KEY, push("update", row(20, 3, 3000)), 2).view.state, "live");
  assert.equal(first.onFrame(KEY, push("update", row(3, 5, 3100)), 3).view.seqId, "5");
  const states = [row(-1, 20, 2000), row(-1, 4, 3050), row(-1, 5, 3100)].map((each) =>
    connect().onFrame(KEY, push("snapshot", each), 4).view.state
  );
  assert.deepEqual(states, ["syncing", "syncing", "live"]);
});

Deno.test("numbers that begin again with a connection are believed when a later snapshot says it again", () => {
  const { connect } = server();
  const stateAt = (now: number, seqId: number, ts: number) =>
    connect().onFrame(KEY, push("snapshot", row(-1, seqId, ts)), now).view.state;
  assert.equal(stateAt(0, 3, 3000), "syncing");
  assert.equal(stateAt(9000, 4, 3900), "syncing", "not so soon");
  assert.equal(stateAt(10_000, 4, 4000), "live");
  assert.equal(stateAt(10_001, 20, 2000), "syncing", "what is of before");
  assert.equal(stateAt(10_002, 5, 4100), "live");
});

Deno.test("numbers that begin again behind a gap are believed with the next snapshot", () => {
  const { first } = server();
  assert.equal(first.onFrame(KEY, push("update", row(30, 3, 3000)), 2).broken, "gap");
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 4, 3100)), 3).view.state, "live");
});

Deno.test("a lower number is not believed while its time is no later, and begins to be when it is lower still", () => {
  const { connect } = server();
  const stateAt = (now: number, seqId: number, ts: number) =>
    connect().onFrame(KEY, push("snapshot", row(-1, seqId, ts)), now).view.state;
  assert.deepEqual([stateAt(0, 3, 2000), stateAt(100_000, 3, 2000)], ["syncing", "syncing"]);
  assert.deepEqual([stateAt(200_000, 9, 3000), stateAt(209_999, 8, 3100)], ["syncing", "syncing"]);
  assert.deepEqual([stateAt(211_000, 8, 3200), stateAt(220_000, 8, 3200)], ["syncing", "live"]);
});

Deno.test("one absurd number or time does not keep a book from being live", () => {
  const { first } = server();
  first.onFrame(KEY, push("update", row(30, 9e15, 9e14)), 2);
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 31, 3100)), 3).view.state, "syncing");
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 32, 3200)), 10_003).view.state, "live");
});

Deno.test("a book without numbers is compared by its time", () => {
  const key = "spot/depth:A";
  const marks = new BookMarks();
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  marks.note(key, { seqId: "", ts: at(5) });
  marks.note(key, { seqId: "", ts: at(3) });
  assert.equal(marks.compare(key, { seqId: "", ts: at(4) }), "older");
  assert.equal(marks.compare(key, { seqId: "", ts: at(5) }), "current");
});

Deno.test("a book that is subscribed again is none until its snapshot comes", () => {
  const { first } = server();
  first.begin(KEY);
  assert.equal(first.onFrame(KEY, push("update", row(20, 21, 2100)), 2).view.state, "syncing");
  assert.equal(first.onFrame(KEY, push("snapshot", row(-1, 20, 2000)), 3).view.seqId, "21");
});
