/** `okws replay`: a recording as an exchange, in the foreground. */
import { CODECS, DEFAULT_PROTOCOL } from "../../okx/codec.ts";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Replay, type ReplayOptions, startReplay } from "../../replay/server.ts";
import { within } from "../../shared/async/within.ts";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import { type Translate, translator } from "../i18n/translate.ts";
import { parseSpan } from "../client/arguments.ts";
import { readNumber } from "../shared/numbers.ts";
import type { Io } from "../terminal/io.ts";
import { withProgress } from "../terminal/progress.ts";

/** Returns the command, for the help and the parser. */
export function replayCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("replay")
    .description(t("replay.about"))
    .argument("<dir>", t("replay.dir"))
    .option("--port <port>", t("mock.port"), "8080")
    .option("--speed <n>", t("replay.speed"), "1")
    .option("--from <time>", t("replay.from"))
    .option("--to <time>", t("replay.to"))
    .option("--server <name>", t("replay.server"))
    .option("--rate <n>", t("replay.rate"))
    .option("--json", t("replay.json"))
    .action(async (path, flags) => {
      const { port, speed, from, to, server, rate, json } = flags;
      const options = {
        ...{ path, server },
        port: readNumber("--port", port, { least: 0, most: 65_535 }),
        speed: readNumber("--speed", speed, { least: 0.01, most: 100_000 }),
        ...parseSpan({ from, to }, Date.now()),
        rate: rate === undefined ? undefined : readNumber("--rate", rate, { least: 0.01, most: 100_000 }),
      };
      exit(await runReplay(options, { json: json === true || !io.outIsTerminal }, io));
    });
  return addHelp(command, {
    about: "replay.help",
    examples: [
      "okws replay recording --port 8080",
      ["okws replay recording --speed 10 --from 2026-11-28T11:00:00Z", "replay.example_speed"],
      ["okws replay frames.jsonl --rate 50", "replay.example_file"],
    ],
    exits: { 0: "exit.stopped", 1: "replay.exit_failed", 2: "replay.exit_usage" },
  });
}

type Options = Omit<ReplayOptions, "onNote" | "onRead">;

async function runReplay(options: Options, { json }: { readonly json: boolean }, io: Io): Promise<number> {
  const t = translator(io);
  try {
    return await withProgress(io, async (report) => {
      const starting = startReplay({
        ...options,
        onNote: (note) => io.note(`okws: ${t(note)}`),
        onRead: (frames) => report(t("replay.reading", { frames })),
      });
      await using replay = await starting;
      introduce(replay, json, io, t);
      const ticks = setInterval(() => report(progressOf(replay, t)), 500);
      try {
        await play(replay, io, t);
      } finally {
        clearInterval(ticks);
      }
      return EXIT.done;
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    io.note(`okws: ${t("mock.port_taken", { port: options.port })}`);
    return EXIT.failed;
  }
}

/** The end of the recording is said; it goes on being an exchange, on which nothing happens. */
async function play(replay: Replay, io: Io, t: Translate): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  io.signal.addEventListener("abort", () => stopped.resolve(), { once: true });
  if (io.signal.aborted) return;
  try {
    await within(replay.done, io.signal);
    io.note(t("replay.ended", { frames: replay.progress.frames }));
  } catch (error) {
    if (!io.signal.aborted) throw error;
  }
  await stopped.promise;
}

function introduce({ url, summary }: Replay, json: boolean, io: Io, t: Translate): void {
  const { firstAt, lastAt, pushes, missing, subscriptions } = summary;
  const paths = [...subscriptions.values()].map(({ arg, protocol }) => CODECS[protocol].formatPath(arg))
    .sort();
  const from = new Date(firstAt).toISOString();
  const to = new Date(lastAt).toISOString();
  if (json) io.print(JSON.stringify({ url, from, to, frames: pushes, missing, paths }));
  else io.print(url);
  io.note(t("replay.started", { url, frames: pushes, paths: paths.length, from, to }));
  if (missing > 0) io.note(t("replay.missing", { frames: missing }));
  const other = [...subscriptions.values()].find(({ protocol }) => protocol !== DEFAULT_PROTOCOL)?.protocol;
  const members = [`endpoint: ${url}`, ...other === undefined ? [] : [`protocol: ${other}`]];
  io.note(t("mock.members", { members: members.join("  and  ") }));
}

function progressOf(replay: Replay, t: Translate): string {
  const { frames, nowMs, clients } = replay.progress;
  return t("replay.progress", { time: new Date(nowMs).toISOString(), frames, clients });
}
