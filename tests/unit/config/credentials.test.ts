/** Files of the service manager that stand for variables of the environment. */
import assert from "node:assert/strict";
import { withCredentials } from "../../../src/config/credentials.ts";
import { loadConfig } from "../../../src/config/load.ts";

Deno.test("a credential stands for a variable of its name that the environment does not have", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  try {
    await Deno.writeTextFile(`${folder}/OKX_KEY`, "from file\n");
    await Deno.writeTextFile(`${folder}/OKX_SECRET`, "s3cret\r\n");
    await Deno.writeTextFile(`${folder}/okws.yaml`, "not a name of a variable");
    await Deno.writeTextFile(`${folder}/HUGE`, "x".repeat(70_000));
    await Deno.mkdir(`${folder}/FOLDER`);
    const environment = { CREDENTIALS_DIRECTORY: folder, OKX_KEY: "from environment" };
    assert.deepEqual(await withCredentials(environment), { ...environment, OKX_SECRET: "s3cret" });
    const file = `${folder}/config`;
    const server = 'servers: [{name: a, apiKey: "${OKX_KEY}", secret: "${OKX_SECRET}", password: p}]';
    await Deno.writeTextFile(file, server);
    const config = await loadConfig({ file, environment });
    assert.deepEqual(config.servers[0]?.credentials, {
      apiKey: "from environment",
      secret: "s3cret",
      passphrase: "p",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without credentials the environment stays as it is", async () => {
  for (const environment of [{ A: "1" }, { CREDENTIALS_DIRECTORY: "/nonexistent/credentials" }]) {
    assert.deepEqual(await withCredentials(environment), environment);
  }
});
