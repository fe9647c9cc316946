/** `okws export`: a recording as tables, one file for each path. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { MessageError } from "../../shared/errors.ts";
import { fileReason, isOfSystem } from "../../shared/file_reason.ts";
import { parsePath, parseSpan } from "../client/arguments.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { keyed, translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { withProgress } from "../terminal/progress.ts";
import { type ExportOptions, exportTables } from "./export.ts";
import { EXPORT_FORMATS, type ExportFormat } from "./encoders.ts";

/** Returns the command, for the help and the parser. */
export function exportCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("export")
    .description(t("export.about"))
    .argument("<dir>", t("replay.dir"))
    .argument("[recorded...]", t("export.path"))
    .option("--format <csv|jsonl|parquet>", t("export.format"), "csv")
    .option("--out <dir>", t("export.out"), "export")
    .option("--from <time>", t("replay.from"))
    .option("--to <time>", t("replay.to"))
    .option("--server <name>", t("export.server"))
    .option("--force", t("export.force"))
    .option("--json", t("export.json"))
    .action(async (path, paths, flags) => {
      const { format, out, from, to, server, force, json } = flags;
      const options = {
        ...{ path, out, server, format: readFormat(format), paths: paths.map(parsePath) },
        ...parseSpan({ from, to }, Date.now()),
        force: force === true,
      };
      exit(await runExport(options, { json: json === true || !io.outIsTerminal }, io));
    });
  return addHelp(command, {
    about: "export.help",
    examples: [
      "okws export recording --format parquet --out tables",
      ["okws export recording trades:BTC-USDT --from 2026-11-28T11:00:00Z", "export.example_path"],
    ],
    exits: { 0: "exit.done", 1: "export.exit_failed", 2: "replay.exit_usage" },
  });
}

type Options = Omit<ExportOptions, "onNote" | "onProgress">;

async function runExport(options: Options, { json }: { readonly json: boolean }, io: Io): Promise<number> {
  const t = translator(io);
  try {
    const tables = await withProgress(io, (report) =>
      exportTables({
        ...options,
        onNote: (note) => io.note(`okws: ${t(note)}`),
        onProgress: (step, rows) => report(t(STEPS[step], { rows })),
      }, io.signal));
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    if (json) io.print(JSON.stringify({ out: options.out, format: options.format, rows, tables }));
    else {
      for (const { file, rows } of tables) io.print(t("export.table", { file, rows }));
      io.print(t("export.done", { rows, files: tables.length, out: options.out }));
    }
    return EXIT.done;
  } catch (error) {
    if (io.signal.aborted) {
      io.note(`okws: ${t("export.stopped")}`);
      return EXIT.failed;
    }
    if (error instanceof MessageError || !isOfSystem(error)) throw error;
    io.note(`okws: ${t("export.failed", { out: options.out, reason: t.any(fileReason(error, "write")) })}`);
    return EXIT.failed;
  }
}

const STEPS = { reading: "export.reading", writing: "export.writing" } as const;

function readFormat(text: string): ExportFormat {
  const found = EXPORT_FORMATS.find((format) => format === text);
  if (found !== undefined) return found;
  throw new UsageError(keyed("export.format_value", { list: EXPORT_FORMATS.join(", "), value: text }));
}
