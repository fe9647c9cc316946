/** Whether what a list of the exchange lacks is gone. */
import assert from "node:assert/strict";
import { DEFAULT_LIST_TIMING, Lacking, pauseOf } from "../../../src/session/lacking.ts";

Deno.test("what lists lack is gone when lists far enough apart all lack it", () => {
  const lacking = new Lacking({ ...DEFAULT_LIST_TIMING, agreeMs: 10_000 });
  assert.deepEqual(lacking.take(["1", "2"], 0), ["1", "2"]);
  assert.deepEqual(lacking.take(["1"], 6000), ["1"]);
  // One that was listed in between begins again.
  assert.deepEqual(lacking.take(["1", "2"], 14_000), ["2"]);
  assert.deepEqual(lacking.take(["2"], 24_000), []);
});

Deno.test("the looks at what is missing are 2, 4 and 8 seconds apart", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => pauseOf(DEFAULT_LIST_TIMING, attempt)), [
    ...[2000, 4000, 8000, 8000],
  ]);
});
