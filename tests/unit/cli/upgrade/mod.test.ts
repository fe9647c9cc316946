/** What a releases page says, and which of two versions is the newer. */
import assert from "node:assert/strict";
import { compareVersions, parseRelease } from "../../../../src/cli/upgrade/mod.ts";

Deno.test("versions are compared by their numbers, and a suffix comes before", () => {
  const sorted = ["1.9.9", "2.0.0-rc.1", "2.0.0", "2.0.10", "2.1.0", "10.0.0"];
  assert.deepEqual([...sorted].reverse().sort(compareVersions), sorted);
  assert.equal(compareVersions("2.0.0", "2.0.0"), 0);
});

Deno.test("a release is its tag and its page, and nothing else is one", () => {
  const page = "https://example.org/v2.1.0";
  assert.deepEqual(parseRelease(JSON.stringify({ tag_name: "v2.1.0", html_url: page })), {
    version: "2.1.0",
    page,
  });
  for (
    const text of ["", "<html>", "null", "{}", '{"tag_name":"latest"}', '{"tag_name":"v2.1.0\\u001b[2J"}']
  ) {
    assert.throws(() => parseRelease(text), /no release/, text);
  }
});
