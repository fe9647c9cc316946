/** What is wrong with the answers for a first configuration, and by which option each was given. */
import assert from "node:assert/strict";
import { type Answers, DEFAULTS } from "../../../src/cli/init/answers.ts";
import { faultsOf } from "../../../src/cli/init/faults.ts";
import { renderConfig } from "../../../src/cli/init/render.ts";
import { widthOf } from "../../../src/cli/terminal/text.ts";
import { createTranslate, english } from "../../../src/cli/i18n/translate.ts";
import { ZH } from "../../../src/cli/i18n/zh.ts";

Deno.test("a fault of an answer names the option that it was given by", () => {
  const optionsOf = (more: Partial<Answers>) =>
    faultsOf({ ...DEFAULTS, ...more }).map(({ option }) => option);
  assert.deepEqual(optionsOf({}), []);
  assert.deepEqual(optionsOf({ server: "a b" }), ["--server"]);
  assert.deepEqual(optionsOf({ server: "a b", endpoint: "foo" }), ["--server", "--endpoint"]);
  assert.deepEqual(optionsOf({ channels: ["tickrs:X", "account"] }), ["--subscribe", "--subscribe"]);
  assert.deepEqual(optionsOf({ redis: "http://x" }), ["--redis"]);
  const login = { apiKey: " k", secret: "s\nt", password: "p" };
  assert.deepEqual(optionsOf({ login }), ["--api-key", "--secret"]);
  // Of all three together no single one is wrong.
  assert.deepEqual(optionsOf({ login: { apiKey: "k", secret: "", password: "" } }), [""]);
});

Deno.test("comments fill their lines in both languages, and nothing is lost where they are broken", () => {
  for (const t of [english, createTranslate(ZH)]) {
    const lines = renderConfig(DEFAULTS, t).split("\n");
    for (const line of lines) assert.ok(widthOf(line) <= 100, line);
    const text = lines.map((line) => line.replace(/^ *# ?/, "")).join("").replaceAll(" ", "");
    for (const key of ["setting.redis_url", "init.file_schema"] as const) {
      assert.ok(text.includes(t(key as never).replaceAll(" ", "")), key);
    }
    // A line that is broken is followed by what would not have fitted.
    const broken = lines.findIndex((line) => /redis:\/\/user/.test(line));
    assert.ok(widthOf(lines[broken] ?? "") > 70, lines[broken]);
  }
});
