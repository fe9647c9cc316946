/** The options of the command line against its page, both ways and in both languages. */
import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Io } from "../../src/cli/terminal/io.ts";
import { createProgram } from "../../src/cli/mod.ts";

const PAGES = ["docs/reference/command-line.md", "docs/reference/command-line.zh-CN.md"];

/** A command as the table has it: its words after `okws`, the options beside them, and the whole line. */
type Entry = { readonly way: string; readonly options: readonly string[]; readonly line: string };

for (const page of PAGES) {
  Deno.test(`${page} has every option of every command, and no other`, async () => {
    const text = await Deno.readTextFile(new URL(`../../${page}`, import.meta.url));
    const commands = commandsOf(createProgram(quiet(), () => {}));
    const entries = entriesOf(text, [...commands.keys()]);
    // What all commands for a running service take is said once.
    const shared = text.split("\n\n").find((part) => /^[^|]*`client`[^|]*`--redis URL`/.test(part)) ?? "";
    assert.notEqual(shared, "", `${page} does not say what all client commands take`);
    const faults: string[] = [];
    for (const [way, options] of commands) {
      const own = entries.filter((entry) => entry.way === way);
      if (own.length === 0) faults.push(`${page}: a row for okws ${way} is missing`);
      const client = way.startsWith("client ") ? way : commands.has(`client ${way}`) ? `client ${way}` : "";
      const lines = entries.filter((entry) =>
        [way, client].includes(entry.way) || (way.startsWith("service ") && entry.way.startsWith("service "))
      ).map(({ line }) => line);
      const said = optionsIn([...lines, client === "" ? "" : shared].join("\n"));
      for (const spellings of options) {
        if (spellings.some((spelling) => said.has(spelling))) continue;
        faults.push(`${page}: the row of okws ${way} lacks ${spellings.join(", ")}, which it takes`);
      }
      const taken = new Set(options.flat());
      for (const option of own.flatMap((entry) => entry.options)) {
        if (!taken.has(option)) faults.push(`${page}: okws ${way} does not take ${option}`);
      }
    }
    assert.deepEqual(faults, []);
  });
}

/** The options of each command that does something, in every spelling; those that all have are left out. */
function commandsOf(command: CommandUnknownOpts, way = ""): Map<string, string[][]> {
  const found = new Map<string, string[][]>();
  const children = command.commands as readonly (CommandUnknownOpts & { _hidden?: boolean })[];
  for (const child of children) {
    if (child._hidden === true || child.name() === "help") continue;
    const name = `${way} ${child.name()}`.trim();
    if (child.commands.length > 0) {
      for (const [below, options] of commandsOf(child, name)) found.set(below, options);
      continue;
    }
    const options = child.options.filter(({ hidden }) => !hidden);
    found.set(
      name,
      options.map(({ short, long }) => [short, long].filter((each) => each !== undefined && each !== null)),
    );
  }
  return found;
}

function entriesOf(text: string, ways: readonly string[]): Entry[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| `okws "));
  return rows.flatMap((line) => {
    const [cell = ""] = line.slice(2).split(/ (?<!\\)\| /);
    return [...cell.matchAll(/`okws ([^`]+)`/g)].flatMap(([, written = ""]) => {
      const way = ways.filter((each) => `${written} `.startsWith(`${each} `))
        .toSorted((a, b) => b.length - a.length)[0];
      return way === undefined ? [] : [{ way, options: [...optionsIn(written)], line }];
    });
  });
}

/** Options as they are written anywhere in a text: `-n`, `--since`. */
function optionsIn(text: string): Set<string> {
  return new Set(text.match(/(?<![\w-])(?:--[a-z][a-z-]*|-[a-z](?![\w-]))/g));
}

function quiet(): Io {
  return {
    print: () => {},
    note: () => {},
    logStream: { write: (data: Uint8Array) => Promise.resolve(data.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
  } as unknown as Io;
}
