/** Notes on values that are taken, but perhaps not meant. */
import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import { englishOf } from "../../../src/shared/messages/message.ts";

async function notesOf(text: string, environment: Record<string, string> = {}): Promise<string[]> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    const notes: string[] = [];
    await loadConfig({
      file,
      environment,
      onNote: (where, what, origin) => {
        // Code that shows it in another language finds there what it is handed.
        if (origin !== undefined) assert.ok(where.includes(origin.english), where);
        notes.push(`${where.replace(file, "FILE")}${englishOf(what)}`);
      },
    });
    return notes;
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("loadConfig() notes endpoints that are read otherwise than they are written, with their places", async () => {
  const text = `settings:
  ENDPOINT: wss://ws.okx.com:8443/ws/v5/public
servers:
  - name: a
  - name: b
    endpoint: okx-eea
  - name: c
    endpoint: wss://wseeapap.okx.com/ws/v5/private
`;
  const [first = "", second = "", ...others] = await notesOf(text);
  assert.match(first, /^FILE:2:13: settings\.ENDPOINT: is read as wss:\/\/ws\.okx\.com: /);
  assert.match(second, /^FILE:8:15: servers\[2\]\.endpoint: is read as wss:\/\/wseeapap\.okx\.com: /);
  assert.deepEqual(others, []);
});

Deno.test("loadConfig() notes where a value of the environment comes from, and nothing about a good one", async () => {
  const [note = "", ...others] = await notesOf("{}", { OKWS_ENDPOINT: "wss://wspap.okx.com/ws/v5" });
  assert.match(note, /^FILE: ENDPOINT \(environment variable OKWS_ENDPOINT\): is read as /);
  assert.deepEqual(others, []);
  assert.deepEqual(await notesOf("settings: {ENDPOINT: okx-tr-demo}"), []);
});

Deno.test("loadConfig() notes variables that look like settings and are none", async () => {
  const environment = {
    OKWS_REDIS_ULR: "redis://h",
    OKWS_MAX_ROW: "5",
    OKWS_LANG: "zh",
    OKWS_INFO: "x/y",
    OKWS_PORT_8787_TCP: "tcp://10.0.0.1:8787",
    OKWS_SERVICE_HOST: "10.0.0.1",
    okws_other: "1",
  };
  assert.deepEqual(await notesOf("", environment), [
    "environment variable OKWS_REDIS_ULR: is not known; did you mean OKWS_REDIS_URL?",
  ]);
});

Deno.test("loadConfig() hands over what the place of a note says of where a setting came from", async () => {
  const origins: (readonly [string, string | undefined])[] = [];
  await loadConfig({
    environment: { OKWS_REDIS_ULR: "redis://h", OKWS_ENDPOINT: "wss://wspap.okx.com/ws/v5" },
    onNote: (where, _, origin) => origins.push([where, origin?.english]),
  });
  const [endpoint, unknown] = ["OKWS_ENDPOINT", "OKWS_REDIS_ULR"].map((name) =>
    `environment variable ${name}`
  );
  assert.deepEqual(origins.map(([, origin]) => origin), [endpoint, unknown]);
  assert.equal(origins[1]?.[0], `${unknown}: `);
});
