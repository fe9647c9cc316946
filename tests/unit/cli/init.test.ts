/** What is wrong with the answers for a first configuration, by which option each was given, and what is written of them. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Answers, DEFAULTS } from "../../../src/cli/init/answers.ts";
import { faultsOf } from "../../../src/cli/init/faults.ts";
import { renderConfig } from "../../../src/cli/init/render.ts";
import { run } from "../../../src/cli/mod.ts";
import { widthOf } from "../../../src/cli/terminal/text.ts";
import { createTranslate, english } from "../../../src/cli/i18n/translate.ts";
import { ZH } from "../../../src/cli/i18n/zh.ts";
import { testIo } from "../../support/io.ts";

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

Deno.test("an instrument in lower case is written in upper case, which is said, and a variable stays as it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-init-" });
  try {
    const notes: string[] = [];
    const io = testIo({ note: (line) => notes.push(line) });
    const paths = [
      "tickers:btc-usdt",
      "candle1m:ETH-USDT",
      "tickers:${coin}-USDT",
      "candle1m:instId=BTC-USDT",
    ];
    assert.equal(await run(["init", `${folder}/okws.yaml`, "--yes", "--subscribe", ...paths], io), 0);
    const { subscribes } = parse(await Deno.readTextFile(`${folder}/okws.yaml`));
    assert.deepEqual(subscribes[0].channels, ["tickers:BTC-USDT", ...paths.slice(1)]);
    assert.deepEqual(notes.filter((line) => line.includes("upper case")), [
      "okws: tickers:btc-usdt is written as tickers:BTC-USDT, since the exchange has instruments in upper case",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
