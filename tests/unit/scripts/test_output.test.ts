/** What the test tasks read of a run, and the order in which they give files to processes. */
import assert from "node:assert/strict";
import { deal } from "../../../scripts/test/bundles.ts";
import { createOutputReader, type Tally } from "../../../scripts/test/output.ts";
import { renderCount, renderSkipped } from "../../../scripts/test/report.ts";

const RUN = `running 4 tests from ./bundle_1.ts
./bundle_1.ts => good one ... ok (647µs)
./bundle_1.ts => a page [needs chromium] ... ignored (0ms)
------- output -------
./bundle_1.ts => bad ...----- output end -----
./bundle_1.ts => bad ... FAILED (1ms)
./bundle_1.ts => steps ... s1 ... ok (0ms)
./bundle_1.ts => steps ... a block [needs jq, curl] ... ignored (0ms)
./bundle_1.ts => steps ... ok (2ms)

 ERRORS 

bad => ./tests/a.test.ts:3:6
error: Error: boom ... ok (5ms)

 FAILURES 

bad => ./tests/a.test.ts:3:6

FAILED | 2 passed (1 step) | 1 failed | 1 ignored (1 step) (109ms)
`;

function read(text: string): Tally {
  const reader = createOutputReader();
  for (const line of text.split("\n")) reader.take(line);
  return reader.tally;
}

Deno.test("createOutputReader() counts tests, keeps failures and sorts what was skipped by what it needs", () => {
  const { passed, failed, failing, errors, skipped, complete } = read(RUN);
  assert.deepEqual({ passed, failed, complete }, { passed: 2, failed: 1, complete: true });
  assert.deepEqual(failing, ["bad => ./tests/a.test.ts:3:6"]);
  assert.ok(errors.includes("error: Error: boom ... ok (5ms)"));
  assert.deepEqual([...skipped.keys()], ["chromium", "jq", "curl"]);
});

Deno.test("createOutputReader() counts what was until a run broke off, and knows that it did", () => {
  const { passed, failed, complete } = read(RUN.slice(0, RUN.indexOf(" ERRORS ")));
  assert.deepEqual({ passed, failed, complete }, { passed: 2, failed: 1, complete: false });
});

Deno.test("the last lines say once what was skipped, with the remedy, and count a test with two needs once", () => {
  const tallies = [read(RUN), read(RUN)];
  assert.match(
    renderSkipped(tallies),
    /^Skipped: 2 for want of chromium \(apt-get install chromium[^)]*\); 2 for want of jq [^;]*; 2 for want of curl [^;]*$/,
  );
  assert.equal(renderCount(tallies), "4 passed, 2 failed, 2 skipped");
  assert.equal(renderSkipped([read("ok | 1 passed | 0 failed (1ms)")]), "");
});

Deno.test("deal() gives every file to one hand, in an order that the seed alone decides", () => {
  const files = Array.from({ length: 23 }, (_, i) => `file_${i}`);
  const hands = deal(files, 4, 7);
  assert.deepEqual(hands.map(({ length }) => length), [6, 6, 6, 5]);
  assert.deepEqual(hands.flat().toSorted(), files.toSorted());
  assert.deepEqual(deal(files, 4, 7), hands);
  assert.notDeepEqual(deal(files, 4, 8), hands);
  assert.equal(deal(files.slice(0, 2), 4, 7).length, 2);
});
