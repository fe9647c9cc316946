/** What `serve` could not use of the way to Redis is a fault of the file, so that `check` finds it too. */
import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/shared/errors.ts";

async function faultsOf(settings: Record<string, string>, environment = {}): Promise<string[]> {
  const error = await loadConfig({ flags: settings, environment }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error !== undefined && !(error instanceof ConfigError)) throw error;
  return error === undefined ? [] : error.issues.map(({ path, message }) => `${path}: ${message}`);
}

Deno.test("loadConfig() refuses files of the way to Redis that are not there or are something else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  const at = (name: string) => `${folder}/${name}`;
  try {
    await Deno.writeTextFile(at("empty"), "\n");
    await Deno.writeTextFile(at("two"), "one\ntwo\n");
    await Deno.writeTextFile(at("one"), "a word\n\n");
    await Deno.writeTextFile(at("pem"), "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
    await Deno.writeTextFile(
      at("key"),
      "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n",
    );
    const urls: [string, string | undefined][] = [
      [`rediss://h?ca=${at("none")}`, `cannot read ${at("none")}: there is no such file`],
      [`rediss://h?ca=${at("one")}`, `cannot read ${at("one")}: has no certificate in PEM form`],
      [`rediss://h?ca=${at("key")}`, `cannot read ${at("key")}: has no certificate in PEM form`],
      [
        `rediss://h?cert=${at("pem")}&key=${at("pem")}`,
        `cannot read ${at("pem")}: has no private key in PEM form`,
      ],
      [`rediss://h?cert=${at("pem")}&key=${at("none")}`, `cannot read ${at("none")}: there is no such file`],
      [`redis://h?password_file=${folder}`, `cannot read ${folder}: is not a file`],
      [`redis://h?password_file=${at("empty")}`, `cannot read ${at("empty")}: is empty`],
      [`redis://h?password_file=${at("two")}`, `cannot read ${at("two")}: has more than one line`],
      [
        `redis+sentinel://h/m?sentinel_password_file=${at("none")}`,
        `cannot read ${at("none")}: there is no such file`,
      ],
      [`redis://h?password_file=${at("one")}`, undefined],
      [`rediss://h?ca=${at("pem")}&cert=${at("pem")}&key=${at("key")}`, undefined],
    ];
    for (const [url, message] of urls) {
      const wanted = message === undefined ? [] : [`REDIS_URL (command line): ${message}`];
      assert.deepEqual(await faultsOf({ REDIS_URL: url }), wanted, url);
    }
    assert.deepEqual(await faultsOf({ REDIS_URL: "rediss://h", REDIS_CA: at("none") }), [
      `REDIS_CA (command line): cannot read ${at("none")}: there is no such file`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadConfig() refuses an embedded store that others could reach, and a port that there is not", async () => {
  const beyond =
    "REDIS_URL (command line): The embedded store has no password, so it listens on a loopback address only: 127.0.0.1";
  for (const host of ["0.0.0.0", "10.0.0.5", "[::]", "example.org", "127.0.0.999", "a.localhost"]) {
    assert.deepEqual(await faultsOf({ REDIS_URL: `embedded://${host}:6390` }), [beyond], host);
  }
  assert.equal((await faultsOf({ REDIS_URL: "embedded://127.0.0.1:99999" })).length, 1);
  for (const host of ["127.0.0.1", "localhost", "[::1]", "127.8.8.8"]) {
    assert.deepEqual(await faultsOf({ REDIS_URL: `embedded://${host}:6390` }), [], host);
  }
});
