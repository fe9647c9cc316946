/** The READMEs against the code: what a user looks up there must be what the code has. */
import assert from "node:assert/strict";
import { READMES, withChannelTables } from "../../scripts/channel_table.ts";
import { clientCommand } from "../../src/cli/client/mod.ts";
import { EXIT } from "../../src/cli/exit.ts";
import type { Io } from "../../src/cli/terminal/io.ts";
import { run } from "../../src/cli/mod.ts";
import { variableOf } from "../../src/config/load.ts";
import { parseConfig, settingsSchema } from "../../src/config/schema.ts";
import { CODES } from "../../src/shared/errors.ts";
import { renderMetrics } from "../../src/http/metrics.ts";
import { createStats } from "../../src/model/stats.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [language, file] of Object.entries(READMES) as [keyof typeof READMES, string][]) {
  Deno.test(`${file} starts with two commands that need Node alone`, async () => {
    const lines = (await read(file)).split("\n").slice(0, 20);
    const start = lines.indexOf("```sh");
    assert.ok(start > 0, "no commands within the first 20 lines");
    assert.deepEqual(lines.slice(start + 1, lines.indexOf("```", start)), [
      "npx -y deno@2.9.6 task demo",
      "npx -y deno@2.9.6 task test",
    ]);
  });

  Deno.test(`${file} has the channels that the code has`, async () => {
    const text = await read(file);
    assert.ok(
      text === withChannelTables(text, language),
      "stale; run: deno run --allow-read --allow-write scripts/channel_table.ts",
    );
  });

  Deno.test(`${file} has every setting with its default and variable`, async () => {
    const parsed = parseConfig({});
    assert.ok("config" in parsed);
    const defaults: Readonly<Record<string, unknown>> = parsed.config.settings;
    for (const [name, row] of Object.entries(await rowsOf(file, Object.keys(settingsSchema.shape)))) {
      assert.equal(row.at(-1), `\`${variableOf(name)}\``, name);
      const value = defaults[name];
      // A list in full, and one that is not there, are told in words.
      const told = value === undefined || Array.isArray(value) ? /^[^`]+$/ : `\`${String(value)}\``;
      if (told instanceof RegExp) assert.match(row[1] ?? "", told, name);
      else assert.equal(row[1], told, name);
    }
  });

  Deno.test(`${file} has every command, exit code and reply code`, async () => {
    const text = await read(file);
    const clients = clientCommand(ioInto([]), () => {}).commands.map((command) => `client ${command.name()}`);
    const commands = [...await topCommands(), ...clients];
    assert.ok(commands.length > 10, `too few commands found: ${commands.join(", ")}`);
    for (const command of commands) assert.match(text, new RegExp(`^\\| \`okws ${command}\\b`, "m"), command);
    for (const code of Object.values(EXIT)) await rowsOf(file, [String(code)]);
    for (const code of Object.values(CODES)) await rowsOf(file, [String(code)]);
  });

  Deno.test(`${file} names every metric`, async () => {
    const text = await read(file);
    const view = { version: "", stopping: false, outage: "", stats: createStats(0), servers: [] };
    const names = [...(await renderMetrics(view)).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) =>
      name as string
    );
    for (const name of names) assert.ok(text.includes(`\`${name}`), name);
  });

  Deno.test(`${file} links to what is there`, async () => {
    const text = await read(file);
    const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title as string));
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = "", anchor] = (target as string).split("#");
      if (path !== "") await Deno.stat(new URL(path, ROOT));
      else assert.ok(headings.includes(anchor ?? ""), target);
    }
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

/** The anchor of a heading as code hosts make it. */
function anchorOf(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").trim().replace(/\s/g, "-");
}
