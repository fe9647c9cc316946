/** Instruments that are gone and instruments that come to be. */
import assert from "node:assert/strict";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { type Listing, ListingWatch } from "../../../../src/session/recovery/listing_watch.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../../support/topics.ts";

const SPOT = topicOf("instruments:SPOT");

function frame(action: string | undefined, rows: Row[]): DataFrame {
  return { kind: "data", arg: SPOT.arg, rows, action, text: "" };
}

Deno.test("an instrument is gone when it says so, or when a new list has it no longer", () => {
  const received: Listing[] = [];
  const watch = new ListingWatch({
    ...{
      server: "test",
      rest: { url: "", headers: {} },
      stats: { unreadable: 0 },
      turn: () => Promise.resolve(),
      desired: () => [],
    },
    onListing: (listing) => received.push(listing),
  });
  watch.onRows(
    [SPOT],
    frame("list", [{ instId: "A-B" }, { instId: "C-D" }, { instId: "E-F", state: "expired" }]),
  );
  watch.onRows(
    [SPOT],
    frame(undefined, [{ instId: "A-B", state: "expired" }, { instId: "G-H", state: "live" }]),
  );
  watch.onRows([SPOT], frame("list", [{ instId: "X-D" }]));
  assert.deepEqual(received.map(({ gone }) => [...gone]), [["E-F"], ["A-B"], ["A-B", "C-D"]]);
  assert.deepEqual(received.map(({ listed }) => [...listed]), [["A-B", "C-D"], ["G-H"], ["X-D"]]);
});

Deno.test("the list of some families says nothing of others, and each is compared with itself", () => {
  const gone: string[] = [];
  const watch = new ListingWatch({
    ...{ server: "test", rest: { url: "", headers: {} }, stats: { unreadable: 0 } },
    ...{ turn: () => Promise.resolve(), desired: () => [] },
    onListing: (listing) => gone.push(...listing.gone),
  });
  const list = (paths: string[], ...ids: string[]) =>
    watch.onRows(paths.map(topicOf), frame("list", ids.map((instId) => ({ instId }))));
  const [all, some] = ["instruments:OPTION", "option/instruments:A-USD"] as const;
  list([some, all], "A-USD-1", "A-USD-2", "B-USD-1");
  list([some], "A-USD-1", "A-USD-2");
  assert.deepEqual(gone, []);
  list([some], "A-USD-1");
  list([all, some], "A-USD-1");
  assert.deepEqual(gone, ["A-USD-2", "A-USD-2", "B-USD-1"]);
});

Deno.test("what a list lacks is gone when a second one lacks it, too", async () => {
  const lists = [["A", "B", "C"], ["A"], ["A", "C"], [], [], [], ["A"]];
  let calls = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    const data = (lists[calls++] ?? []).map((instId) => ({ instId }));
    return Response.json({ code: "0", msg: "", data });
  });
  const received: string[] = [];
  const watch = new ListingWatch({
    ...{ server: "test", rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} } },
    ...{ stats: { unreadable: 0 }, turn: () => Promise.resolve(), desired: () => [], agreeMs: 1 },
    onListing: ({ gone, listed }) => received.push(`${[...gone]} of ${[...listed]}`),
  });
  const { signal } = new AbortController();
  for (let i = 0; i < 4; i++) await watch.look({ instType: "SPOT" }, signal);
  assert.deepEqual([received, calls], [[" of A,B,C", "B of A,C", "C of A"], 7]);
});

Deno.test("what is subscribed of an instrument that is gone says so, and is asked for when it is there again", () => {
  const subscriptions = new Subscriptions(Date.now);
  for (const path of ["tickers:A-B", "trades:A-B", "tickers:C-D"]) subscriptions.add(topicOf(path));
  subscriptions.onUp();
  const due = (now: number) =>
    subscriptions.due(now, { chunk: (args) => args.length === 0 ? [] : [[...args]] }).requests;
  due(0);
  for (const path of ["tickers:A-B", "trades:A-B", "tickers:C-D"]) {
    const { arg } = topicOf(path);
    subscriptions.onAck({ kind: "ack", op: "subscribe", arg, id: undefined, event: {} }, 1);
  }
  const changes = subscriptions.onExpired(new Set(["A-B", "NOT-HERE"]), 2);
  assert.deepEqual(changes.map(({ topic, state, refusal }) => `${topic.path} ${state} ${refusal?.code}`), [
    "tickers:A-B refused expired",
    "trades:A-B refused expired",
  ]);
  assert.deepEqual(due(3).map(({ op, args }) => [op, args.length]), [["unsubscribe", 2]]);
  assert.deepEqual(subscriptions.onExpired(new Set(["A-B"]), 4), []);
  assert.deepEqual(due(5), []);
  assert.equal(subscriptions.onInstruments(new Set(["Z-Z"])), false);
  assert.equal(subscriptions.onInstruments(new Set(["A-B"])), true);
  assert.deepEqual(due(20_000).map(({ op, args }) => [op, args.length]), [["subscribe", 2]]);
});

Deno.test("a path of the account outlives its instrument", () => {
  const subscriptions = new Subscriptions(Date.now);
  subscriptions.add(topicOf("spot/order:A-B"));
  subscriptions.onUp();
  assert.deepEqual(subscriptions.onExpired(new Set(["A-B"]), 1), []);
});
