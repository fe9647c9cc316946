/** Where the dashboard may be served, and what that takes. */
import assert from "node:assert/strict";
import { ConfigError } from "../../../src/shared/errors.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { parseConfig } from "../../../src/config/schema.ts";

function faultsOf(settings: Record<string, unknown>): string[] {
  const parsed = parseConfig({ settings });
  return "issues" in parsed ? parsed.issues.map(({ path, message }) => `${path}: ${message}`) : [];
}

Deno.test("this machine alone needs no password", () => {
  for (const HTTP of ["127.0.0.1:8787", "127.0.0.2:1", "localhost:80", "[::1]:8787", "off", "OFF"]) {
    assert.deepEqual(faultsOf({ HTTP }), [], HTTP);
  }
});

Deno.test("an address that other machines reach needs one", () => {
  for (
    const HTTP of ["0.0.0.0:8787", "[::]:8787", "192.168.1.7:8787", "okws.example:80", "127.0.0.1.example:80"]
  ) {
    const hostname = HTTP.slice(0, HTTP.lastIndexOf(":")).replace(/[[\]]/g, "");
    assert.deepEqual(faultsOf({ HTTP }), [
      `settings.HTTP: ${hostname} can be reached from other machines: set HTTP_PASSWORD, or use 127.0.0.1`,
    ]);
    assert.deepEqual(faultsOf({ HTTP, HTTP_PASSWORD: "correct horse" }), []);
  }
});

Deno.test("user, password and port have their bounds, and no fault shows a password", () => {
  assert.deepEqual(faultsOf({ HTTP_PASSWORD: "short" }), [
    "settings.HTTP_PASSWORD: has 8 to 200 characters of ASCII",
  ]);
  assert.deepEqual(faultsOf({ HTTP_PASSWORD: 12345678 }), [
    "settings.HTTP_PASSWORD: must be a text; put a number, true or false into quotes",
  ]);
  assert.deepEqual(faultsOf({ HTTP_USER: "a:b" }), [
    "settings.HTTP_USER: has 1 to 64 characters without spaces and colons",
  ]);
  assert.deepEqual(faultsOf({ HTTP: "127.0.0.1:99999" }), ["settings.HTTP: there is no port 99999"]);
});

Deno.test("the fault has its line in the file, or names the variable that it came from", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const faults = async (environment: Record<string, string>) => {
    try {
      await loadConfig({ file, environment });
      return [];
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.issues.map(({ path, line }) => [path, line]);
    }
  };
  try {
    await Deno.writeTextFile(file, 'settings:\n  MAX_ROW: 10\n  HTTP: "0.0.0.0:8787"\n');
    assert.deepEqual(await faults({}), [["settings.HTTP", 3]]);
    assert.deepEqual(await faults({ OKWS_HTTP_PASSWORD: "correct horse" }), []);
    await Deno.writeTextFile(file, 'settings:\n  HTTP_PASSWORD: "${DASHBOARD_PASSWORD}"\n');
    assert.deepEqual(await faults({ OKWS_HTTP: "0.0.0.0:1", DASHBOARD_PASSWORD: "correct horse" }), []);
    assert.deepEqual(await faults({}), [["settings.HTTP_PASSWORD", 2]]);
    await Deno.writeTextFile(file, "settings: {}\n");
    assert.deepEqual(await faults({ OKWS_HTTP: "0.0.0.0:1" }), [[
      "HTTP (environment variable OKWS_HTTP)",
      undefined,
    ]]);
  } finally {
    await Deno.remove(file);
  }
});
