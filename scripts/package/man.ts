/** The manual page okws(1), from the same tree of commands and table of settings as the program itself. */
import { Help } from "@commander-js/extra-typings";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { helpOf } from "../../src/cli/shared/help.ts";
import { english } from "../../src/cli/i18n/translate.ts";
import { createProgram } from "../../src/cli/mod.ts";
import { variableOf } from "../../src/config/load.ts";
import { settingsSchema } from "../../src/config/shapes.ts";

const help = new Help();

/** Of a line in the source. */
const WIDTH = 78;

/** The page in roff. `date` is that of the version, as 2026-11-22. */
export function renderMan(version: string, date: string): string {
  const program = createProgram(nowhere(), () => {});
  const lines = [
    `.TH OKWS 1 "${date}" "okws ${version}" "User Commands"`,
    ".SH NAME",
    `okws \\- ${escape(program.description())}`,
    ".SH SYNOPSIS",
    ".B okws",
    "[\\fIoptions\\fR] [\\fIcommand\\fR]",
    ".SH DESCRIPTION",
    ...paragraph(
      "okws connects to the WebSocket of the exchange OKX, keeps every row it receives in Redis, publishes it there, " +
        "and takes its orders over Redis. The commands under client talk to a service that runs.",
    ),
    ".SH OPTIONS",
    ...renderOptions(program),
    ".SH COMMANDS",
    ...help.visibleCommands(program).flatMap((command) => renderCommand(command, "okws")),
    ".SH EXIT STATUS",
    ...Object.entries(helpOf(program)?.exits ?? {}).flatMap(([code, meaning]) => [
      ".TP",
      `.B ${code}`,
      escape(english(meaning)),
    ]),
    ".SH ENVIRONMENT",
    ...paragraph("A setting of the configuration file may be given as a variable, which wins over the file."),
    ...Object.entries(settingsSchema.shape).flatMap(([name, schema]) => [
      ".TP",
      `.B ${escape(variableOf(name))}`,
      escape(schema.description ?? ""),
    ]),
    ".SH FILES",
    ".TP",
    ".I /etc/okws/okws.yaml",
    "The configuration of the packaged service. Its comments explain every setting.",
    ".TP",
    ".I /etc/okws/okws.env",
    "Variables of the packaged service, one NAME=VALUE a line; need not be there.",
    ".SH SEE ALSO",
    ".BR redis\\-cli (1),",
    ".BR systemctl (1),",
    ".BR journalctl (1)",
    "",
  ];
  // A heading begins a paragraph by itself.
  const kept = lines.filter((line, i) => line !== ".PP" || !/^\.S[HS] /.test(lines[i - 1] ?? ""));
  return kept.flatMap(breakLine).join("\n");
}

function renderCommand(command: CommandUnknownOpts, parent: string): string[] {
  const way = `${parent} ${command.name()}`;
  const inner = help.visibleCommands(command as never).filter((each) => each.name() !== "help");
  if (inner.length > 0) return inner.flatMap((each) => renderCommand(each, way));
  const more = helpOf(command);
  return [
    `.SS "${escape(way)} ${escape(command.usage())}"`,
    ...paragraph(`${upper(command.description())}.`),
    ...(more?.about === undefined ? [] : paragraph(english(more.about))),
    ...help.visibleArguments(command as never).filter((each) => each.description !== "").flatMap((each) => [
      ".TP",
      `.I ${escape(each.name())}`,
      escape(each.description),
    ]),
    ...renderOptions(command),
    ...renderExamples(more?.examples ?? []),
  ];
}

function renderOptions(command: CommandUnknownOpts): string[] {
  return help.visibleOptions(command as never).filter(({ long }) => long !== "--help").flatMap((option) => [
    ".TP",
    `.B ${escape(option.flags)}`,
    escape(option.description),
  ]);
}

function renderExamples(examples: readonly (string | readonly [string, string])[]): string[] {
  if (examples.length === 0) return [];
  const lines = examples.map((each) => typeof each === "string" ? each : each[0]);
  return [".PP", ".EX", ...lines.map((line) => `  ${escape(line)}`), ".EE"];
}

function paragraph(text: string): string[] {
  return text.split("\n").flatMap((line) => [".PP", escape(line)]);
}

/** Lines of text are short in the source; roff fills them again. Requests and examples stay whole. */
function breakLine(line: string): string[] {
  if (/^[. ]/.test(line)) return [line];
  const lines = [""];
  for (const word of line.split(" ")) {
    const last = lines.at(-1) as string;
    // No word may look like a request at the beginning of a line.
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + word.length < WIDTH || /^[.']/.test(word)) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** Text that roff takes as it stands. */
function escape(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq")
    .replaceAll("…", "\\&...").replaceAll("·", "\\(pc");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}

function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The commands are only looked at. */
function nowhere(): Parameters<typeof createProgram>[0] {
  return {
    print: () => {},
    note: () => {},
    logStream: { write: (bytes) => Promise.resolve(bytes.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
  };
}
