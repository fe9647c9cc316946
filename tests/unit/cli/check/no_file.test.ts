/** `okws check` where there is nothing to check. */
import assert from "node:assert/strict";
import { run } from "../../../../src/cli/mod.ts";
import { testIo } from "../../../support/io.ts";

Deno.test("check without a file says where one is looked for, and what writes one", async () => {
  let notes = "";
  const io = testIo({ note: (line) => notes += `${line}\n`, environment: { OKWS_CONFIG: "" } });
  assert.equal(await run(["check"], io), 2);
  assert.match(notes, /There is no configuration file \(okws\.yaml, .*okws init writes one/);
});
