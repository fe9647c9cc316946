/**
 * What the commands of the `client` group share: their common options, the client that they are handed, and the two
 * ways of printing, for people on a terminal and as JSON into a pipe.
 */
import type { Command } from "@commander-js/extra-typings";
import { type Client, connect, type ConnectOptions } from "../../client/client.ts";
import { loadConfig } from "../../config/load.ts";
import { parseRedisUrl } from "../../shared/redis_url.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { EXIT, UsageError } from "../shared/exit.ts";
import { addHelp, CLIENT_EXITS } from "../shared/help.ts";
import { columnsOf, type Io } from "../terminal/io.ts";
import { jsonText } from "../terminal/text.ts";
import { wrapLines } from "../terminal/wrap.ts";
import { keyed, type PlainKey, type Translate, translator } from "../i18n/translate.ts";

/** The options of every command here. */
export type Flags = {
  readonly redis?: string | undefined;
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly timeout?: string | undefined;
};

/** Prints for people on a terminal and JSON into a pipe. */
export type Output = { readonly people: boolean; data(value: unknown, lines: () => readonly string[]): void };

/** What a command does with its client; returns the exit code. */
export type Run = (client: Client, output: Output) => Promise<number>;

/** What a file of commands needs to add its own. */
export type ClientCommands = ReturnType<typeof createClientCommands>;

/**
 * Ways to add commands to `group`, which is reached by the words of `prefix`, and to run them; `exit` is called with the exit
 * code of each one.
 */
export function createClientCommands(
  group: Command,
  io: Io,
  exit: (code: number) => void,
  prefix = "okws client",
) {
  const t = translator(io);
  return {
    io,
    t,
    exit,
    add: <Usage extends string>(usage: Usage, description: PlainKey, example: string) =>
      withConnection(group.command(usage).description(t(description)), prefix, example, t),
    withClient: async (flags: Flags, run: Run) => exit(await runWithClient(flags, io, run)),
  };
}

/** Adds the options that say where the service's Redis is, and the examples (a line each) below the help. */
export function withConnection<Args extends unknown[]>(
  command: Command<Args>,
  prefix: string,
  examples: string,
  t: Translate,
) {
  addHelp(command, {
    examples: examples.split("\n").map((line) => `${prefix} ${line}`.trim()),
    exits: CLIENT_EXITS,
  });
  return command
    .option("--redis <url>", t("option.service_redis"))
    .option("-c, --config <file>", t("option.client_config"))
    .option("--json", t("option.json_on_terminal"))
    .option("--timeout <ms>", t("option.timeout"), "10000");
}

/** Returns where the service of these options is, by options, environment, file and defaults. */
export async function readConnection(flags: Flags, io: Io): Promise<Required<ConnectOptions>> {
  const { settings } = await loadConfig({
    file: await findConfigFile(flags.config, io),
    flags: flags.redis === undefined ? {} : { REDIS_URL: flags.redis },
    environment: io.environment,
    only: "settings",
  });
  const { timeout = "10000" } = flags;
  if (!/^\d{1,7}$/.test(timeout)) throw new UsageError(keyed("option.timeout_value", { value: timeout }));
  return {
    redisUrl: settings.REDIS_URL === undefined ? "redis://127.0.0.1:6379" : reachable(settings.REDIS_URL),
    keyPrefix: settings.KEY_PREFIX,
    listenChannel: settings.LISTEN_CHANNEL,
    infoKey: settings.REDIS_INFO_KEY,
    timeoutMs: Number(timeout),
  };
}

/** Runs with a client that is closed at the end; Ctrl-C ends whatever waits. */
async function runWithClient(flags: Flags, io: Io, run: Run): Promise<number> {
  await using client = await connect(await readConnection(flags, io));
  // Closing the client rejects what waits for it.
  const stop = () => void client[Symbol.asyncDispose]();
  io.signal.addEventListener("abort", stop);
  try {
    return await run(client, createOutput(flags, io));
  } catch (error) {
    if (!io.signal.aborted) throw error;
    io.note(`okws: ${translator(io)("okws.interrupted")}`);
    return EXIT.failed;
  } finally {
    io.signal.removeEventListener("abort", stop);
  }
}

/** Prints what is given in the way that is asked for. */
export function createOutput(flags: Flags, io: Io): Output {
  const people = io.outIsTerminal && flags.json !== true;
  return {
    people,
    data(value, lines) {
      if (!people) io.print(jsonText(value, io.outIsTerminal));
      else for (const line of lines().flatMap((each) => wrapLines(each, columnsOf(io)))) io.print(line);
    },
  };
}

/** A service that is configured with its own store is reached at that store's address. */
function reachable(url: string): string {
  const target = parseRedisUrl(url);
  return target.kind === "embedded" ? `redis://${target.hostname}:${target.port}` : url;
}
