/** Where `okws record` writes. */
import assert from "node:assert/strict";
import { chooseFolder } from "../../../../src/cli/record/sources.ts";

Deno.test("without --out it is never the folder of the service, however that is written", () => {
  assert.deepEqual(chooseFolder(undefined, undefined), { folder: "recording", ofService: undefined });
  const elsewhere = "/var/lib/okws/recording";
  assert.deepEqual(chooseFolder(undefined, elsewhere), { folder: "recording", ofService: elsewhere });
  for (const same of ["recording", "./recording", "recording/", `${Deno.cwd()}/x/../recording`]) {
    assert.deepEqual(chooseFolder(undefined, same), { folder: "recording-by-hand", ofService: same });
  }
  assert.deepEqual(chooseFolder("recording", "recording"), { folder: "recording", ofService: undefined });
});
