/** Which accepted subscriptions are silent for longer than their channel promises. */
import assert from "node:assert/strict";
import { awaitsRow, checkLiveness, continueCounts } from "../../../../src/session/subscriptions/liveness.ts";
import { ACCEPTED, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { upstreamOf } from "../../../support/upstreams.ts";

/** A mark price comes every 10 s at least. */
function accepted(path = "mark-price:A"): Upstream {
  return upstreamOf(path, { state: "live", answer: ACCEPTED });
}

Deno.test("silence counts from the first look, is renewed, and is stuck with twice the patience", () => {
  const upstream = accepted();
  const at = (now: number) => checkLiveness(upstream, now, 1);
  assert.deepEqual([at(5000), at(14_999), at(15_000)], ["alive", "alive", "silent"]);
  assert.equal(awaitsRow(upstream), true);
  assert.deepEqual([at(24_999), at(25_000)], ["alive", "stuck"]);
});

Deno.test("a row ends the silence, and the renewals with it", () => {
  const upstream = accepted();
  checkLiveness(upstream, 0, 1);
  checkLiveness(upstream, 10_000, 1);
  upstream.counts.rows += 1;
  assert.equal(awaitsRow(upstream), false);
  assert.equal(checkLiveness(upstream, 19_000, 1), "alive");
  assert.equal(upstream.silence.renewals, 0);
  assert.equal(checkLiveness(upstream, 29_000, 1), "silent");
});

Deno.test("what promises nothing, or is not accepted, is left alone", () => {
  const quiet = accepted("liquidation-orders:SWAP");
  const unanswered = upstreamOf("mark-price:A", { state: "live" });
  for (const upstream of [quiet, unanswered]) {
    for (const now of [0, 1_000_000, 2_000_000]) assert.equal(checkLiveness(upstream, now, 1), "alive");
  }
});

Deno.test("another connection goes on with the counts, and awaits the same row", () => {
  const [own, other] = [accepted(), accepted()];
  Object.assign(other.counts, { rows: 3, receivedAt: 77 });
  Object.assign(other.silence, { rowsSeen: 3, renewals: 2 });
  continueCounts(own, other);
  assert.deepEqual([own.counts.rows, own.counts.receivedAt, awaitsRow(own)], [3, 77, true]);
});
