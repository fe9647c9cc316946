/** A task that is called in the wrong way prints how it is meant. */
import assert from "node:assert/strict";
import { runChild } from "../../support/child.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

for (
  const script of [
    "scripts/soak/main.ts",
    "scripts/faults/main.ts",
    "scripts/bench/main.ts",
    "tests/referee/main.ts",
  ]
) {
  Deno.test(`${script} says how it is meant, and ends with 2 after a mistake`, async () => {
    const call = async (arg: string) =>
      await runChild(Deno.execPath(), ["run", "-A", "--no-check", script, arg], { cwd: ROOT });
    const [mistake, help] = await Promise.all([call("--bogus"), call("--help")]);
    assert.deepEqual([mistake.code, mistake.stdout], [2, ""]);
    assert.match(mistake.stderr, /^Unknown option '--bogus'\n\ndeno task \w+ \[/);
    assert.equal(help.code, 0, help.stderr);
    assert.match(help.stdout, /^deno task \w+ \[[^]+--bin PATH/);
  });
}
