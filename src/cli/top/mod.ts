/** `okws top`: a whole service at a glance, live on a terminal, JSON lines into a pipe. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { parseCount } from "../client/arguments.ts";
import { readConnection, withConnection } from "../client/command.ts";
import { EXIT, UsageError } from "../exit.ts";
import type { Io } from "../terminal/io.ts";
import { runView } from "../terminal/live/live.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import { jsonText } from "../terminal/text.ts";
import { lookAgain, type LookOptions } from "./poll.ts";
import { pictureOf, type TopState } from "./view.ts";
import { figuresOf, type Sample } from "./sample.ts";
import { words } from "../i18n/translate.ts";

/** Points of the course of rows per second. */
const COURSE = 60;

/** The command, for the help and the parser. */
export function topCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("top").description(
    "show a running service live: connections, subscriptions, rates, lag, memory, faults",
  );
  return withConnection(command, "okws top", "\n--interval 5000\n-n 1 | jq .perSecond.rows")
    .option("--interval <ms>", "time between two looks", "1000")
    .option("-n, --looks <n>", "print figures as JSON lines, and stop after N")
    .action(async (flags) => {
      const intervalMs = parseCount("--interval", flags.interval, 100) ?? 1000;
      if (intervalMs > 3_600_000) throw new UsageError(`--interval is at most an hour: ${intervalMs} ms`);
      const limit = parseCount("-n", flags.looks, 1);
      const options = { connection: await readConnection(flags, io), intervalMs };
      const isLive = io.terminal !== undefined && !flags.json && limit === undefined;
      exit(isLive ? await showLive(options, io) : await printLines(options, limit ?? Infinity, io));
    });
}

type Looking = Pick<LookOptions, "connection" | "intervalMs">;

async function showLive(looking: Looking, io: Io): Promise<number> {
  const { terminal } = io;
  if (terminal === undefined) throw new TypeError("There is no terminal");
  let state: TopState = { figures: undefined, course: [], fault: undefined };
  let last: Sample | undefined;
  const options: LookOptions = {
    ...looking,
    onSample(sample) {
      const figures = figuresOf(last, sample);
      last = sample;
      const { perSecond } = figures;
      const course = perSecond === null ? state.course : [...state.course, perSecond.rows].slice(-COURSE);
      state = { figures, course, fault: undefined };
    },
    onFault(text, now) {
      state = { ...state, fault: { text, since: state.fault?.since ?? now } };
    },
  };
  const paint = createPaint(wantsColours(io.environment));
  const t = words(io);
  await runView(
    {
      picture: (now) => pictureOf(state, now, paint, t),
      paint,
      t,
      work: (signal) => lookAgain(options, signal),
    },
    terminal,
    io.signal,
  );
  return EXIT.done;
}

/** One line an interval; the first look gives the figures to compare with, and no line. */
async function printLines(looking: Looking, limit: number, io: Io): Promise<number> {
  const over = new AbortController();
  const end = () => over.abort();
  io.signal.addEventListener("abort", end);
  if (io.signal.aborted) end();
  let last: Sample | undefined;
  let left = limit;
  try {
    await lookAgain({
      ...looking,
      onSample(sample) {
        if (last !== undefined) {
          io.print(jsonText(figuresOf(last, sample), io.outIsTerminal));
          if (--left <= 0) end();
        }
        last = sample;
      },
    }, over.signal);
  } finally {
    io.signal.removeEventListener("abort", end);
  }
  return EXIT.done;
}
