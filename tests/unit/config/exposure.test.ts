/** Who can read a configuration file, and which secrets are plain in it. */
import assert from "node:assert/strict";
import { exposureNote, isReadableByOthers } from "../../../src/config/exposure.ts";
import { plainSecrets } from "../../../src/config/secrets.ts";

Deno.test("isReadable() looks at the mode, the owner and the group of a file", async (t) => {
  const table: [string, Parameters<typeof isReadableByOthers>[0], boolean][] = [
    ["its owner alone", { mode: 0o600, uid: 1000, gid: 100 }, false],
    ["everybody", { mode: 0o644, uid: 1000, gid: 1000 }, true],
    ["everybody, not the group", { mode: 0o604, uid: 1000, gid: 100 }, true],
    ["everybody, of root's", { mode: 0o644, uid: 0, gid: 0 }, true],
    ["a group of many", { mode: 0o640, uid: 1000, gid: 100 }, true],
    ["the group of its user alone", { mode: 0o660, uid: 1000, gid: 1000 }, false],
    ["the group that root gave it to", { mode: 0o640, uid: 0, gid: 997 }, false],
    ["no modes here", { mode: null, uid: null, gid: null }, false],
  ];
  for (const [name, file, readable] of table) {
    await t.step(name, () => assert.equal(isReadableByOthers(file), readable));
  }
});

Deno.test("exposureNote() names the secrets and what to do, only where both are true", () => {
  const exposure = { mode: "644", secrets: ["HTTP_PASSWORD", "servers[0].secret"], readable: true };
  const note = exposureNote(exposure)?.english ?? "";
  assert.match(note, /^mode 644: other users can read HTTP_PASSWORD, servers\[0\]\.secret; chmod 600/);
  assert.equal(exposureNote({ ...exposure, readable: false }), undefined);
  assert.equal(exposureNote({ ...exposure, secrets: [] }), undefined);
});

Deno.test("plainSecrets() finds a secret under whatever name and place it has, an anchor's too", () => {
  const text = `
keys: &keys { apiKey: a, secret: "\${S}", passphrase: 7 }
settings:
  HTTP_PASSWORD: "\${P}x"
  REDIS_PASSWORD_FILE: /run/secrets/redis
  REDIS_URL: "unix:/x?password=y"
servers:
  - { <<: *keys, name: one, password: "\${P}" }
`;
  assert.deepEqual(plainSecrets(text), [
    "keys.apiKey",
    "keys.passphrase",
    "HTTP_PASSWORD",
    "REDIS_URL",
    "servers[0].apiKey",
    "servers[0].passphrase",
  ]);
});
