/**
 * English and Chinese: which is spoken, how a text is found, and that the catalogues fit each other and the code. The
 * file is long because the catalogues, the sources and the command line are read once and compared from every side.
 */
import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { explain, UsageError } from "../../../../src/cli/shared/exit.ts";
import type { Io } from "../../../../src/cli/terminal/io.ts";
import { createProgram, run } from "../../../../src/cli/mod.ts";
import { EN } from "../../../../src/cli/i18n/en.ts";
import { ZH } from "../../../../src/cli/i18n/zh.ts";
import {
  createTranslate,
  english,
  keyed,
  languageOf,
  loadLanguage,
  type TextKey,
  translator,
} from "../../../../src/cli/i18n/translate.ts";
import * as rejections from "../../../../src/session/subscriptions/rejections.ts";
import { message } from "../../../../src/shared/messages/message.ts";
import { placeholdersOf } from "../../../../src/shared/messages/placeholders.ts";
import { parseConfig } from "../../../../src/config/schema.ts";
import { parseTopic } from "../../../../src/okx/topic.ts";
import { parseRedisUrl } from "../../../../src/shared/redis_url.ts";
import { CODES, CommandError, ConfigError, issueOf, StoreError } from "../../../../src/shared/errors.ts";
import { findTexts } from "../../../support/texts.ts";

const ROOT = new URL("../../../../", import.meta.url);
const CHINESE = /[\u4e00-\u9fff]/;
const zh = await loadLanguage("zh");

/** English texts, without their types. */
const TEXTS: Readonly<Record<string, string>> = EN;

Deno.test("languageOf() looks where POSIX looks, with a variable of our own before", async (t) => {
  const table: [Record<string, string>, string][] = [
    [{}, "en"],
    [{ LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "C" }, "en"],
    [{ LANG: "en_US.UTF-8", LC_MESSAGES: "zh_TW" }, "zh"],
    [{ LANG: "zh_CN.UTF-8", OKWS_LANG: "en" }, "en"],
    [{ LANG: "en_US.UTF-8", OKWS_LANG: "zh" }, "zh"],
    [{ OKWS_LANG: "", LC_ALL: "", LANG: "zh" }, "zh"],
    [{ LANG: "zhx" }, "en"],
    [{ LANG: "de_DE.UTF-8" }, "en"],
  ];
  for (const [environment, language] of table) {
    await t.step(JSON.stringify(environment), () => assert.equal(languageOf(environment), language));
  }
});

Deno.test("a text is found by its key, and filled", () => {
  const t = translator({ environment: { LANG: "en_GB.UTF-8" } });
  assert.equal(t("exit.done"), "done");
  assert.equal(t("close.done", { name: "test" }), "test is closed");
  assert.equal(zh("close.done", { name: "test" }), "test 已关闭");
  assert.equal(t("get.progress", { count: 3, all: 10 }), "3 of 10 rows read …");
  // A name in braces that stands for itself, and values that look like placeholders.
  assert.match(t("init.file_variables"), /\$\{NAME\}/);
  assert.equal(t("install.wrote", { file: "{file}" }), "wrote {file}");
  // The parameters are checked by the compiler.
  // @ts-expect-error: a parameter is missing
  t("open.done");
  // @ts-expect-error: a parameter that the text does not have
  t("open.done", { nam: "test" });
  // @ts-expect-error: there is no such text
  t("open.dnoe");
});

Deno.test("a message that another one is filled with is shown in the same language", () => {
  const reason = message("file.missing");
  const whole = message("redis.unreadable_file", { file: "/x", reason });
  assert.equal(whole.english, "cannot read /x: there is no such file");
  assert.equal(zh(whole), "无法读取 /x：没有这个文件");
  const error = new UsageError(keyed("argument.filter", { value: "x" }));
  assert.equal(error.message, "A filter is KEY=VALUE, e.g. instrument_id=ETH-USDT: x");
  assert.equal(zh.error(error), "过滤条件应是 KEY=VALUE，例如 instrument_id=ETH-USDT：x");
});

Deno.test("faults of the rooms below carry the key of their text", () => {
  const topic = parseTopic("A B");
  assert.ok(topic.kind === "fault");
  const target = parseRedisUrl("redis://a:p@w@h");
  assert.ok(target.kind === "fault");
  const parsed = parseConfig({
    settings: {
      MAX_ROWS: 1,
      MAX_ROW: 0,
      KEY_PREFIX: "a b",
      REDIS_URL: "x",
      LOG_LEVEL: "loud",
      COMMANDS: ["x"],
    },
    servers: [{ name: "a", apiKey: "k" }, { name: "a", endpoint: "okxx", secret: "a\nb" }, 5],
    subscribes: [{ server: "b", channels: ["tickrs:x"] }],
    other: 1,
  });
  assert.ok("issues" in parsed);
  assert.ok(parsed.issues.length > 10, `only ${parsed.issues.length} faults`);
  const texts = [topic, target, ...parsed.issues];
  // What zod says by itself has no key.
  const ours = texts.filter(({ message }) => !message.startsWith("Invalid input"));
  for (const { message, text } of ours) {
    assert.ok(text !== undefined, message);
    assert.equal(text.english, message);
    assert.match(zh(text), CHINESE, message);
  }
});

Deno.test("a sentence of another program is found by the English catalogue", async (t) => {
  const table: [string, string][] = [
    ["done", "完成"],
    ["test is open already", "test 已经打开"],
    ["okws: There is no server tst; did you mean test?", "okws: 没有服务器 tst；是否想写 test？"],
    ["--timeout is a number of milliseconds: x", "--timeout 应是毫秒数：x"],
    [
      "Cannot reach Redis at redis://h:1: connect ECONNREFUSED 127.0.0.1:1 (is redis-server running?)",
      "连不上 Redis redis://h:1：connect ECONNREFUSED 127.0.0.1:1（redis-server 在运行吗？）",
    ],
    ["open: name: must be a text", "open: name: 必须是文本"],
    ["is not known; did you mean MAX_ROW?", "未知；是否想写 MAX_ROW？"],
    ["must be a list\nmust be a text", "必须是列表\n必须是文本"],
    ["a text of somebody else", "a text of somebody else"],
    ['{"state":"live"}', '{"state":"live"}'],
    ["", ""],
  ];
  for (const [sentence, chinese] of table) {
    await t.step(sentence, () => {
      assert.equal(zh.sentence(sentence), chinese);
      assert.equal(english.sentence(sentence), sentence);
    });
  }
  const long = "x".repeat(100_000);
  assert.equal(zh.sentence(long), long);
});

Deno.test("a text that a language does not have is English, by its key and as a sentence", () => {
  const t = createTranslate({ "exit.done": "完成" });
  assert.equal(t("exit.done"), "完成");
  assert.equal(t("close.done", { name: "a" }), "a is closed");
  assert.equal(t.sentence("a is open"), "a is open");
});

Deno.test("keys are readable names", () => {
  for (const key of Object.keys(TEXTS)) assert.match(key, /^[a-z]+(?:_[a-z]+)*\.[a-z][a-z0-9_]*[a-z0-9]$/);
});

Deno.test("every Chinese text is whole: it has an English one, with the same values filled in", async (t) => {
  for (const [key, chinese] of Object.entries(ZH)) {
    await t.step(key, () => {
      const text = TEXTS[key];
      assert.ok(text !== undefined, "there is no such key in English");
      assert.deepEqual(placeholdersOf(chinese).sort(), placeholdersOf(text).sort());
      if (/[a-z]{2}/.test(text.replaceAll(/\{\w+\}/g, ""))) assert.match(chinese, CHINESE);
      // Names that a user types stay as they are.
      for (
        const [name] of text.matchAll(
          /--[a-z][a-z-]+|\b[A-Z]+_[A-Z_]+\b|okws (?:serve|check|init|doctor|redis-acl|client [a-z]+|service (?:install|uninstall|show))/g,
        )
      ) {
        assert.ok(chinese.includes(name), `${name} is missing`);
      }
      assert.doesNotMatch(chinese, /[\u4e00-\u9fff][,;!?]|[\u4e00-\u9fff] [\u4e00-\u9fff]/, "punctuation");
      // What is filled in comes out where it was put in.
      const values = placeholdersOf(text).map((name, i) => [name, `V${i}`] as const);
      const fill = (whole: string) =>
        values.reduce((filled, [name, value]) => filled.replaceAll(`{${name}}`, value), whole);
      assert.equal(
        (zh as (key: string, values: object) => string)(key, Object.fromEntries(values)),
        fill(chinese),
      );
    });
  }
});

Deno.test("no text is without Chinese", () => {
  assert.deepEqual((Object.keys(TEXTS) as TextKey[]).filter((key) => ZH[key] === undefined), []);
});

Deno.test("every reason that okws itself gives for a state of a path is Chinese", async (t) => {
  const reasons = Object.values(rejections).flatMap((each) => typeof each === "object" ? [each.message] : []);
  reasons.push(rejections.missingRows(3).message, rejections.expired("X-Y").message);
  reasons.push(rejections.tooManyConnections("orders", "20").message);
  assert.ok(reasons.length >= 9);
  for (const reason of reasons) await t.step(reason, () => assert.match(zh.sentence(reason), CHINESE));
});

/** Sentences of other programs, which are found by themselves: the system's of the network, the option parser's, the YAML parser's, zod's, and those of the simulated exchange. */
const FOUND_AS_SENTENCES = /^(?:network|parser|yaml|mock_fault)\.|^config\.(?:wrong_type|unrecognized_key)$/;

Deno.test("every text is used", async () => {
  const unused = new Set(Object.keys(TEXTS).filter((key) => !FOUND_AS_SENTENCES.test(key)));
  for await (const file of sourcesIn("src/")) {
    if (/^src\/(?:cli\/i18n|shared\/messages)\/(?:en|zh)\.ts$/.test(file)) continue;
    const source = await Deno.readTextFile(new URL(file, ROOT));
    for (const key of unused) if (source.includes(`"${key}"`)) unused.delete(key);
  }
  assert.deepEqual([...unused], [], "take these out of the catalogues");
});

Deno.test("no help page has a line of English words", () => {
  const pages: string[] = [];
  const visit = (command: CommandUnknownOpts) => {
    command.configureOutput({ writeOut: (text) => pages.push(text) });
    command.outputHelp();
    for (const child of command.commands) visit(child);
  };
  visit(createProgram(ioOf({ OKWS_LANG: "zh" }), () => {}));
  const lines = pages.join("\n").split("\n");
  assert.ok(lines.length > 300);
  // Command lines may be of words alone; a purpose behind two blanks may not.
  const english = lines.filter((line) =>
    !/^\s*(\S+=\S+ )?(sudo |source )?[<(]*okws /.test(line) &&
    /(^|\s{2,})[A-Za-z'-]+( [a-z'-]+){2,}/.test(line) && !CHINESE.test(line)
  );
  assert.deepEqual(english, []);
});

Deno.test("help, mistakes and errors are Chinese from end to end, commands and codes are not", async () => {
  const reported: string[] = [];
  const io = ioOf({ LANG: "zh_CN.UTF-8" }, reported);
  assert.equal(await run(["help", "client", "get"], io), 0);
  const help = reported.join("\n");
  for (const text of ["用法：", "选项：", "示例：", "退出码： 0 完成", "--max-age", "okws client get test"]) {
    assert.ok(help.includes(text), `${text} in ${help}`);
  }
  reported.length = 0;
  assert.equal(await run(["serv"], io), 2);
  assert.deepEqual(reported, ["okws: 未知命令 serv；是否想写 serve？", "okws: 参见 okws help"]);
  reported.length = 0;
  assert.equal(await run(["check", "-c", "no-such-file.yaml"], io), 2);
  assert.deepEqual(reported, ["okws: no-such-file.yaml: 没有这个文件；请用 -c FILE 指定"]);
  reported.length = 0;
  const misspelt = { ...io, environment: { ...io.environment, OKWS_REDIS_ULR: "redis://h" } };
  assert.equal(await run(["check", "-c", new URL("config/okws.yaml", ROOT).pathname], misspelt), 0);
  assert.equal(reported[0], "okws: 环境变量 OKWS_REDIS_ULR: 未知；是否想写 OKWS_REDIS_URL？");
});

Deno.test("explain() translates what is wrong and keeps where", () => {
  const issues = [
    { path: "settings.MAX_ROWS", message: "is not known; did you mean MAX_ROW?", line: 2, column: 3 },
    {
      ...issueOf(message("config.at_least", { least: 1 }), "MAX_ROW (environment variable OKWS_MAX_ROW)"),
      origin: message("config.from_variable", { name: "OKWS_MAX_ROW" }),
    },
  ];
  assert.equal(
    explain(new ConfigError("f.yaml", issues), zh).message,
    "okws: f.yaml:2:3: settings.MAX_ROWS: 未知；是否想写 MAX_ROW？\n" +
      "okws: f.yaml: MAX_ROW (环境变量 OKWS_MAX_ROW): 不能小于 1",
  );
  assert.equal(
    explain(new CommandError(CODES.noServer, "There is no server a"), zh).message,
    "okws: 没有服务器 a",
  );
  assert.equal(explain(new StoreError("The connection to Redis is lost"), zh).code, 4);
});

/** Files all of whose sentences are for people. Of every other file those in errors for users are. */
const FOR_PEOPLE = [
  /^src\/cli\//,
  /^src\/config\//,
  /^src\/client\//,
  /^src\/control\/(command|control)\.ts$/,
  /^src\/(shared\/redis_(url|errors)|shared\/http_address|logging\/level)\.ts$/,
  /^src\/okx\/(topic|v3\/topic)\.ts$/,
  /^src\/store\/(redis\/(connect|inspect|replies)|read\/(freshness|rows))\.ts$/,
];

/** Files whose sentences go to other programs: scripts for shells, a schema for editors, the catalogue itself. */
const FOR_PROGRAMS = [
  /^src\/cli\/i18n\//,
  /^src\/cli\/completions\/(bash|zsh|fish)\.ts$/,
  /^src\/config\/json_schema\.ts$/,
  // Faults of the exchange's answers, which only the log has.
  /^src\/okx\/(rest|v3\/wire)\.ts$/,
];

/** Sentences by their look that nobody is shown as such: parts of requests and of foreign texts, data, lines of the log. */
const NOT_SHOWN = new Set([
  "call stack",
  "Block scalar header",
  "account and positions:MARGIN",
  "A command cannot be read",
  "Commands are refused",
  "Many commands come, not each is logged",
  "sent to the exchange",
  "A reply could not be sent",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Host: {}",
  "GET /livez HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
  "  {} get demo spot/ticker instrument_id=SOL-USDT --redis {}",
  "  {} watch demo trades:BTC-USDT --redis {}",
  "no channel",
  "{} status okws",
  "{} stop okws",
  "Stream isn't writeable",
  "Connection is closed.",
  // The option parser's, put into the form of its own catalogue.
  "{} is one of {}: {}",
  "{}; did you mean {}?",
  "Usage:",
  "Arguments:",
  "Options:",
  "Commands:",
  // Only programs read these: editors, by the JSON Schema, and readers of JSON.
  "Name of this connection; becomes part of every key",
  "For private channels: the API key, best as ${NAME} from the environment",
  "Another spelling of apiKey",
  "For private channels: the secret of the API key",
  "For private channels: what OKX calls the passphrase",
  "Where this one connects, instead of ENDPOINT",
  "What this one speaks, instead of PROTOCOL",
  "The name of an entry of servers",
  "Paths, or the exchange's own argument objects",
  "127.0.0.1:6379, or the embedded store",
  "There is no terminal",
  // What it was built as, and why rows were missed, as values.
  "npm package",
  "connection lost",
  "dropped by okws",
]);

Deno.test("no sentence for people stands in the code itself", async () => {
  const found: string[] = [];
  let count = 0;
  for await (const file of sourcesIn("src/")) {
    if (FOR_PROGRAMS.some((pattern) => pattern.test(file))) continue;
    const forPeople = FOR_PEOPLE.some((pattern) => pattern.test(file));
    count += 1;
    for (const { text, line } of findTexts(await Deno.readTextFile(new URL(file, ROOT)), !forPeople)) {
      // Lines of examples are no sentences.
      if (NOT_SHOWN.has(text) || text.split("\n").every((each) => EXAMPLE.test(each))) continue;
      found.push(`${file}:${line}: ${JSON.stringify(text)}`);
    }
  }
  assert.ok(count > 100, `only ${count} files were read`);
  assert.deepEqual(found, [], "give these a key in src/cli/i18n/en.ts or src/shared/messages/en.ts");
});

/** An example of a client command as it is written in the code, without the first words. */
const EXAMPLE =
  /^(open|close|status|subscribe|unsubscribe|get|watch|servers|quit|clear|reload|top)( |$)(?!.* (a|an|the) )/;

async function* sourcesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory && name !== "page") yield* sourcesIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}

function ioOf(environment: Record<string, string>, reported: string[] = []): Io {
  const report = (line: string) => void reported.push(line);
  return {
    print: report,
    note: report,
    logStream: { write: (data: Uint8Array) => Promise.resolve(data.length) } as Io["logStream"],
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment,
    program: "okws",
  };
}
