/** Levels of the log, for all and for single rooms. */
import assert from "node:assert/strict";
import { LOG_LEVEL_PATTERN, LOG_ROOMS, lowestOf, parseLevels } from "../../../src/logging/level.ts";
import { flushLogs, roomLogger, setupLogging } from "../../../src/logging/log.ts";

Deno.test("LOG_LEVEL is a level, and may give single rooms another", () => {
  for (const good of ["info", "info,session=debug", "warn, store=debug , http=error", "session=debug"]) {
    assert.match(good, LOG_LEVEL_PATTERN);
  }
  for (const room of LOG_ROOMS) assert.match(`${room}=debug`, LOG_LEVEL_PATTERN);
  for (
    const bad of ["", "loud", "info,", "sesion=debug", "session=loud", "session:debug", "info;store=warn"]
  ) {
    assert.doesNotMatch(bad, LOG_LEVEL_PATTERN);
  }
});

Deno.test("parseLevels() answers the base and the rooms; the base is info where none is given", () => {
  assert.deepEqual(parseLevels("warn, store=debug ,http=error"), {
    base: "warn",
    rooms: { store: "debug", http: "error" },
  });
  assert.deepEqual(parseLevels("session=debug"), { base: "info", rooms: { session: "debug" } });
  assert.deepEqual(parseLevels("info,session=debug,error"), { base: "error", rooms: { session: "debug" } });
  assert.equal(lowestOf(parseLevels("warn,store=debug")), "debug");
  assert.equal(lowestOf(parseLevels("error")), "error");
});

Deno.test("records go by the level of their room, and the rest by the base", async () => {
  let text = "";
  const out = {
    write(bytes: Uint8Array) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  await setupLogging({ level: "warn,session=debug,store=error", format: "json" }, out);
  try {
    for (const room of ["session", "store", "http"] as const) {
      const log = roomLogger(room);
      log.debug(`${room} debug`);
      log.info(`${room} info`);
      log.warn(`${room} warn`);
      log.error(`${room} error`);
    }
    await flushLogs();
  } finally {
    await setupLogging({ level: "error", format: "json" }, {
      write: (bytes) => Promise.resolve(bytes.length),
    });
  }
  const messages = text.trimEnd().split("\n").map((line) =>
    (JSON.parse(line) as { message: string }).message
  );
  assert.deepEqual(messages, [
    "session debug",
    "session info",
    "session warn",
    "session error",
    "store error",
    "http warn",
    "http error",
  ]);
});
