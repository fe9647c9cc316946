/** A fault of our own, in the midst of fetching, ends the fetch and leaves no timer behind. */
import assert from "node:assert/strict";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { Backfiller } from "../../../../src/session/recovery/backfill.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";
import { HistoryFetcher } from "../../../../src/session/recovery/history.ts";
import { topicOf } from "../../../support/topics.ts";
import { withTimeout } from "../../../support/wait.ts";

const NOW = Date.UTC(2026, 10, 27, 12);

/** Nobody answers there. */
const REST = { rest: { url: "http://127.0.0.1:1", headers: {} }, turn: () => Promise.resolve() };

function breaks(): never {
  throw new Error("broken on purpose");
}

function push(topic: DataFrame["arg"], ...tradeIds: number[]): DataFrame {
  const rows = tradeIds.map((id) => ({ instId: "X", tradeId: String(id), px: "1", ts: String(NOW) }));
  return { kind: "data", arg: topic, rows, action: undefined, text: "" };
}

Deno.test("a fault while a gap is fetched is what run() rejects with", async () => {
  const topic = topicOf("trades:X");
  const tracker = new GapTracker({
    emit: () => {},
    clock: () => NOW,
    onGap: (key) => filler.schedule(key),
  });
  const filler = new Backfiller({
    ...REST,
    tracker,
    clock: () => NOW,
    stats: {
      get unreadable() {
        return breaks();
      },
    },
    timing: {
      ...{ debounceMs: 1, lagMs: 60_000, failMs: 60_000, quietMs: 60_000, idleMs: 2 },
      retry: { baseMs: 2, capMs: 10 },
    },
  });
  const work = filler.run(new AbortController().signal);
  tracker.want(topic);
  tracker.onLive(topic);
  tracker.onRows(topic, push(topic.arg, 10, 101), NOW);
  await withTimeout("the end", assert.rejects(work, /broken on purpose/));
});

Deno.test("a fault while history is fetched is what run() rejects with", async () => {
  const topic = topicOf("trades:X");
  const fetcher = new HistoryFetcher({
    ...REST,
    server: "test",
    clock: breaks,
    rows: 10,
    emit: () => {},
    timing: { quietMs: 1, failMs: 60_000, retry: { baseMs: 2, capMs: 10 } },
  });
  const work = fetcher.run(new AbortController().signal);
  fetcher.want(topic);
  fetcher.onLive(topic);
  await withTimeout("the end", assert.rejects(work, /broken on purpose/));
});
