/** Whether a user may read or run a file. */
import assert from "node:assert/strict";
import { mayRead, mayRun } from "../../../src/system/access.ts";

const ROOT = { mode: 0o40755, uid: 0, gid: 0 };

Deno.test("mayRead() wants every folder searchable and the file readable, by the third that counts", () => {
  const file = { mode: 0o100640, uid: 5, gid: 50 };
  assert.equal(mayRead([ROOT, file], { uid: 5, gids: [] }), true);
  assert.equal(mayRead([ROOT, file], { uid: 6, gids: [7, 50] }), true);
  assert.equal(mayRead([ROOT, file], { uid: 6, gids: [7] }), false);
  assert.equal(mayRead([ROOT, file], { gids: [] }), false);
  assert.equal(mayRead([ROOT, { ...file, mode: 0o100604 }], { gids: [] }), true);
  // An owner is not one of the others, even where these may do more.
  assert.equal(mayRead([ROOT, { ...file, mode: 0o100004 }], { uid: 5, gids: [] }), false);
  assert.equal(mayRead([{ ...ROOT, mode: 0o40700 }, { ...file, mode: 0o100644 }], { gids: [] }), false);
  assert.equal(mayRead([{ ...ROOT, mode: 0o40711 }, { ...file, mode: 0o100644 }], { gids: [] }), true);
  assert.equal(
    mayRead([{ ...ROOT, mode: 0o40000 }, { ...file, mode: 0o100000 }], { uid: 0, gids: [] }),
    true,
  );
});

Deno.test("mayRun() wants the file executable", () => {
  assert.equal(mayRun([ROOT, { ...ROOT, mode: 0o100755 }], { gids: [] }), true);
  assert.equal(mayRun([ROOT, { ...ROOT, mode: 0o100744 }], { gids: [] }), false);
});
