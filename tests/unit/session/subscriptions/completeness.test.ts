/** What puts in doubt that what is current is known, and what ends the doubt. */
import assert from "node:assert/strict";
import * as completeness from "../../../../src/session/subscriptions/completeness.ts";
import { BEHIND, missingRows, UNREADABLE_ROW } from "../../../../src/session/subscriptions/rejections.ts";
import { ACCEPTED, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { upstreamOf } from "../../../support/upstreams.ts";

function accepted(path: string, state: Upstream["state"]): Upstream {
  return upstreamOf(path, { state, answer: ACCEPTED });
}

Deno.test("a topic that joins has its lists fetched, where there are any", () => {
  assert.deepEqual(completeness.onTopicAdded(accepted("tickers:A", "live")), {});
  const joined = completeness.onTopicAdded(accepted("orders:ANY", "live"));
  assert.deepEqual(joined, { state: "syncing", list: true });
  assert.deepEqual(completeness.onTopicAdded(accepted("orders:ANY", "syncing")), { list: true });
  assert.deepEqual(completeness.onTopicAdded(accepted("orders:ANY", "stale")), {});
});

Deno.test("lists are fetched again at once, then not before a minute is over, and make nothing live until then", () => {
  const upstream = accepted("orders:ANY", "live");
  const first = completeness.onUnreadable(upstream, 1000);
  assert.deepEqual(first, { state: "syncing", refusal: UNREADABLE_ROW, list: true });
  upstream.state = "syncing";
  assert.deepEqual(completeness.onComplete(upstream), { state: "live" });
  upstream.state = "live";
  assert.deepEqual(completeness.onUnreadable(upstream, 2000), { state: "syncing", refusal: UNREADABLE_ROW });
  upstream.state = "syncing";
  assert.deepEqual(completeness.onComplete(upstream), {}, "those lists are from before");
  assert.deepEqual(completeness.onTime(upstream, 60_999), {});
  assert.deepEqual(completeness.onTime(upstream, 61_000), { list: true });
  assert.deepEqual(completeness.onComplete(upstream), { state: "live" });
});

Deno.test("a reason goes with the next row that can be read, and not with an empty push", () => {
  const upstream = { ...accepted("tickers:A", "live"), refusal: UNREADABLE_ROW };
  assert.deepEqual(completeness.onRowsWhileLive(upstream, 0), {});
  assert.deepEqual(completeness.onRowsWhileLive(upstream, 1), { state: "live" });
  assert.deepEqual(completeness.onRowsWhileLive(accepted("tickers:A", "live"), 1), {});
});

Deno.test("a list that cannot be had is the reason of what is syncing, and only missing rows of what is live", () => {
  const failed = { code: "502", message: "" };
  assert.deepEqual(completeness.onTrouble(accepted("orders:ANY", "live"), failed), {});
  const syncing = accepted("orders:ANY", "syncing");
  assert.deepEqual(completeness.onTrouble(syncing, failed), { state: "syncing", refusal: failed });
  const missing = missingRows(2);
  const doubted = completeness.onTrouble(accepted("orders:ANY", "live"), missing);
  assert.deepEqual(doubted, { state: "syncing", refusal: missing });
  assert.deepEqual(completeness.onTrouble(accepted("tickers:A", "live"), missing), {});
});

Deno.test("an old book is said to be behind once, and is live when it has caught up", () => {
  const upstream = accepted("books:A", "live");
  assert.deepEqual(completeness.onBookComplete(upstream), {});
  assert.deepEqual(completeness.onBookBehind(upstream), { state: "syncing", refusal: BEHIND });
  Object.assign(upstream, { state: "syncing", refusal: BEHIND });
  assert.deepEqual(completeness.onBookBehind(upstream), {});
  assert.deepEqual(completeness.onBookComplete(upstream), { state: "live" });
});
