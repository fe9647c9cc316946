/** Help: every command has a purpose in one line, examples that its own parser takes, and its exit codes. */
import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { readSpec } from "../../../../src/cli/completions/spec.ts";
import { renderBash } from "../../../../src/cli/completions/bash.ts";
import { renderFish } from "../../../../src/cli/completions/fish.ts";
import { renderZsh } from "../../../../src/cli/completions/zsh.ts";
import { EXIT } from "../../../../src/cli/shared/exit.ts";
import { testIo } from "../../../support/io.ts";
import { wayTo } from "../../../../src/cli/shared/faults.ts";
import { helpOf } from "../../../../src/cli/shared/help.ts";
import type { Io } from "../../../../src/cli/terminal/io.ts";
import { createProgram, run } from "../../../../src/cli/mod.ts";

/** Every command that a person sees, the program itself first. */
function commandsOf(command: CommandUnknownOpts): CommandUnknownOpts[] {
  const children = command.commands as readonly (CommandUnknownOpts & { _hidden?: boolean })[];
  return [command, ...children.filter(({ _hidden }) => _hidden !== true).flatMap(commandsOf)];
}

function createTree(printed: string[] = []): CommandUnknownOpts {
  const print = (line: string) => void printed.push(line);
  return createProgram({
    print,
    note: print,
    logStream: { write: (data) => Promise.resolve(data.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
  } as Io, () => {});
}

Deno.test("every command says in one line what it is for, gives examples, and names its exit codes", async (t) => {
  const commands = commandsOf(createTree());
  assert.ok(commands.length > 20, `only ${commands.length} commands`);
  for (const command of commands) {
    await t.step(`okws ${wayTo(command)}`, () => {
      assert.match(command.description(), /^\S[^\n]{9,99}[^.\s]$/);
      const help = helpOf(command);
      assert.ok(help !== undefined, "it has no help");
      assert.ok(help.examples.length > 0, "no example");
      assert.equal(typeof help.exits[EXIT.done], "string", "no exit code 0");
      for (const code of Object.keys(help.exits)) {
        assert.ok(Object.values(EXIT).includes(Number(code) as 0), code);
      }
      for (const { description, flags } of command.options) assert.ok(description.length > 3, flags);
    });
  }
});

Deno.test("every example is taken by the parser, and shows the command that it stands with", async (t) => {
  for (const { way, line } of commandsOf(createTree()).flatMap(examplesOf)) {
    await t.step(line, async () => {
      const words = wordsOf(line);
      assert.equal(words[0], "okws");
      if (way !== "") assert.ok(line.includes(`okws ${way}`), `not an example of ${way}`);
      // A tree of its own: the parser keeps what it has read.
      const tree = createTree();
      let reached: string | undefined;
      for (const command of commandsOf(tree)) {
        command.action((...args: unknown[]) => void (reached = wayTo(args.at(-1) as CommandUnknownOpts)));
      }
      await tree.parseAsync(words.slice(1), { from: "user" });
      assert.equal(typeof reached, "string");
    });
  }
});

/** The command lines of okws in the examples of a command, without what a shell does around them. */
function examplesOf(command: CommandUnknownOpts): { way: string; line: string }[] {
  const { examples = [] } = helpOf(command) ?? {};
  return examples.map((each) => typeof each === "string" ? each : each[0]).map((text) => ({
    way: wayTo(command),
    line: /okws (?:[^|>)'"]|'[^']*'|"[^"]*")*/.exec(text)?.[0].trim() ?? text,
  }));
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(([, single, double, plain]) =>
    single ?? double ?? plain ?? ""
  );
}

Deno.test("the help page of a command has all of its parts", () => {
  const tree = createTree();
  for (const command of commandsOf(tree)) {
    const page: string[] = [];
    command.configureOutput({ writeOut: (text) => page.push(text) });
    command.outputHelp();
    const text = page.join("");
    assert.match(text, /^Usage: okws/);
    assert.match(text, /\nExamples:\n {2}\S/);
    assert.match(text, /\nExit codes: 0 \S/);
    for (const { flags } of command.options) assert.ok(text.includes(flags), `${flags} in ${text}`);
  }
});

Deno.test("the scripts of every shell have every command and option", () => {
  const tree = createTree();
  const specs = readSpec(tree);
  const scripts = { bash: renderBash(specs), zsh: renderZsh(specs), fish: renderFish(specs) };
  for (const command of commandsOf(tree)) {
    for (const [shell, script] of Object.entries(scripts)) {
      const way = wayTo(command);
      const place = shell === "fish" ? `__okws_at \\'${way}\\'` : `'${way}')`;
      assert.ok(script.includes(place), `${way} in the script for ${shell}`);
      for (const { long } of command.options) {
        if (long === undefined) continue;
        const flag = shell === "fish" ? `-l '${long.slice(2)}'` : long;
        assert.ok(script.includes(flag), `${way} ${long} in the script for ${shell}`);
      }
    }
  }
});

Deno.test("a Chinese help page has no English marks and no brackets of another width", async () => {
  const lines: string[] = [];
  const io = testIo({ environment: { OKWS_LANG: "zh" }, print: (line) => lines.push(line) });
  assert.equal(await run(["help", "client"], io), 0);
  assert.equal(await run(["help", "get"], io), 0);
  const page = lines.join("\n");
  assert.match(page, /^用法： okws client \[选项\] \[命令\]/);
  assert.match(page, /（默认：10000）/);
  assert.match(page, /（可选：table、json、csv）/);
  assert.doesNotMatch(page, /\[options\]|\[command\]| \(默认/);
});
