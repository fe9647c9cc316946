/** Where the command line looks for its configuration file. */
import assert from "node:assert/strict";
import { configPaths, findConfigFile } from "../../../../src/cli/shared/config_file.ts";
import { testIo } from "../../../support/io.ts";

Deno.test("configPlaces() are this folder, this user and this machine, in that order", () => {
  const machine = "/etc/okws/okws.yaml";
  assert.deepEqual(configPaths({}), ["okws.yaml", machine]);
  assert.deepEqual(configPaths({ HOME: "/h" }), ["okws.yaml", "/h/.config/okws/okws.yaml", machine]);
  const set = { HOME: "/h", XDG_CONFIG_HOME: "/x" };
  assert.deepEqual(configPaths(set), ["okws.yaml", "/x/okws/okws.yaml", machine]);
});

Deno.test("findConfigFile() takes what is named, else what it finds", async () => {
  const home = await Deno.makeTempDir();
  const file = `${home}/okws/okws.yaml`;
  const notes: string[] = [];
  const find = (given: string | undefined, environment: Record<string, string>) =>
    findConfigFile(
      given,
      testIo({ note: (line) => notes.push(line), environment: { XDG_CONFIG_HOME: home, ...environment } }),
    );
  await Deno.mkdir(file, { recursive: true });
  assert.notEqual(await find(undefined, {}), file, "a folder is no file");
  await Deno.remove(file);
  await Deno.writeTextFile(file, "");
  assert.equal(await find(undefined, {}), file);
  assert.equal(await find("given.yaml", { OKWS_CONFIG: "named.yaml" }), "given.yaml");
  assert.equal(await find(undefined, { OKWS_CONFIG: "named.yaml" }), "named.yaml");
  assert.equal(await find(undefined, { OKWS_CONFIG: "" }), undefined);
  assert.deepEqual(notes, []);
  await Deno.remove(home, { recursive: true });
});
