/**
 * `okws __values`: what the completion scripts ask for while a line is typed. Quick or silent: whatever goes wrong, or
 * takes too long, is an empty answer.
 */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { connect } from "../../client/client.ts";
import { SERVER_NAME } from "../../shared/limits.ts";
import { loadConfig } from "../../config/load.ts";
import { knownChannels } from "../../config/schema.ts";
import { readConnection } from "../client/command.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { EXIT } from "../shared/exit.ts";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import type { Io } from "../terminal/io.ts";
import { ASKED, type Completable } from "./spec.ts";
import { translator } from "../i18n/translate.ts";

/** Nobody waits longer for a Tab. */
const DEADLINE_MS = 1000;

/** How long the service may take to name its servers. */
const REPLY_MS = 600;

/** Most values that are offered. */
const MAX_VALUES = 5000;

/** What a shell takes without a quote. What else Redis may hold is not offered. */
const PLAIN = /^[A-Za-z0-9_.:/=,%@+-]{1,200}$/;

type Flags = { readonly config?: string | undefined; readonly redis?: string | undefined };

/** Returns the hidden command. */
export function valuesCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  return new Command("__values").description(t("completions.values"))
    .addArgument(new Argument("<what>").choices(ASKED))
    .argument("[server]")
    .option("-c, --config <file>")
    .option("--redis <url>")
    .action(async (what, server, flags) => {
      const finding = find(what, server, flags, io).catch(() => []);
      const values = await withDeadline<string[], string[]>(finding, DEADLINE_MS, () => []);
      for (const value of [...new Set(values)].filter((each) => PLAIN.test(each)).slice(0, MAX_VALUES)) {
        io.print(value);
      }
      exit(EXIT.done);
    });
}

async function find(what: Completable, server: string | undefined, flags: Flags, io: Io): Promise<string[]> {
  switch (what) {
    case "servers":
      return [...await fromFile(flags, io), ...await fromService(flags, io).catch(() => [])];
    case "targets":
    case "new_targets": {
      const paths = find(what === "targets" ? "paths" : "channels", server, flags, io);
      return (await Promise.all([find("servers", server, flags, io), paths.catch(() => [])])).flat();
    }
    case "paths":
      return await subscribed(server, flags, io);
    case "channels":
      return channels(await subscribed(server, flags, io).catch(() => []));
  }
}

/** Returns the servers of the file, whatever else is wrong with it. */
async function fromFile({ config }: Flags, io: Io): Promise<string[]> {
  const file = await findConfigFile(config, io, () => {});
  if (file === undefined) return [];
  return (await loadConfig({ file, environment: io.environment }).catch(() => ({ servers: [] }))).servers
    .map(({ name }) => name);
}

async function fromService(flags: Flags, io: Io): Promise<string[]> {
  await using client = await open(flags, io);
  return await client.servers();
}

/** Returns the paths of a server; where the line begins with a path, of the one that is open. */
async function subscribed(server: string | undefined, flags: Flags, io: Io): Promise<string[]> {
  await using client = await open(flags, io);
  const isNamed = server !== undefined && SERVER_NAME.test(server);
  const [only, ...others] = isNamed ? [server] : await client.servers();
  if (only === undefined || others.length > 0) return [];
  return [...(await client.subscriptions(only)).keys()];
}

/** Returns each channel, and each with the instruments that something is subscribed for already. */
function channels(paths: readonly string[]): string[] {
  const names = knownChannels();
  const instruments = [...new Set(paths.flatMap((path) => /:([^:=]+)$/.exec(path)?.[1] ?? []))].slice(0, 20);
  return [
    ...names.map((name) => `${name}:`),
    ...names.flatMap((name) => instruments.map((id) => `${name}:${id}`)),
  ];
}

async function open(flags: Flags, io: Io) {
  return await connect(await readConnection({ ...flags, timeout: String(REPLY_MS) }, io));
}
