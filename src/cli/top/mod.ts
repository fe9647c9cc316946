/** `okws top`: a whole service at a glance, live on a terminal, JSON lines into a pipe. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { parseCount } from "../client/arguments.ts";
import { readConnection, withConnection } from "../client/command.ts";
import { parseColumns } from "../shared/columns.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import type { Io } from "../terminal/io.ts";
import { runLiveView } from "../terminal/live/live.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import { jsonText } from "../terminal/text.ts";
import { type PollOptions, pollService } from "./poll.ts";
import { TOP_TITLES } from "./tables.ts";
import { type TopState, topView } from "./view.ts";
import { createUnsubscribe } from "../shared/unsubscribe_row.ts";
import { figuresOf, type TopSample } from "./sample.ts";
import { keyed, translator } from "../i18n/translate.ts";

/** Points of the course of rows per second. */
const COURSE = 60;

/** Returns the command, for the help and the parser. */
export function topCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("top").description(
    t("top.about"),
  );
  return withConnection(command, "okws top", "\n--interval 5000\n-n 1 | jq .perSecond.rows", t)
    .option("--interval <ms>", t("top.interval"), "1000")
    .option("-n, --looks <n>", t("top.count"))
    .option("--columns <titles>", t("option.columns"))
    .action(async (flags) => {
      const intervalMs = parseCount("--interval", flags.interval, 100) ?? 1000;
      if (intervalMs > 3_600_000) throw new UsageError(keyed("top.interval_value", { ms: intervalMs }));
      const limit = parseCount("-n", flags.looks, 1);
      const only = parseColumns(flags.columns, { titles: TOP_TITLES, isOpen: false, t });
      const options = { connection: await readConnection(flags, io), intervalMs };
      const isLive = io.terminal !== undefined && !flags.json && limit === undefined;
      exit(isLive ? await showLive(options, only, io) : await printLines(options, limit ?? Infinity, io));
    });
}

type Polling = Pick<PollOptions, "connection" | "intervalMs">;

async function showLive(
  polling: Polling,
  only: ReadonlySet<string> | undefined,
  io: Io,
): Promise<number> {
  const { terminal } = io;
  if (terminal === undefined) throw new TypeError("There is no terminal");
  let state: TopState = { figures: undefined, course: [], fault: undefined };
  let last: TopSample | undefined;
  const options: PollOptions = {
    ...polling,
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
  const t = translator(io);
  await runLiveView(
    {
      view: (now) => topView(state, now, paint, t),
      paint,
      t,
      work: (signal) => pollService(options, signal),
      unsubscribe: createUnsubscribe(polling.connection, t),
      only,
    },
    terminal,
    io.signal,
  );
  return EXIT.done;
}

/** One line an interval; the first look gives the figures to compare with, and no line. */
async function printLines(polling: Polling, limit: number, io: Io): Promise<number> {
  const over = new AbortController();
  const end = () => over.abort();
  io.signal.addEventListener("abort", end);
  if (io.signal.aborted) end();
  let last: TopSample | undefined;
  let left = limit;
  try {
    await pollService({
      ...polling,
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
