/** Whether what a list of the exchange lacks is gone. */
import assert from "node:assert/strict";
import {
  DEFAULT_LIST_TIMING,
  type ListAbsence,
  MissingFromLists,
  pauseOf,
  repeatChecks,
} from "../../../../src/session/recovery/missing_from_lists.ts";

Deno.test("what lists lack is gone when lists far enough apart all lack it", () => {
  const lacking = new MissingFromLists({ agreeMs: 10_000 });
  const take = (ids: string[], askedAt: number, cameAt?: number) => {
    const { gone, doubted } = lacking.take(ids, askedAt, cameAt);
    return { gone, doubted };
  };
  assert.deepEqual(take(["1", "2"], 0), { gone: [], doubted: ["1", "2"] });
  assert.deepEqual(take(["1"], 6000), { gone: [], doubted: ["1"] });
  // One that was listed in between begins again.
  assert.deepEqual(take(["1", "2"], 14_000), { gone: ["1"], doubted: ["2"] });
  assert.deepEqual(take(["2"], 24_000), { gone: ["2"], doubted: [] });
  // A list that failed for long was asked for when it came.
  assert.deepEqual(take(["3"], 30_000, 50_000), { gone: [], doubted: ["3"] });
  assert.deepEqual(take(["3"], 52_000), { gone: [], doubted: ["3"] });
  assert.deepEqual(take(["3"], 60_000), { gone: ["3"], doubted: [] });
});

Deno.test("what was pushed shortly before a list is not in doubt yet, and what was pushed since is in no list", () => {
  const lacking = new MissingFromLists({ agreeMs: 10_000 });
  lacking.onPushed("1", 1000);
  lacking.onPushed("2", 5000);
  assert.deepEqual(lacking.take(["1", "2"], 4000), { gone: [], doubted: [], recent: ["1"] });
  assert.deepEqual(lacking.take(["1", "2"], 11_001), { gone: [], doubted: ["1"], recent: ["2"] });
  assert.deepEqual(lacking.take(["1", "2"], 21_001), { gone: ["1"], doubted: ["2"], recent: [] });
});

Deno.test("lists are looked at until nothing is in doubt, and a few times for what was pushed shortly before", async () => {
  const looks = async (found: readonly Partial<ListAbsence>[]) => {
    const troubles: string[] = [];
    let n = 0;
    await repeatChecks({
      timing: { agreeMs: 0, pauseMs: 0, checksMs: [] },
      signal: new AbortController().signal,
      onTrouble: ({ message }) => troubles.push(message.slice(0, 1)),
    }, () => Promise.resolve({ doubted: [], recent: [], ...found[n++] }));
    return [n, troubles.join("")];
  };
  assert.deepEqual(await looks([]), [1, ""]);
  assert.deepEqual(await looks([{ doubted: ["1", "2"] }, { doubted: ["2"] }]), [3, "21"]);
  assert.deepEqual(await looks(Array(9).fill({ recent: ["1"] })), [4, ""]);
});

Deno.test("the looks at what is missing are 2, 4 and 8 seconds apart", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => pauseOf(DEFAULT_LIST_TIMING, attempt)), [
    ...[2000, 4000, 8000, 8000],
  ]);
});
