/** Every setting can be had from the environment. */
import assert from "node:assert/strict";
import { loadConfig, variableOf } from "../../../src/config/load.ts";
import { type Settings, settingsSchema } from "../../../src/config/shapes.ts";

/** A value of each setting that is not its default, as an environment has it, and as it is read. */
const SAMPLES: { readonly [Name in keyof Settings]-?: readonly [text: string, value: unknown] } = {
  REDIS_URL: ["rediss://redis.example:6380/1", "rediss://redis.example:6380/1"],
  REDIS_PASSWORD_FILE: ["/run/secrets/redis", "/run/secrets/redis"],
  REDIS_CA: ["/etc/ssl/redis.pem", "/etc/ssl/redis.pem"],
  MAX_ROW: ["50", 50],
  HISTORY: ["0", 0],
  LISTEN_CHANNEL: ["orders-in", "orders-in"],
  REDIS_INFO_KEY: ["orders-in/answers", "orders-in/answers"],
  OKWS_INFO: ["okws/two", "okws/two"],
  KEY_PREFIX: ["mine", "mine"],
  ENDPOINT: ["okx-eea", "okx-eea"],
  PROTOCOL: ["v3", "v3"],
  HTTP: ["off", "off"],
  HTTP_USER: ["watcher", "watcher"],
  HTTP_PASSWORD: ["a word of mine", "a word of mine"],
  LOG_LEVEL: ["debug", "debug"],
  LOG_FORMAT: ["json", "json"],
  COMMANDS: ["servers, status", ["servers", "status"]],
  REPLY_SECONDS: ["60", 60],
  BOOK_TOP: ["400", 400],
  BOOK_FULL: ["off", "off"],
  BOOK_DEPTH: ["20", 20],
  BOOK_INTERVAL_MS: ["0", 0],
  QUEUE_MB: ["8", 8],
  RECORD: ["/tmp/recording", "/tmp/recording"],
  RECORD_MB: ["100", 100],
  RECORD_FILE_MB: ["8", 8],
  RECORD_FILE_MINUTES: ["5", 5],
  RECORD_COMPRESSION: ["none", "none"],
  SHARD: ["2/3", "2/3"],
  STANDBY: ["cold", "cold"],
  LEASE_MS: ["9000", 9000],
};

Deno.test("the variable of each setting sets it, over the file", async (t) => {
  const [sampled, known] = [Object.keys(SAMPLES).sort(), Object.keys(settingsSchema.shape).sort()];
  assert.deepEqual(sampled, known, "SAMPLES of this file needs a value of each setting");
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
    const written = Object.keys(SAMPLES).flatMap((name) =>
      defaults[name] === undefined ? [] : [`  ${name}: ${JSON.stringify(defaults[name])}`]
    );
    await Deno.writeTextFile(file, ["settings:", "  REDIS_URL: rediss://localhost", ...written].join("\n"));
    for (const [name, [text, value]] of Object.entries(SAMPLES)) {
      await t.step(variableOf(name), async () => {
        const { settings } = await loadConfig({
          file,
          environment: { [variableOf(name)]: text },
          only: "settings",
        });
        assert.deepEqual(settings[name as keyof Settings], value);
      });
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a variable that begins like a setting's and is none changes nothing", async () => {
  const { settings } = await loadConfig({
    environment: { OKWS_MAX_ROWS: "5", OKWS_LANG: "zh", MAX_ROW: "5" },
  });
  assert.equal(settings.MAX_ROW, 1000);
});

Deno.test("a line break behind SHARD is none of it, wherever it is written", () => {
  assert.equal(settingsSchema.parse({ SHARD: "1/3\n" }).SHARD, "1/3");
  assert.equal(settingsSchema.safeParse({ SHARD: "1/3 4" }).success, false);
});
