/** Events that an earlier process received, and that the exchange says again. */
import assert from "node:assert/strict";
import { RepeatedEvents } from "../../../../src/session/recovery/repeated_events.ts";

const event = (id: number) => ({ instId: "X", tradeId: String(id), ts: String(1_795_800_000_000 + id) });
const row = (...ids: number[]) => ({ instType: "SWAP", instId: "X", details: ids.map(event) });

Deno.test("what is older than everything that a full stream has is not new", () => {
  const repeats = new RepeatedEvents();
  repeats.resumeFrom([4, 5, 6].map(event), true);
  assert.deepEqual(repeats.fresh([1, 2, 3, 4, 5, 6, 7].map(event)), [event(7)]);
  assert.deepEqual(repeats.fresh([row(2, 8), row(3)]), [row(8)]);
});

Deno.test("of a stream with room left only what is there is not new", () => {
  const repeats = new RepeatedEvents();
  repeats.resumeFrom([4, 5, 6].map(event));
  assert.deepEqual(repeats.fresh([3, 4, 7].map(event)), [event(3), event(7)]);
});
