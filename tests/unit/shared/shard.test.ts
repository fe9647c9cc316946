/** SHARD as it is written, and as the host name of a pod says it. */
import assert from "node:assert/strict";
import { formatShard, parseShard, shardsOf, shardTag } from "../../../src/shared/shard.ts";

Deno.test("a shard is one of a number, or that of the number at the end of the host name", () => {
  assert.deepEqual(parseShard("2/3", "any"), { index: 2, count: 3 });
  assert.deepEqual(parseShard("1/1", "any"), { index: 1, count: 1 });
  assert.deepEqual(parseShard("auto/3", "okws-0"), { index: 1, count: 3 });
  assert.deepEqual(parseShard("auto/3", "okws-2.okws.default.svc"), { index: 3, count: 3 });
  // Those beyond stand by.
  assert.deepEqual(parseShard("auto/3", "okws-4"), { index: 2, count: 3 });
  for (const text of ["0/3", "4/3", "3", "1/17", "1/0", "a/3", "1/3 ", ""]) {
    assert.equal(parseShard(text, "okws-0"), undefined, text);
  }
  for (const name of ["okws", "okws-", "okws-x", "okws1", ""]) {
    assert.equal(parseShard("auto/3", name), undefined, name);
  }
});

Deno.test("a shard is shown as it is written, and stands in keys without a slash", () => {
  assert.deepEqual(shardsOf(2).map(formatShard), ["1/2", "2/2"]);
  assert.deepEqual(shardsOf(2).map(shardTag), ["1-2", "2-2"]);
});
