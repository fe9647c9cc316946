/** `okws client watch`: a live table on a terminal, JSON lines into a pipe. */
import type { Client } from "../../client/client.ts";
import { EXIT } from "../exit.ts";
import type { Io, Terminal } from "../terminal/io.ts";
import { runView } from "../terminal/live/live.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import { safeText } from "../terminal/text.ts";
import { createBoard } from "../watch/watch_state.ts";
import { runFeed } from "../watch/feed.ts";
import { pictureOf } from "../watch/view.ts";
import { words } from "../i18n/translate.ts";
import { parseCount, parsePath, parsePaths } from "./arguments.ts";
import { type ClientCommands, type Flags, readConnection, type Show } from "./command.ts";

/** Adds it to the group. */
export function addWatchCommand({ add, withClient, io, exit }: ClientCommands): void {
  add(
    "watch <name> <path...>",
    "show rows as they arrive: a live table on a terminal, JSON lines into a pipe",
    "watch test tickers:ETH-USDT trades:BTC-USDT\nwatch test candle1m:BTC-USDT | jq .row.close",
  )
    .option("-n, --rows <n>", "print lines, and stop after N rows")
    .action(async (name, wanted, flags) => {
      const limit = parseCount("-n", flags.rows, 1);
      const isLive = io.terminal !== undefined && io.outIsTerminal && flags.json !== true &&
        limit === undefined;
      if (isLive) exit(await watchLive(io.terminal as Terminal, name, parsePaths(wanted), flags, io));
      else {
        const lines = { name, paths: wanted.map(parsePath), limit: limit ?? Infinity, io };
        await withClient(flags, (client, show) => watchLines(client, { ...lines, show }));
      }
    });
}

async function watchLive(
  terminal: Terminal,
  name: string,
  paths: readonly string[],
  flags: Flags,
  io: Io,
): Promise<number> {
  const options = await readConnection(flags, io);
  const board = createBoard(name, paths, Date.now());
  const paint = createPaint(wantsColours(io.environment));
  const t = words(io);
  await runView(
    {
      picture: (now) => pictureOf(board, now, paint, t),
      paint,
      t,
      work: (signal) => runFeed(board, options, signal),
    },
    terminal,
    io.signal,
  );
  return EXIT.done;
}

async function watchLines(
  client: Client,
  options: { name: string; paths: readonly string[]; limit: number; show: Show; io: Io },
): Promise<number> {
  const { name, paths, limit, show, io } = options;
  const known = await client.subscriptions(name);
  const missing = paths.filter((path) => !known.has(path));
  if (missing.length > 0) io.note(`Not subscribed yet: okws client subscribe ${name} ${missing.join(" ")}`);
  let left = limit;
  for await (const { path, row } of client.watchPaths(name, paths)) {
    show.data({ path, row }, () => [`${new Date().toISOString().slice(11, 23)}  ${path}  ${plain(row)}`]);
    if (--left <= 0) break;
  }
  return EXIT.done;
}

function plain(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row).map(([name, value]) =>
    `${safeText(name)}=${safeText(typeof value === "string" ? value : JSON.stringify(value) ?? "")}`
  ).join(" ");
}
