/** What a path gets at once that joins an upstream subscription which is live already. */
import assert from "node:assert/strict";
import type { BookView, SessionEvent } from "../../../../src/model/events.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, frameOf, only, published, rowsOf, stateOf } from "./events.ts";
import { viewOf } from "../../../support/book_view.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

function start() {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 10 });
  /** Rows and channels of what is written, without the records of subscriptions. */
  const project = (event: SessionEvent): Write[] => projector.project(event);
  const receivedAt = (path: string) => {
    const record = only(projector.flush(true, Infinity), "field").findLast(({ field }) => field === path);
    return record === undefined ? undefined : JSON.parse(record.value).receivedAt as number;
  };
  return { project, receivedAt };
}

function rowKeys(writes: readonly Write[]): string[] {
  return only(writes, "row").map(({ key }) => key);
}

const level = [["1", "1", "0", "1"]];
const LATEST = { ts: String(AT), last: "1" };
const BAR = [String(AT), "1", "2", "0.5", "1.5", "10", "1", "1", "0"];

for (
  const [first, second, rows, keys] of [
    ["tickers:A", "spot/ticker:A", [{ instId: "A", ...LATEST }], ["spot/ticker:A"]],
    ["spot/ticker:A", "tickers:A", [{ instId: "A", ...LATEST }], ["tickers:A"]],
    ["spot/ticker:A", "swap/ticker:A", [{ instId: "A", ...LATEST }], ["swap/ticker:A"]],
    ["books5:A", "spot/depth5:A", [{ asks: [["2", "1", "0", "1"]], bids: level, ts: String(AT) }], [
      "spot/depth5:A",
    ]],
    ["candle1m:A", "spot/candle60s:A", [BAR], undefined],
    [
      "opt-summary:A-USD",
      "option/summary:A-USD",
      [{ instId: "A-USD-1", ts: String(AT) }, { instId: "A-USD-2", ts: String(AT) }],
      ["option/summary:A-USD-1", "option/summary:A-USD-2"],
    ],
  ] as const
) {
  Deno.test(`${second} has what ${first} has from its first moment on`, () => {
    const { project, receivedAt } = start();
    project(stateOf(first, "live"));
    project(rowsOf(first, rows, AT + 5));
    const reported = project(stateOf(second, "live", AT + 1000));
    if (keys !== undefined) assert.deepEqual(rowKeys(reported), keys.map((key) => `${P}/${key}`));
    assert.ok(only(reported, "row").length > 0 && published(reported).length > 0);
    assert.equal(receivedAt(second), AT + 5, "it is as old as it is");
    assert.deepEqual(only(project(stateOf(second, "live", AT + 1001)), "row"), [], "once");
  });
}

function bookOf(paths: readonly string[], state: BookView["state"], at = AT): SessionEvent {
  const topics = paths.map((path) => topicOf(path));
  const [bids, asks] = [level, [["2", "1", "0", "1"]]];
  const [topic] = topics;
  const frame = topic && frameOf(topic, [{ bids, asks, ts: String(AT), seqId: 5 }], { action: "update" });
  return { kind: "book", topics, frame, book: viewOf({ bids, asks, ts: String(AT), seqId: "5", state }), at };
}

for (const [first, second] of [["books:A", "spot/depth:A"], ["spot/depth:A", "books:A"]] as const) {
  Deno.test(`the whole book of ${first} is that of ${second} at once, as a snapshot`, () => {
    const { project, receivedAt } = start();
    project(stateOf(first, "live"));
    project(bookOf([first], "live", AT + 5));
    const reported = project(stateOf(second, "live", AT + 1000));
    const [row] = only(reported, "row");
    assert.deepEqual([row?.key, row?.row.state], [`${P}/${second}`, "live"]);
    const [[, one], [, whole]] = published(reported) as [[string, string], [string, string]];
    assert.equal(JSON.parse(one).bids.length, 1);
    const { action, arg, data } = JSON.parse(whole);
    assert.equal(action, second === "books:A" ? "snapshot" : "partial");
    if (second === "books:A") assert.deepEqual([arg, data[0].seqId], [{ channel: "books", instId: "A" }, 5]);
    else assert.equal(data[0].checksum, row?.row.checksum);
    assert.equal(receivedAt(second), AT + 5);
  });
}

Deno.test("a book that is not live is nobody's, and neither is one of before an outage", () => {
  const { project } = start();
  const joins = () => only(project(stateOf("spot/depth:A", "live")), "row");
  project(stateOf("books:A", "syncing"));
  project(bookOf(["books:A"], "syncing"));
  assert.deepEqual(joins(), []);
  project(stateOf("books:A", "live"));
  project(bookOf(["books:A"], "live"));
  project(stateOf("books:A", "stale"));
  project(stateOf("books:A", "live"));
  assert.deepEqual(joins(), []);
  project(bookOf(["books:A", "spot/depth:A"], "live"));
  assert.deepEqual(joins(), [], "it has come by itself");
});

Deno.test("a path that joins while another connection takes over takes nothing from the others", () => {
  const { project } = start();
  project(stateOf("tickers:A", "live"));
  project(rowsOf("tickers:A", [{ instId: "A", ...LATEST }]));
  project(stateOf("spot/ticker:A", "wanted"));
  assert.deepEqual(rowKeys(project(stateOf("spot/ticker:A", "live"))), [`${P}/spot/ticker:A`]);
});

for (
  const [first, second] of [["tickers:A", "spot/ticker:A"], [
    "opt-summary:A-USD",
    "option/summary:A-USD",
  ]] as const
) {
  Deno.test(`${second} gets what ${first} took last, not the older row that was left out since`, () => {
    const { project, receivedAt } = start();
    const push = (ts: number, at: number) =>
      project(rowsOf(first, [{ instId: "A-USD-1", last: String(ts), ts: String(AT + ts) }], AT + at));
    project(stateOf(first, "live"));
    assert.equal(only(push(1000, 0), "row").length, 1);
    for (const state of ["stale", "sent", "live"] as const) project(stateOf(first, state, AT + 10));
    assert.equal(only(push(500, 20), "row").length, 0, "it is left out");
    const [row, ...more] = only(project(stateOf(second, "live", AT + 30)), "row");
    assert.equal(Date.parse(String(row?.row.timestamp)), AT + 1000);
    assert.equal(more.length, 0);
    assert.equal(receivedAt(second), AT, "as old as it is");
    project(rowsOf(second, [{ instId: "A-USD-1", ts: String(AT + 600) }], AT + 40));
    assert.equal(receivedAt(second), AT, "nor is an older one taken from then on");
  });
}

Deno.test("of older rows, of streams and of what nobody wants any more nothing is reported", () => {
  const { project } = start();
  const row = (last: string, ts: number) => rowsOf("tickers:A", [{ instId: "A", last, ts: String(ts) }]);
  for (const path of ["tickers:A", "trades:A"]) project(stateOf(path, "live"));
  project(row("2", AT + 2));
  project(row("1", AT + 1));
  project(rowsOf("trades:A", [{ instId: "A", tradeId: "1", px: "1", sz: "1", side: "buy", ts: String(AT) }]));
  const [reported] = only(project(stateOf("spot/ticker:A", "live")), "row");
  assert.equal(reported?.row.last, "2");
  assert.deepEqual(published(project(stateOf("spot/trade:A", "live"))), []);
  for (const path of ["tickers:A", "spot/ticker:A"]) project(stateOf(path, "gone"));
  assert.deepEqual(only(project(stateOf("swap/ticker:A", "live")), "row"), []);
});
