/** The READMEs and the reference against the code: what a user looks up there must be what the code has. */
import assert from "node:assert/strict";
import { CHANNEL_PAGES, type Language, withChannelTables } from "../../scripts/channel_table.ts";
import { clientCommand } from "../../src/cli/client/mod.ts";
import { EXIT } from "../../src/cli/shared/exit.ts";
import type { Io } from "../../src/cli/terminal/io.ts";
import { run } from "../../src/cli/mod.ts";
import { variableOf } from "../../src/config/load.ts";
import { parseConfig } from "../../src/config/schema.ts";
import { settingsSchema } from "../../src/config/shapes.ts";
import { parseCommand } from "../../src/control/command.ts";
import { CODES } from "../../src/shared/errors.ts";
import { renderMetrics } from "../../src/http/metrics.ts";
import { createStats } from "../../src/model/stats.ts";

const ROOT = new URL("../../", import.meta.url);

const READMES = ["README.md", "README.zh-CN.md"] as const;

/** Endings of the pages of each language. */
const ENDINGS = { en: ".md", zh: ".zh-CN.md" } as const;

for (const file of READMES) {
  Deno.test(`${file} starts with two commands that need Node alone`, async () => {
    const lines = (await read(file)).split("\n").slice(0, 20);
    const start = lines.indexOf("```sh");
    assert.ok(start > 0, "no commands within the first 20 lines");
    assert.deepEqual(lines.slice(start + 1, lines.indexOf("```", start)), [
      "npx -y deno@2.9.6 task demo",
      "npx -y deno@2.9.6 task test",
    ]);
  });

  Deno.test(`${file} has at most 250 lines`, async () => {
    const { length } = (await read(file)).split("\n");
    assert.ok(length <= 251, `${length - 1} lines: what is looked up belongs into docs/reference`);
  });

  Deno.test(`${file} shows commands that the service takes`, async () => {
    const commands = [...(await read(file)).matchAll(/`(\{"id":[^`]+\})`/g)].map(([, command]) => command);
    assert.ok(commands.length > 3);
    for (const command of commands) assert.ok(!("error" in parseCommand(command as string)), command);
  });
}

for (const [language, ending] of Object.entries(ENDINGS) as [Language, string][]) {
  const page = (name: string) => `docs/reference/${name}${ending}`;

  Deno.test(`${CHANNEL_PAGES[language]} has the channels that the code has`, async () => {
    const text = await read(CHANNEL_PAGES[language]);
    assert.ok(
      text === withChannelTables(text, language),
      "stale; run: deno run --allow-read --allow-write scripts/channel_table.ts",
    );
  });

  Deno.test(`${page("configuration")} has every setting with its default and variable`, async () => {
    const parsed = parseConfig({});
    assert.ok("config" in parsed);
    const defaults: Readonly<Record<string, unknown>> = parsed.config.settings;
    const rows = await rowsOf(page("configuration"), Object.keys(settingsSchema.shape));
    for (const [name, row] of Object.entries(rows)) {
      assert.equal(row.at(-1), `\`${variableOf(name)}\``, name);
      const value = defaults[name];
      // A list in full, and one that is not there, are given in words.
      const shown = value === undefined || Array.isArray(value) ? /^[^`]+$/ : `\`${String(value)}\``;
      if (shown instanceof RegExp) assert.match(row[1] ?? "", shown, name);
      else assert.equal(row[1], shown, name);
    }
  });

  Deno.test(`${page("command-line")} has every command and exit code`, async () => {
    const text = await read(page("command-line"));
    const clients = clientCommand(ioInto([]), () => {}).commands.map((command) => `client ${command.name()}`);
    const commands = [...await topCommands(), ...clients];
    assert.ok(commands.length > 10, `too few commands found: ${commands.join(", ")}`);
    for (const command of commands) assert.match(text, new RegExp(`^\\| \`okws ${command}\\b`, "m"), command);
    for (const code of Object.values(EXIT)) await rowsOf(page("command-line"), [String(code)]);
  });

  Deno.test(`${page("commands")} has every command and reply code`, async () => {
    const text = await read(page("commands"));
    for (const name of settingsSchema.parse({}).COMMANDS) {
      assert.match(text, new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, "m"), name);
    }
    for (const code of Object.values(CODES)) await rowsOf(page("commands"), [String(code)]);
  });

  Deno.test(`${page("http")} names every metric`, async () => {
    const text = await read(page("http"));
    const view = { version: "", stopping: false, outage: "", stats: createStats(0), servers: [] };
    const names = [...(await renderMetrics(view)).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) =>
      name as string
    );
    for (const name of names) assert.ok(text.includes(`\`${name}`), name);
  });
}

function read(file: string): Promise<string> {
  return Deno.readTextFile(new URL(file, ROOT));
}

/** The cells of the table rows that begin with these names. */
async function rowsOf(file: string, names: readonly string[]): Promise<Record<string, string[]>> {
  const lines = (await read(file)).split("\n");
  return Object.fromEntries(names.map((name) => {
    const line = lines.find((each) => each.startsWith(`| \`${name}\` |`));
    assert.ok(line !== undefined, `${file} has no row for ${name}`);
    return [name, line.slice(2, -2).split(" | ")];
  }));
}

/** The commands that the help lists, but for those with commands of their own and the help itself. */
async function topCommands(): Promise<string[]> {
  const printed: string[] = [];
  await run(["help"], ioInto(printed));
  const listed = printed.join("\n").split("Commands:")[1]?.split("\n\n")[0] ?? "";
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name as string);
  return names.filter((name) => name !== "client" && name !== "help");
}

function ioInto(printed: string[]): Io {
  return {
    print: (line) => void printed.push(line),
    note: () => {},
    logStream: { write: (bytes) => Promise.resolve(bytes.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
  };
}
