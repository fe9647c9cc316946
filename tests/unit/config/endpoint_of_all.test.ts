/** An endpoint that is meant for all servers: it counts for all of them, or it is said for which it does not. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { DEFAULTS } from "../../../src/cli/init/answers.ts";
import { renderConfig } from "../../../src/cli/init/render.ts";
import { english } from "../../../src/cli/i18n/translate.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { englishOf } from "../../../src/shared/messages/message.ts";

const URL = "ws://127.0.0.1:8080";

/** Where each server connects, and what is noted. */
async function read(
  text: string,
  options: { flags?: Record<string, string>; environment?: Record<string, string> },
): Promise<{ endpoints: string[]; notes: string[] }> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    const notes: string[] = [];
    const onNote = (where: string, what: Parameters<typeof englishOf>[0]) =>
      notes.push(where + englishOf(what));
    const { servers } = await loadConfig({ file, environment: {}, ...options, onNote });
    return { endpoints: servers.map(({ endpoint }) => endpoint), notes };
  } finally {
    await Deno.remove(file);
  }
}

const MIXED = "servers: [{name: a}, {name: b, endpoint: okx-eea}, {name: c, endpoint: okx}]";

Deno.test("the variable of the endpoint counts for servers that name none, and the others are named", async () => {
  const { endpoints, notes } = await read(MIXED, { environment: { OKWS_ENDPOINT: URL } });
  assert.deepEqual(endpoints, [URL, "okx-eea", "okx"]);
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? "", /^environment variable OKWS_ENDPOINT: has no effect on servers .*: b, c; /);
});

Deno.test("the variable of the endpoint is noted where it counts for no server", async () => {
  const text = "servers: [{name: b, endpoint: okx-eea}]";
  const { notes } = await read(text, { environment: { OKWS_ENDPOINT: URL } });
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? "", /^environment variable OKWS_ENDPOINT: has no effect: .*\(b\)/);
});

Deno.test("nothing is noted where the variable counts for every server, or names what they do", async () => {
  for (const text of ["servers: [{name: a}]", "{}", `servers: [{name: a, endpoint: "${URL}"}]`]) {
    assert.deepEqual((await read(text, { environment: { OKWS_ENDPOINT: URL } })).notes, [], text);
  }
  assert.deepEqual((await read(MIXED, {})).notes, []);
});

Deno.test("an endpoint of the command line counts for every server", async () => {
  const environment = { OKWS_ENDPOINT: "okx-us" };
  const { endpoints, notes } = await read(MIXED, { flags: { ENDPOINT: URL }, environment });
  assert.deepEqual(endpoints, [URL, URL, URL]);
  assert.deepEqual(notes, []);
});

Deno.test("a first configuration leaves the default endpoint to the setting", () => {
  const endpointOf = (endpoint: string) =>
    parse(renderConfig({ ...DEFAULTS, endpoint }, english)).servers[0].endpoint;
  assert.equal(endpointOf(DEFAULTS.endpoint), undefined);
  assert.equal(endpointOf("okx-eea"), "okx-eea");
});
