/** `okws client watch`: a live table on a terminal, JSON lines into a pipe. */
import { type Client, connect } from "../../client/client.ts";
import { within } from "../../shared/async/within.ts";
import { EXIT } from "../shared/exit.ts";
import type { Io, Terminal } from "../terminal/io.ts";
import { runLiveView } from "../terminal/live/live.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import { safeText } from "../terminal/text.ts";
import { createWatchState } from "../watch/watch_state.ts";
import { runFeed } from "../watch/feed.ts";
import { titlesOf } from "../watch/tables.ts";
import { watchView } from "../watch/view.ts";
import { parseColumns } from "../shared/columns.ts";
import { createUnsubscribe } from "../shared/unsubscribe_row.ts";
import { translator } from "../i18n/translate.ts";
import { runLasting } from "./lasting.ts";
import { parseCount, parsePaths } from "./arguments.ts";
import { type ClientCommands, createOutput, type Flags, readConnection } from "./command.ts";
import { noteSilence } from "./silence.ts";
import { assertOpen, findStored, splitArguments, TARGET_USAGE } from "./target.ts";
import { noteUpperCase } from "./upper_case.ts";

/** What is watched. */
type WatchedPaths = { readonly name: string; readonly paths: readonly string[] };

/** Adds `watch` to the group. */
export function addWatchCommand({ add, io, exit, t }: ClientCommands): void {
  add(
    "watch <path...>",
    "watch.about",
    "watch tickers:ETH-USDT\nwatch test tickers:ETH-USDT trades:BTC-USDT\n" +
      "watch test candle1m:BTC-USDT | jq .row.close",
  )
    .usage(TARGET_USAGE)
    .option("-n, --rows <n>", t("watch.rows"))
    .option("--columns <titles>", t("option.columns"))
    .action(async (words, flags) => {
      const limit = parseCount("-n", flags.rows, 1);
      // A name that is none is one into a pipe, too.
      const only = flags.columns === undefined
        ? undefined
        : parseColumns(flags.columns, { ...titlesOf(parsePaths(splitArguments(words).rest)), t });
      const isLive = io.terminal !== undefined && io.outIsTerminal && flags.json !== true &&
        limit === undefined;
      if (isLive) exit(await watchLive(io.terminal as Terminal, words, { ...flags, only }, io));
      else exit(await watchLines(words, flags, limit ?? Infinity, io));
    });
}

async function watchLive(
  terminal: Terminal,
  words: readonly string[],
  flags: Flags & { readonly only: ReadonlySet<string> | undefined },
  io: Io,
): Promise<number> {
  const t = translator(io);
  const { name, paths } = await findPaths(words, flags, io);
  const options = await readConnection(flags, io);
  const watch = createWatchState(name, paths, Date.now());
  const paint = createPaint(wantsColours(io.environment));
  await runLiveView(
    {
      view: (now) => watchView(watch, now, paint, t),
      paint,
      t,
      work: (signal) => runFeed(watch, options, signal),
      unsubscribe: createUnsubscribe(options, t),
      only: flags.only,
    },
    terminal,
    io.signal,
  );
  return EXIT.done;
}

/** Returns the server that is meant, the one that is named or the one that is open, and the paths. */
async function findPaths(words: readonly string[], flags: Flags, io: Io): Promise<WatchedPaths> {
  await using client = await connect(await readConnection(flags, io));
  return await within(readPaths(words, client), io.signal);
}

async function readPaths(words: readonly string[], client: Client): Promise<WatchedPaths> {
  const { name, rest } = await findStored(words, client);
  const paths = parsePaths(rest);
  await assertOpen(name, client);
  return { name, paths };
}

/** Goes on behind what was printed when Redis has been away. */
function watchLines(words: readonly string[], flags: Flags, limit: number, io: Io): Promise<number> {
  const output = createOutput(flags, io);
  let left = limit;
  return runLasting(flags, io, async (client, options, onBegun) => {
    const { name, paths } = await begin(words, client, io);
    let lastAt = performance.now();
    const ended = new AbortController();
    const noting = noteSilence(client, { name, paths, lastAt: () => lastAt }, io, ended.signal);
    try {
      for await (const { path, row } of client.followPaths(name, paths, { n: 0 }, onBegun, options)) {
        lastAt = performance.now();
        output.data(
          { path, row },
          () => [`${new Date().toISOString().slice(11, 23)}  ${path}  ${plain(row)}`],
        );
        if (--left <= 0) break;
      }
    } finally {
      ended.abort();
      await noting;
    }
  });
}

/** Returns which rows are meant; what nobody has subscribed to is said once. */
async function begin(words: readonly string[], client: Client, io: Io): Promise<WatchedPaths> {
  const { name, paths } = await readPaths(words, client);
  const known = await client.subscriptions(name);
  const missing = paths.filter((path) => !known.has(path));
  if (missing.length > 0) {
    io.note(translator(io)("watch.not_subscribed_yet", { server: name, paths: missing.join(" ") }));
    await noteUpperCase(client, name, missing, io);
  }
  return { name, paths };
}

function plain(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row).map(([name, value]) =>
    `${safeText(name)}=${safeText(typeof value === "string" ? value : JSON.stringify(value) ?? "")}`
  ).join(" ");
}
