/** What one connection makes of its frames: whose they are, what is left out, and in what order it is said. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { createStats } from "../../../../src/model/stats.ts";
import type { Arg, Frame } from "../../../../src/okx/frame.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { FramePipeline } from "../../../../src/session/connection/frame_pipeline.ts";
import { BookMarks } from "../../../../src/session/recovery/book_marks.ts";
import { DEFAULT_LIST_TIMING } from "../../../../src/session/recovery/missing_from_lists.ts";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { createPacer } from "../../../../src/shared/async/pacer.ts";
import { topicOf } from "../../../support/topics.ts";

/** A pipeline on which paths are asked for, and what it passes on; `onEvent` may throw. */
function start(paths: readonly string[], onEvent: (event: SessionEvent) => void = () => {}) {
  const subscriptions = new Subscriptions(Date.now);
  subscriptions.onUp();
  const stats = createStats(0);
  const events: SessionEvent[] = [];
  const control: Frame[] = [];
  const source = { name: "public" } as const;
  const pipeline = new FramePipeline({
    source,
    sink: {
      onEvent(from, event) {
        assert.equal(from, source);
        events.push(event);
        onEvent(event);
      },
    },
    ...{ subscriptions, stats, bookMarks: new BookMarks(), openRows: new OpenRows() },
    bookTiming: { snapshotMs: Infinity, silentMs: Infinity },
    listTiming: DEFAULT_LIST_TIMING,
    rest: { url: "http://127.0.0.1:1", headers: {} },
    restPacer: createPacer(1, 1000),
    requestSigner: undefined,
    missingSince: () => Infinity,
    mask: (text) => text,
    onControl: (frame) => control.push(frame),
    act: (action) => action(),
  });
  for (const path of paths) subscriptions.add(topicOf(path));
  const chunk = (args: readonly Arg[]) => args.length === 0 ? [] : [[...args]];
  const { requests } = subscriptions.due(0, { chunk });
  for (const path of paths) {
    const { arg } = topicOf(path);
    subscriptions.onAck({ kind: "ack", op: "subscribe", arg, id: requests[0]?.id, event: {} }, 0);
    pipeline.expectBook(topicOf(path).upstream);
  }
  const receive = (...messages: unknown[]) =>
    pipeline.onFrames(messages.map((each) => decodeV5(JSON.stringify(each))));
  return { pipeline, subscriptions, stats, events, control, receive };
}

const ticker = (instId: string, last = "1") => ({
  arg: { channel: "tickers", instId },
  data: [{ instId, instType: "SPOT", last, ts: "1700000000000" }],
});

/** What was said, in short. */
function shown(events: readonly SessionEvent[]): unknown[] {
  return events.map((event) => {
    if (event.kind === "subscription") return `${event.topic.path} ${event.state}`;
    if (event.kind === "book") {
      return `book ${event.book.state}${event.frame === undefined ? "" : " with rows"}`;
    }
    return event.kind === "rows" ? `rows of ${event.topics.map(({ path }) => path).join()}` : event.kind;
  });
}

Deno.test("a push goes to the sink for all topics that it serves, and is counted", async () => {
  const { pipeline, stats, events, receive } = start(["tickers:A-USDT", "spot/ticker:A-USDT"]);
  await using _ = pipeline;
  assert.equal(pipeline.hasData, false);
  receive(ticker("A-USDT"));
  assert.deepEqual(shown(events), ["rows of tickers:A-USDT,spot/ticker:A-USDT"]);
  assert.deepEqual([stats.rows, pipeline.hasData, pipeline.receivedAt > 0], [1, true, true]);
});

Deno.test("what is no data goes to the connection alone", async () => {
  const { pipeline, events, control, receive } = start(["tickers:A-USDT"]);
  await using _ = pipeline;
  receive({ event: "error", code: "60012", msg: "no" });
  assert.deepEqual([events, control.map(({ kind }) => kind)], [[], ["error"]]);
});

Deno.test("a message at which a later step throws is left out, and costs none of those after it", async () => {
  const { pipeline, stats, events, receive } = start(["tickers:A-USDT"], (event) => {
    if (event.kind === "rows" && JSON.stringify(event.frame.rows).includes("13")) throw new Error("a fault");
  });
  await using _ = pipeline;
  receive(ticker("A-USDT", "13"), ticker("A-USDT", "14"));
  assert.deepEqual([events.length, stats.unreadable], [2, 1]);
});

Deno.test("a push of what is not desired any more is left out", async () => {
  const { pipeline, subscriptions, events, receive } = start(["tickers:A-USDT", "tickers:B-USDT"]);
  await using _ = pipeline;
  subscriptions.remove("tickers:A-USDT");
  receive(ticker("A-USDT"), ticker("B-USDT"));
  assert.deepEqual(shown(events), ["rows of tickers:B-USDT"]);
});

Deno.test("a row of something else is passed on as that, and not as one of its subscription", async () => {
  const { pipeline, stats, events, receive } = start(["tickers:A-USDT"]);
  await using _ = pipeline;
  const { arg } = ticker("A-USDT");
  receive({ arg, data: ticker("OTHER").data });
  const actions = events.map((event) => event.kind === "rows" && event.frame.action);
  assert.deepEqual([actions, stats.unexpected], [["foreign"], 1]);
});

const levels = (price: string) => [[price, "1", "0", "1"]];
const book = (action: string, seqId: number, prevSeqId: number, bid = "1") => ({
  arg: { channel: "books", instId: "A-USDT" },
  action,
  data: [{ bids: levels(bid), asks: levels("9"), ts: "1700000000000", seqId, prevSeqId }],
});

Deno.test("an order book is live with its snapshot, and each push is passed on with its rows", async () => {
  const { pipeline, events, receive } = start(["books:A-USDT"]);
  await using _ = pipeline;
  receive(book("snapshot", 5, -1), book("update", 6, 5, "2"));
  assert.deepEqual(shown(events), ["books:A-USDT live", "book live with rows", "book live with rows"]);
  assert.equal(pipeline.bookSeqId(topicOf("books:A-USDT").upstream), "6");
});

Deno.test("that an order book is broken is said before it is asked for again, and without the rows that broke it", async () => {
  const { pipeline, subscriptions, stats, events, receive } = start(["books:A-USDT"]);
  await using _ = pipeline;
  receive(book("snapshot", 5, -1));
  events.length = 0;
  receive(book("update", 8, 7));
  assert.deepEqual(shown(events), ["book syncing", "books:A-USDT syncing"]);
  assert.equal(stats.gaps, 1);
  const { requests } = subscriptions.due(1, { chunk: (args) => args.length === 0 ? [] : [[...args]] });
  assert.deepEqual(requests.map(({ op }) => op), ["unsubscribe"]);
});

Deno.test("a small order book that is older than the one that came before is left out", async () => {
  const { pipeline, events, receive } = start(["books5:A-USDT"]);
  await using _ = pipeline;
  const small = (seqId: number) => ({
    arg: { channel: "books5", instId: "A-USDT" },
    data: [{
      bids: levels("1"),
      asks: levels("9"),
      instId: "A-USDT",
      ts: String(1_700_000_000_000 + seqId),
      seqId,
    }],
  });
  receive(small(10), small(9), small(11));
  assert.deepEqual(shown(events), ["rows of books5:A-USDT", "books5:A-USDT live", "rows of books5:A-USDT"]);
});
