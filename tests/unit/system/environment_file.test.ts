/** Files of variables as systemd reads them. */
import assert from "node:assert/strict";
import { parseEnvironmentFile } from "../../../src/system/environment_file.ts";

Deno.test("parseEnvironmentFile() reads what systemd reads", () => {
  const text = [
    "# OKX_SECRET=no",
    "; neither=this",
    "PLAIN=a b ",
    "  INDENTED=1",
    "SINGLE='a $b \"c\"'",
    'DOUBLE="a \\"b\\" \\\\ \\$c"',
    "EMPTY=",
    "LONG=one \\",
    "two",
    "export SHELL_ONLY=1",
    "9=no",
    "PLAIN=later",
    "EQUALS=a=b",
  ].join("\n");
  assert.deepEqual(parseEnvironmentFile(text), {
    PLAIN: "later",
    INDENTED: "1",
    SINGLE: 'a $b "c"',
    DOUBLE: 'a "b" \\ $c',
    EMPTY: "",
    LONG: "one two",
    EQUALS: "a=b",
  });
  assert.deepEqual(parseEnvironmentFile(""), {});
});
