/** `okws client get`: what is cached, and with `--follow` what comes after it. */
import { Option } from "@commander-js/extra-typings";
import type { Client } from "../../client/client.ts";
import type { GetParams } from "../../client/params.ts";
import { StaleError } from "../../shared/errors.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { createPaint, wantsColours } from "../terminal/live/style.ts";
import type { Cached } from "../../store/read/rows.ts";
import { renderLadder } from "./ladder.ts";
import { withSuggestion } from "../../okx/suggest.ts";
import { withProgress } from "../terminal/progress.ts";
import { parseCount, parseFilters, parsePath, parseSince, usageOf } from "./arguments.ts";
import type { ClientCommands, Flags } from "./command.ts";
import { runLasting } from "./lasting.ts";
import { noteNoMatch, whyNoMatch } from "./no_match.ts";
import { findStored, splitArguments } from "./target.ts";
import { noteUpperCase } from "./upper_case.ts";
import { createRowPrinter, type Format, renderCached } from "./rows.ts";
import { message } from "../../shared/messages/message.ts";
import { keyed, translator } from "../i18n/translate.ts";

/** What is asked for. */
type Asked = {
  readonly name: string;
  readonly path: string;
  readonly params: GetParams;
  readonly format: Format;
};

/** Adds `get` to the group. */
export function addGetCommand({ add, withClient, io, exit, t }: ClientCommands): void {
  add(
    "get <path...>",
    "get.about",
    [
      "get tickers:ETH-USDT",
      "get test spot/ticker instrument_id=ETH-USDT",
      "get test tickers:ETH-USDT --max-age 5000",
      "get test candle1m:ETH-USDT -n 100 --format csv",
      "get test trades:BTC-USDT --since 15m --follow",
    ].join("\n"),
  )
    .usage("[options] [name] <path> [filter...]")
    .option("-n, --rows <n>", t("get.rows"))
    .option("--since <time>", t("get.since"))
    .option("--follow", t("get.follow"))
    .addOption(
      new Option("--format <table|json|csv>", t("get.format")).choices([
        "table",
        "json",
        "csv",
      ]),
    )
    .option("--max-age <ms>", t("get.max_age"))
    .action(async (words, flags) => {
      const [path = "", ...filters] = splitArguments(words).rest;
      const n = parseCount("-n", flags.rows, 1);
      const maxAgeMs = parseCount("--max-age", flags.maxAge, 0);
      const params: GetParams = {
        ...parseFilters(filters),
        ...(n === undefined ? {} : { n }),
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
        ...(flags.since === undefined ? {} : { since: parseSince(flags.since, Date.now()) }),
      };
      if (flags.json && flags.format !== undefined && flags.format !== "json") {
        throw new UsageError(keyed("get.two_formats", { format: flags.format }));
      }
      const format = flags.format ?? (flags.json || !io.outIsTerminal ? "json" : "table");
      const what = { path: parsePath(path), params, format };
      const nameIn = async (client: Client) => (await findStored(words, client)).name;
      if (flags.follow) {
        const code = await follow(flags, nameIn, what, io).catch((error) => {
          throw usageOf(error);
        });
        exit(code);
      } else {
        await withClient(
          flags,
          async (client) => await read(client, { name: await nameIn(client), ...what }, io),
        );
      }
    });
}

async function read(client: Client, { name, path, params, format }: Asked, io: Io): Promise<number> {
  const noMatch = () => whyNoMatch(client, { name, path, params }).catch(() => undefined);
  const cached = await withProgress(
    io,
    (report) =>
      client.get(
        name,
        path,
        params,
        (count, total) => report(translator(io)("get.progress", { count, all: total })),
      ),
  ).catch(async (error) => {
    // Nothing is as fresh as was asked for, be it for the filter alone.
    const unmatched = error instanceof StaleError ? await noMatch() : undefined;
    throw unmatched === undefined ? usageOf(error) : new StaleError(unmatched);
  });
  if (cached === undefined || (Array.isArray(cached) && cached.length === 0)) {
    const unmatched = await noMatch();
    if (unmatched !== undefined) throw new StaleError(unmatched);
    const what = keyed(params.since === undefined ? "get.nothing" : "get.nothing_new");
    // A name that nobody opened is more often misspelled than empty.
    const open = await client.servers().catch((): string[] => []);
    await noteUpperCase(client, name, [path], io);
    const none = keyed("get.none", { reason: what, path, server: name, name });
    if (open.length === 0 || open.includes(name)) throw new StaleError(none);
    throw new StaleError(withSuggestion(message("command.no_server", { name }), name, open));
  }
  const lines = ladderOf(cached, { path, params, format }, io) ??
    renderCached(cached, format, io.outIsTerminal, translator(io), columnsOf(io));
  for (const line of lines) io.print(line);
  return EXIT.done;
}

/** Returns an order book for the eyes of a person; undefined for everything else. */
function ladderOf(
  cached: NonNullable<Cached>,
  { path, params, format }: Omit<Asked, "name">,
  io: Io,
): string[] | undefined {
  if (format !== "table" || !io.outIsTerminal || Array.isArray(cached)) return undefined;
  return renderLadder(cached, path, {
    size: io.terminal?.size() ?? { columns: 80, rows: 24 },
    paint: createPaint(wantsColours(io.environment)),
    t: translator(io),
    levels: params.n,
  });
}

/** Goes on behind what was printed when Redis has been away. */
function follow(
  flags: Flags,
  nameIn: (client: Client) => Promise<string>,
  { path, params, format }: Omit<Asked, "name">,
  io: Io,
): Promise<number> {
  const printer = createRowPrinter(format, io.outIsTerminal, columnsOf(io));
  const print = (lines: readonly string[]) => lines.forEach(io.print);
  return runLasting(flags, io, async (client, options, onBegun) => {
    const name = await nameIn(client);
    let early: Record<string, unknown>[] | undefined = [];
    let noting: Promise<void> | undefined;
    const begin = () => {
      // The widths of the first rows hold for those that follow.
      print(printer.first(early ?? []));
      if (early?.length === 0) noting = noteNoMatch(client, { name, path, params }, io);
      early = undefined;
      onBegun();
    };
    try {
      for await (const { row } of client.followPaths(name, [path], params, begin, options)) {
        if (early !== undefined) early.push(row);
        else print(printer.next(row));
      }
    } finally {
      await noting;
    }
  });
}
