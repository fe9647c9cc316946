/** What is buffered of the events of a server while the service stands by, and in which order it is passed on. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { isBufferable, StandbyBuffer } from "../../../../src/session/standby/standby_buffer.ts";
import { topicOf } from "../../../support/topics.ts";

function pushOf(path: string, rows: readonly unknown[], at: number): SessionEvent {
  const topic = topicOf(path);
  const frame = {
    kind: "data",
    arg: topic.arg,
    rows,
    action: "update",
    text: JSON.stringify(rows),
  } as DataFrame;
  return { kind: "rows", topics: [topic], frame, at };
}

function stateOf(path: string, state: "live" | "stale", at: number): SessionEvent {
  return { kind: "subscription", topic: topicOf(path), state, refusal: undefined, at };
}

function rowsOf(buffer: StandbyBuffer): unknown[] {
  return [...buffer.release()].flatMap(({ event }) =>
    event.kind === "rows" ? [...event.frame.rows] : [event.kind]
  );
}

Deno.test("of latest rows the newest of each key is kept, of series every push", () => {
  const now = Date.now();
  const buffer = new StandbyBuffer({ keepMs: 60_000, maxBytes: 1e6 });
  buffer.add(undefined, { kind: "opened", at: now });
  for (const path of ["tickers:A-USDT", "trades:A-USDT"]) buffer.add(undefined, stateOf(path, "live", now));
  buffer.add(undefined, pushOf("tickers:A-USDT", [{ instId: "A-USDT", last: "1" }], now));
  buffer.add(undefined, pushOf("trades:A-USDT", [{ instId: "A-USDT", tradeId: "1" }], now));
  buffer.add(undefined, pushOf("trades:A-USDT", [{ instId: "A-USDT", tradeId: "2" }], now));
  buffer.add(undefined, pushOf("tickers:A-USDT", [{ instId: "A-USDT", last: "2" }], now));
  assert.deepEqual(rowsOf(buffer), [
    ...["opened", "subscription", "subscription"],
    { instId: "A-USDT", last: "2" },
    { instId: "A-USDT", tradeId: "1" },
    { instId: "A-USDT", tradeId: "2" },
  ]);
});

Deno.test("of a bar that goes on the newest push is kept", () => {
  const now = Date.now();
  const buffer = new StandbyBuffer({ keepMs: 60_000, maxBytes: 1e6 });
  for (const close of ["1", "2", "3"]) {
    buffer.add(
      undefined,
      pushOf("candle1m:A-USDT", [["60000", "1", "1", "1", close, "1", "1", "1", "0"]], now),
    );
  }
  buffer.add(undefined, pushOf("candle1m:A-USDT", [["120000", "1", "1", "1", "4", "1", "1", "1", "0"]], now));
  assert.deepEqual(rowsOf(buffer).map((row) => (row as string[])[4]), ["3", "4"]);
});

Deno.test("pushes of series that are older than what is kept are forgotten, and those beyond the bytes", () => {
  const now = Date.now();
  const path = "trades:A-USDT";
  const buffer = new StandbyBuffer({ keepMs: 10_000, maxBytes: 2000 });
  buffer.add(undefined, stateOf(path, "live", now - 60_000));
  buffer.add(undefined, pushOf(path, [{ tradeId: "1" }], now - 50_000));
  buffer.add(undefined, pushOf(path, [{ tradeId: "2" }], now - 5000));
  const { upstream } = topicOf(path);
  assert.equal(buffer.bufferedSince(upstream, now), now - 50_000, "the last one that is not kept any more");
  buffer.add(undefined, pushOf(path, [{ tradeId: "3", px: "1".repeat(1500) }], now - 4000));
  assert.equal(buffer.bufferedSince(upstream, now), now - 5000);
  assert.deepEqual(rowsOf(buffer).slice(1).map((row) => (row as { tradeId: string }).tradeId), ["3"]);
});

Deno.test("what is not live any more leaves no latest row, and is buffered from when it is live again", () => {
  const now = Date.now();
  const path = "tickers:A-USDT";
  const buffer = new StandbyBuffer({ keepMs: 10_000, maxBytes: 2000 });
  const { upstream } = topicOf(path);
  assert.equal(buffer.bufferedSince(upstream, now), Infinity);
  buffer.add(undefined, stateOf(path, "live", now - 3000));
  buffer.add(undefined, pushOf(path, [{ instId: "A-USDT", last: "1" }], now - 2000));
  buffer.add(undefined, stateOf(path, "stale", now - 1000));
  assert.deepEqual(rowsOf(buffer), ["subscription"]);
  buffer.add(undefined, stateOf(path, "live", now - 500));
  assert.equal(buffer.bufferedSince(upstream, now), now - 500);
});

Deno.test("what is listed, or of an account, is not buffered", () => {
  const paths = ["tickers:A-USDT", "trades:A-USDT", "books:A-USDT", "candle1m:A-USDT", "bbo-tbt:A-USDT"];
  for (const path of paths) assert.ok(isBufferable(topicOf(path)), path);
  for (const path of ["orders:SPOT", "positions:SWAP", "account", "instruments:SPOT"]) {
    assert.ok(!isBufferable(topicOf(path)), path);
  }
});

Deno.test("a series of which nothing was forgotten is buffered since it is live, however long that is", () => {
  const now = Date.now();
  const buffer = new StandbyBuffer({ keepMs: 10_000, maxBytes: 2000 });
  for (const path of ["liquidation-orders:SWAP", "trades:A-USDT"]) {
    buffer.add(undefined, stateOf(path, "live", now - 3_600_000));
  }
  buffer.add(undefined, pushOf("trades:A-USDT", [{ tradeId: "1" }], now - 20_000));
  buffer.add(undefined, pushOf("trades:A-USDT", [{ tradeId: "2" }], now - 9000));
  assert.equal(buffer.bufferedSince(topicOf("liquidation-orders:SWAP").upstream, now), now - 3_600_000);
  assert.equal(buffer.bufferedSince(topicOf("trades:A-USDT").upstream, now), now - 20_000);
});

Deno.test("the rows of a series are those since its last break", () => {
  const now = Date.now();
  const path = "trades:A-USDT";
  const buffer = new StandbyBuffer({ keepMs: 60_000, maxBytes: 1e6 });
  buffer.add(undefined, stateOf(path, "live", now));
  buffer.add(undefined, pushOf(path, [{ tradeId: "1" }], now));
  buffer.add(undefined, stateOf(path, "stale", now));
  // The first push may come before the state.
  buffer.add(undefined, pushOf(path, [{ tradeId: "3" }], now));
  buffer.add(undefined, stateOf(path, "live", now));
  buffer.add(undefined, pushOf("trades:B-USDT", [{ tradeId: "4" }], now));
  buffer.add(undefined, pushOf(path, [{ tradeId: "5" }], now));
  const ids = [...buffer.rowsOf(topicOf(path).upstream)].map((row) => (row as { tradeId: string }).tradeId);
  assert.deepEqual(ids, ["3", "5"]);
});
