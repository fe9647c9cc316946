/** English and Chinese: which is spoken, how a text is found, and that no text for people is missing. */
import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { explain } from "../../../../src/cli/exit.ts";
import { lessonOf } from "../../../../src/cli/help.ts";
import type { Io } from "../../../../src/cli/terminal/io.ts";
import { createProgram, run } from "../../../../src/cli/mod.ts";
import { ZH } from "../../../../src/cli/i18n/zh.ts";
import { languageOf, words, wordsOf } from "../../../../src/cli/i18n/translate.ts";
import { settingsSchema } from "../../../../src/config/schema.ts";
import { CODES, CommandError, ConfigError, StoreError } from "../../../../src/shared/errors.ts";
import { findTexts } from "../../../support/texts.ts";

const ROOT = new URL("../../../../", import.meta.url);
const CHINESE = /[\u4e00-\u9fff]/;
const zh = wordsOf("zh");

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

Deno.test("words() leaves every text as it is for a reader of English", () => {
  const t = words({ environment: { LANG: "en_GB.UTF-8" } });
  for (const text of Object.keys(ZH)) assert.equal(t(text), text);
});

Deno.test("a text is found by itself, by its template, and with what stands around it", async (t) => {
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
  for (const [english, chinese] of table) await t.step(english, () => assert.equal(zh(english), chinese));
  const long = "x".repeat(100_000);
  assert.equal(zh(long), long);
});

Deno.test("every entry of the catalogue is whole: Chinese, with the same values filled in", async (t) => {
  const namesOf = (text: string) =>
    [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();
  for (const [english, chinese] of Object.entries(ZH)) {
    await t.step(english, () => {
      assert.match(chinese, CHINESE);
      assert.deepEqual(namesOf(chinese), namesOf(english));
      // Names that a user types stay as they are.
      for (
        const [name] of english.matchAll(
          /--[a-z][a-z-]+|\b[A-Z]+_[A-Z_]+\b|okws (?:serve|check|init|doctor|redis-acl|client [a-z]+|service (?:install|uninstall|show))/g,
        )
      ) {
        assert.ok(chinese.includes(name), `${name} is missing`);
      }
      assert.doesNotMatch(chinese, /[\u4e00-\u9fff][,;!?]|[\u4e00-\u9fff] [\u4e00-\u9fff]/, "punctuation");
      // What is filled in comes out where it was put in.
      const values = namesOf(english).map((name, i) => [name as string, `V${i}`] as const);
      const fill = (text: string) =>
        values.reduce((filled, [name, value]) => filled.replaceAll(`{${name}}`, value), text);
      assert.equal(zh(fill(english)), fill(chinese));
    });
  }
});

Deno.test("the help of every command has every text in Chinese", async (t) => {
  const visit = async (command: CommandUnknownOpts, way: string) => {
    await t.step(way, () => {
      const { about, examples = [], exits = {} } = lessonOf(command) ?? {};
      const texts = [
        command.description(),
        ...command.options.map(({ description }) => description),
        ...command.registeredArguments.map(({ description }) => description),
        ...(about === undefined ? [] : [about]),
        ...examples.map((each) => typeof each === "string" ? "" : each[1]),
        ...Object.values(exits),
      ];
      for (const text of texts) if (text !== "") assert.match(zh(text), CHINESE, text);
    });
    for (const child of command.commands) {
      await visit(child, `${way} ${child.name()}`);
    }
  };
  await visit(createProgram(ioOf({}), () => {}), "okws");
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
  const told: string[] = [];
  const io = ioOf({ LANG: "zh_CN.UTF-8" }, told);
  assert.equal(await run(["help", "client", "get"], io), 0);
  const help = told.join("\n");
  for (const text of ["用法：", "选项：", "示例：", "退出码： 0 完成", "--max-age", "okws client get test"]) {
    assert.ok(help.includes(text), `${text} in ${help}`);
  }
  told.length = 0;
  assert.equal(await run(["serv"], io), 2);
  assert.deepEqual(told, ["okws: 未知命令 serv；是否想写 serve？", "okws: 参见 okws help"]);
  told.length = 0;
  assert.equal(await run(["check", "-c", "no-such-file.yaml"], io), 2);
  assert.deepEqual(told, ["okws: no-such-file.yaml: 没有这个文件；请用 -c FILE 指定"]);
});

Deno.test("explain() translates what is wrong and keeps where", () => {
  const issues = [
    { path: "settings.MAX_ROWS", message: "is not known; did you mean MAX_ROW?", line: 2, column: 3 },
    { path: "MAX_ROW (environment variable OKWS_MAX_ROW)", message: "must be at least 1" },
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

Deno.test("the meaning of every setting is in the catalogue", () => {
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    assert.match(zh(schema.description ?? ""), CHINESE, `${name}: ${schema.description}`);
  }
});

/** Files all of whose sentences are for people. Of every other file those in errors for users are. */
const FOR_PEOPLE = [
  /^src\/cli\//,
  /^src\/config\//,
  /^src\/client\//,
  /^src\/control\/(command|control)\.ts$/,
  /^src\/(shared\/redis_url|shared\/http_address|logging\/level)\.ts$/,
  /^src\/okx\/(topic|v3\/topic)\.ts$/,
  /^src\/store\/(redis\/(connect|inspect|redis_errors)|read\/(freshness|rows))\.ts$/,
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
  // Put together again by the catalogue's own rules.
  "{}; did you mean {}?",
]);

Deno.test("every sentence that the code has for people is in the catalogue", async () => {
  const known = new Set(Object.keys(ZH).map((key) => key.replaceAll(/\{\w+\}/g, "{}")));
  const missing: string[] = [];
  let count = 0;
  for await (const file of sourcesIn("src/")) {
    if (FOR_PROGRAMS.some((pattern) => pattern.test(file))) continue;
    const forPeople = FOR_PEOPLE.some((pattern) => pattern.test(file));
    for (const { text, line } of findTexts(await Deno.readTextFile(new URL(file, ROOT)), !forPeople)) {
      const plain = text.replaceAll("${{}}", "${}").replaceAll(/\{\w+\}/g, "{}").replace(/^okws: /, "")
        .trim();
      count += 1;
      // A suggestion may follow; lines of examples are no sentences.
      if (known.has(plain) || known.has(plain.replace(/\{\}$/, "")) || NOT_SHOWN.has(text)) continue;
      if (plain.split("\n").every((each) => EXAMPLE.test(each))) continue;
      missing.push(`${file}:${line}: ${JSON.stringify(text)}`);
    }
  }
  assert.ok(count > 300, `only ${count} sentences were found`);
  assert.deepEqual(missing, [], "add these to src/cli/i18n/zh.ts");
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

function ioOf(environment: Record<string, string>, told: string[] = []): Io {
  const tell = (line: string) => void told.push(line);
  return {
    print: tell,
    note: tell,
    logStream: { write: (data: Uint8Array) => Promise.resolve(data.length) } as Io["logStream"],
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment,
    program: "okws",
  };
}
