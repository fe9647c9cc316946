/** What is passed on of two connections that overlap. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { RowMerge } from "../../../../src/session/handover/row_merge.ts";
import { viewOf } from "../../../support/book_view.ts";
import { topicOf } from "../../../support/topics.ts";

const AT = 1_786_540_440_000;

function rows(path: string, list: readonly unknown[], more: Partial<DataFrame> = {}): SessionEvent {
  const topic = topicOf(path);
  const frame = { kind: "data", arg: topic.arg, rows: list, action: undefined, text: "…", ...more } as const;
  return { kind: "rows", topics: [topic], frame, at: AT };
}

function book(
  seqId: number,
  action: "snapshot" | "update",
  state: "live" | "syncing" = "live",
): SessionEvent {
  const topic = topicOf("books:X");
  const frame = { kind: "data", arg: topic.arg, rows: [{ seqId }], action, text: "…" } as const;
  const view = viewOf({ bids: [], asks: [], ts: "1", seqId: String(seqId), state });
  return { kind: "book", topics: [topic], frame, book: view, at: AT };
}

function start(path: string): RowMerge {
  return new RowMerge([topicOf(path).upstream]);
}

/** What the events that are passed on bring: ids of trades, numbers of books. */
function brought(events: readonly SessionEvent[]): unknown[] {
  return events.flatMap((event) => {
    if (event.kind === "book") return [event.book.seqId];
    return event.kind === "rows"
      ? event.frame.rows.map((row) => (row as { tradeId?: string }).tradeId ?? row)
      : [event.kind];
  });
}

const trade = (id: number) => ({ instId: "X", tradeId: String(id), px: "1" });

Deno.test("trades are passed on once, whichever connection brings them first", () => {
  const handover = start("trades:X");
  const out: unknown[] = [];
  const receive = (side: "old" | "new", ...ids: number[]) => {
    out.push(...brought(handover.pass(side, rows("trades:X", ids.map(trade)))));
  };
  receive("old", 4);
  receive("new", 4, 5);
  receive("old", 5, 6);
  receive("new", 6, 7);
  receive("old", 7);
  receive("old", 8);
  receive("new", 8, 9);
  assert.deepEqual(out, ["4", "5", "6", "7", "8", "9"]);
});

Deno.test("what a new connection brought before it was lost is not repeated by the old one", () => {
  const handover = start("trades:X");
  const out: unknown[] = [];
  const receive = (side: "old" | "new", ...ids: number[]) => {
    out.push(...brought(handover.pass(side, rows("trades:X", ids.map(trade)))));
  };
  receive("old", 4);
  receive("new", 6, 7);
  handover.restart();
  receive("old", 5, 6);
  receive("old", 7, 8);
  receive("new", 8, 9);
  receive("old", 9);
  assert.deepEqual(out, ["4", "6", "7", "5", "8", "9"]);
});

Deno.test("a book is spoken for by the old connection again when the new one is lost", () => {
  const handover = start("books:X");
  handover.pass("old", book(10, "update"));
  assert.deepEqual(brought(handover.pass("new", book(10, "snapshot"))), []);
  assert.equal(handover.isSwitched(topicOf("books:X").upstream), true);
  handover.restart();
  assert.deepEqual(brought(handover.pass("old", book(12, "update"))), ["12"]);
  handover.pass("new", book(13, "snapshot"));
  handover.pass("new", book(14, "update"));
  assert.deepEqual(brought(handover.pass("old", book(13, "update"))), ["13", "14"]);
});

Deno.test("equal events without an id are as many as one connection has of them", () => {
  const handover = start("liquidation-orders:SWAP");
  const row = { instType: "SWAP", details: [{ sz: "1" }] };
  const receive = (side: "old" | "new") =>
    brought(handover.pass(side, rows("liquidation-orders:SWAP", [row]))).length;
  assert.deepEqual([
    receive("old"),
    receive("old"),
    receive("new"),
    receive("new"),
    receive("new"),
    receive("old"),
  ], [
    1,
    1,
    0,
    0,
    1,
    0,
  ]);
});

Deno.test("rows that replace each other come from the old connection until the new one has any", () => {
  const handover = start("tickers:X");
  const receive = (side: "old" | "new", last: string) =>
    brought(handover.pass(side, rows("tickers:X", [{ last }]))).length;
  assert.equal(receive("old", "1"), 1);
  // The new connection begins with what the old one has said already.
  assert.equal(receive("new", "1"), 0);
  assert.equal(receive("old", "2"), 0);
  assert.equal(receive("new", "2"), 1);
});

Deno.test("a whole list of the new connection is passed on whole", () => {
  const handover = start("positions:SWAP");
  const row = { posId: "1", pos: "3" };
  handover.pass("old", rows("positions:SWAP", [row]));
  const page = { number: 1, last: true };
  assert.equal(brought(handover.pass("new", rows("positions:SWAP", [row], { page }))).length, 1);
});

Deno.test("a book goes on exactly behind the last number that the old connection passed on", () => {
  const handover = start("books:X");
  const out: unknown[] = [];
  const receive = (side: "old" | "new", event: SessionEvent) =>
    out.push(...brought(handover.pass(side, event)));
  receive("old", book(10, "update"));
  // The new connection is ahead.
  receive("new", book(12, "snapshot"));
  receive("new", book(13, "update"));
  receive("old", book(11, "update"));
  assert.deepEqual(out, ["10", "11"]);
  receive("old", book(12, "update"));
  assert.deepEqual(out, ["10", "11", "12", "13"]);
  receive("old", book(13, "update"));
  receive("new", book(14, "update"));
  assert.deepEqual(out, ["10", "11", "12", "13", "14"]);
});

Deno.test("a book whose new connection is behind waits until it has caught up", () => {
  const handover = start("books:X");
  const out: unknown[] = [];
  const receive = (side: "old" | "new", event: SessionEvent) =>
    out.push(...brought(handover.pass(side, event)));
  receive("new", book(8, "snapshot"));
  receive("old", book(9, "update"));
  receive("old", book(10, "update"));
  receive("new", book(9, "update"));
  receive("new", book(10, "update"));
  receive("new", book(11, "update"));
  assert.deepEqual(out, ["9", "10", "11"]);
});

Deno.test("a book that breaks on the old connection is taken over at once, with its whole state", () => {
  const handover = start("books:X");
  handover.pass("new", book(12, "snapshot"));
  handover.pass("new", book(13, "update"));
  assert.deepEqual(brought(handover.pass("old", book(9, "update", "syncing"))), ["9", "12", "13"]);
  assert.equal(handover.isSwitched(topicOf("books:X").upstream), true);
});

Deno.test("finish() brings the books that never met, and nothing of the old connection is passed on after it", () => {
  const handover = start("books:X");
  handover.pass("new", book(12, "snapshot"));
  assert.deepEqual(brought(handover.finish().events), ["12"]);
  assert.deepEqual(brought(handover.pass("old", book(11, "update"))), []);
  assert.deepEqual(brought(handover.pass("new", book(13, "update"))), ["13"]);
});

Deno.test("states are those of the connection that speaks", () => {
  const handover = start("tickers:X");
  const state = (side: "old" | "new") =>
    handover.pass(side, {
      kind: "subscription",
      topic: topicOf("tickers:X"),
      state: "live",
      refusal: undefined,
      at: AT,
    }).length;
  assert.deepEqual([state("old"), state("new")], [1, 0]);
  handover.pass("new", rows("tickers:X", [{ last: "1" }]));
  assert.deepEqual([state("old"), state("new")], [0, 1]);
});

Deno.test("what does not change hands is passed on from both", () => {
  const handover = start("tickers:X");
  assert.equal(handover.pass("new", rows("tickers:Y", [{}])).length, 1);
  assert.equal(handover.pass("old", { kind: "up", connection: "public", at: AT }).length, 1);
});

Deno.test("trades that were fetched for a gap are passed on, however old they are", () => {
  const handover = start("trades:X");
  const fill = rows("trades:X", [trade(50), trade(51)], { action: "backfill" });
  assert.deepEqual(brought(handover.pass("old", fill)), ["50", "51"]);
  assert.deepEqual(brought(handover.pass("new", fill)), ["50", "51"]);
});

Deno.test("a book that is behind does not go on where the old connection ended or broke, before it has caught up", () => {
  const key = topicOf("books:X").upstream;
  const closed = start("books:X");
  closed.pass("old", book(20, "update"));
  closed.pass("new", book(15, "snapshot"));
  assert.deepEqual(closed.finish(), { events: [], behind: new Map([[key, "20"]]) });
  assert.deepEqual(brought(closed.pass("new", book(20, "update"))), ["20"]);
  // Nothing has come on the new connection yet: what comes first may be older.
  const silent = start("books:X");
  silent.pass("old", book(20, "update"));
  assert.deepEqual(silent.finish().behind, new Map([[key, "20"]]));
  const broken = start("books:X");
  broken.pass("old", book(20, "update"));
  broken.pass("new", book(15, "snapshot"));
  assert.deepEqual(brought(broken.pass("old", book(0, "update", "syncing"))), ["0"]);
  assert.deepEqual(brought(broken.pass("new", book(18, "update"))), []);
  assert.deepEqual(brought(broken.pass("new", book(22, "update"))), ["15", "18", "22"]);
});
