/** `okws record`: every frame of the exchange into a folder, without a service and without Redis. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { record, type RecordOutcome } from "../../app/record.ts";
import { recordingBounds } from "../../app/recorder.ts";
import { flushLogs, setupLogging } from "../../logging/log.ts";
import { HAS_ZSTD } from "../../recording/packing.ts";
import { Recorder, type RecorderEvents } from "../../recording/recorder.ts";
import { fileReason } from "../../shared/file_reason.ts";
import { noteLowerCase } from "../client/upper_case.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { keyed, type Translate, translator } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";
import { withProgress } from "../terminal/progress.ts";
import { message } from "../../shared/messages/message.ts";
import { readNumber } from "../shared/numbers.ts";
import { chooseSources, type SourceFlags } from "./sources.ts";

type Flags = SourceFlags & {
  readonly gzip?: true | undefined;
  readonly zstd?: true | undefined;
  readonly seconds?: string | undefined;
  readonly json?: true | undefined;
};

/** Returns the command, for the help and the parser. */
export function recordCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("record")
    .description(t("record.about"))
    .argument("[path...]", t("record.path"))
    .option("-c, --config <file>", t("option.config"))
    .option("--server <name>", t("record.server"))
    .option("--endpoint <name|url>", t("record.endpoint"))
    .option("--protocol <v5|v3>", t("record.protocol"))
    .option("--out <dir>", t("record.out"))
    .option("--gzip", t("record.gzip"))
    .option("--zstd", t("record.zstd"))
    .option("--max-mb <n>", t("record.max_mb"))
    .option("--file-mb <n>", t("record.file_mb"))
    .option("--file-minutes <n>", t("record.file_minutes"))
    .option("--seconds <n>", t("record.seconds"))
    .option("--json", t("record.json"))
    .action(async (paths, flags) => exit(await runRecord(paths, flags, io)));
  return addHelp(command, {
    about: "record.help",
    examples: [
      "okws record tickers:BTC-USDT trades:BTC-USDT books:BTC-USDT --out recording",
      ["okws record -c okws.yaml --seconds 600", "record.example_file"],
      ["okws record trades:BTC-USDT --endpoint ws://127.0.0.1:8080", "record.example_mock"],
    ],
    exits: { 0: "exit.stopped", 1: "record.exit_failed", 2: "exit.usage_or_config" },
  });
}

async function runRecord(paths: readonly string[], flags: Flags, io: Io): Promise<number> {
  const t = translator(io);
  if (flags.zstd === true && flags.gzip === true) throw new UsageError(keyed("record.both_packings"));
  if (flags.zstd === true && !HAS_ZSTD) {
    throw new UsageError(message("recording.no_zstd", { deno: Deno.version.deno }));
  }
  const seconds = flags.seconds === undefined
    ? Infinity
    : readNumber("--seconds", flags.seconds, { least: 1, most: 31_536_000 });
  const { settings, servers, folder, ofService } = await chooseSources(paths, flags, io);
  const chosen = flags.zstd === true ? "zstd" : flags.gzip === true ? "gzip" : settings.RECORD_COMPRESSION;
  const packing = chosen === "zstd" && !HAS_ZSTD ? "gzip" : chosen;
  const recorder = new Recorder({
    ...{ folder, packing, ...recordingBounds(settings) },
    events: notes(folder, io, t),
  });
  try {
    await recorder.prepare();
  } catch (error) {
    if (error instanceof Error && error.name === "RecordingError") throw error;
    io.note(`okws: ${t("record.no_folder", { folder, reason: t.any(fileReason(error, "write")) })}`);
    return EXIT.failed;
  }
  await setupLogging(
    { level: "warn,session=warn", format: io.errIsTerminal ? "pretty" : "json" },
    io.logStream,
  );
  const began = performance.now();
  const stop = new AbortController();
  const timer = Number.isFinite(seconds) ? setTimeout(() => stop.abort(), seconds * 1000) : undefined;
  if (ofService !== undefined) io.note(`okws: ${t("record.not_of_service", { folder, service: ofService })}`);
  const count = servers.reduce((sum, { topics }) => sum + topics.length, 0);
  io.note(
    t(count === 1 ? "record.started_one" : "record.started", { folder, paths: count }),
  );
  let outcome: RecordOutcome;
  try {
    outcome = await withProgress(io, async (report) => {
      const ticks = setInterval(() => report(progressOf(recorder, t)), 500);
      try {
        const onRefused = (server: string, path: string, reason: string) => {
          io.note(`okws: ${t("record.refused", { server, path, reason })}`);
          noteLowerCase([path], io);
        };
        return await record({ recorder, servers, onRefused }, AbortSignal.any([io.signal, stop.signal]));
      } finally {
        clearInterval(ticks);
      }
    });
  } finally {
    clearTimeout(timer);
    await flushLogs();
  }
  const { counts, trouble } = recorder;
  const ms = Math.round(performance.now() - began);
  if (flags.json === true || !io.outIsTerminal) io.print(JSON.stringify({ folder, ms, ...counts, trouble }));
  else io.print(progressOf(recorder, t));
  const nothing = describeNothing(counts.frames, outcome, t);
  if (nothing !== "") io.note(`okws: ${nothing}`);
  return nothing !== "" || counts.missing > 0 || trouble !== "" ? EXIT.failed : EXIT.done;
}

function progressOf({ counts }: Recorder, t: Translate): string {
  const { frames, bytes, files, missing } = counts;
  const mb = (bytes / 1024 / 1024).toFixed(1);
  const text = t("record.progress", { frames, mb, files });
  return missing === 0 ? text : `${text}, ${t("record.missing", { frames: missing })}`;
}

/** Returns why nothing of use is in the recording; empty: something is. What okws itself has sent is not. */
function describeNothing(frames: number, { accepted, reason }: RecordOutcome, t: Translate): string {
  if (frames === 0) return t("record.no_frames");
  if (accepted) return "";
  return reason === "" ? t("record.unanswered") : t("record.none_accepted", { reason: t.sentence(reason) });
}

/** What a person has to know while it goes on. */
function notes(folder: string, io: Io, t: Translate): RecorderEvents {
  return {
    onTrouble: (error) =>
      io.note(`okws: ${t("record.trouble", { folder, reason: t.any(fileReason(error, "write")) })}`),
    onRecovered: () => io.note(`okws: ${t("record.recovered")}`),
    onMissing: ({ frames, reason }) =>
      io.note(`okws: ${t("record.missing_because", { frames, reason: t.sentence(reason) })}`),
    onRemoved: (files) =>
      io.note(`okws: ${t("record.removed", { files: files.length, newest: files.at(-1)?.name ?? "" })}`),
  };
}
