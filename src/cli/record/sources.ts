/** What is to be recorded: the paths of the command line on one server, or everything that the file subscribes. */
import { resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { parseServer, type ServerConfig, topicFault } from "../../config/schema.ts";
import type { Settings } from "../../config/shapes.ts";
import { topicsByServer } from "../../config/difference.ts";
import { parseTopicOf, type Topic } from "../../okx/topic.ts";
import { parsePathOrArg } from "../client/arguments.ts";
import { findConfigFile } from "../shared/config_file.ts";
import { UsageError } from "../shared/exit.ts";
import { keyed } from "../i18n/translate.ts";
import type { Io } from "../terminal/io.ts";

/** Options that say what is recorded, and how much. */
export type SourceFlags = {
  readonly config?: string | undefined;
  readonly server?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly protocol?: string | undefined;
  readonly out?: string | undefined;
  readonly maxMb?: string | undefined;
  readonly fileMb?: string | undefined;
  readonly fileMinutes?: string | undefined;
};

/** Servers with what is subscribed on each. */
export type Sources = {
  readonly settings: Settings;
  readonly folder: string;
  /** The folder that a service of this configuration records into, where it is passed over. */
  readonly ofService: string | undefined;
  readonly servers: readonly { readonly server: ServerConfig; readonly topics: readonly Topic[] }[];
};

/** The second one where the service has the first. */
const DEFAULT_FOLDERS = ["recording", "recording-by-hand"] as const;

/** The name of a server that no file names. */
const OWN_NAME = "recorded";

/** Throws UsageError or ConfigError where there is nothing to record. */
export async function chooseSources(paths: readonly string[], flags: SourceFlags, io: Io): Promise<Sources> {
  const file = await findConfigFile(flags.config, io);
  const config = await loadConfig({ file, flags: settingsOf(flags), environment: io.environment });
  const { settings } = config;
  const places = { settings, ...chooseFolder(flags.out, settings.RECORD) };
  const chosen = flags.server === undefined
    ? config.servers
    : config.servers.filter(({ name }) => name === flags.server);
  if (flags.server !== undefined && chosen.length === 0) {
    const names = config.servers.map(({ name }) => name).join(", ");
    throw new UsageError(
      names === ""
        ? keyed("record.no_server", { name: flags.server })
        : keyed("record.no_server_of", { name: flags.server, names }),
    );
  }
  if (paths.length > 0) {
    const server = onlyOf(chosen, flags, settings);
    const isOwn = !chosen.includes(server);
    const topics = paths.map((path) => readTopic(path, server, isOwn));
    return { ...places, servers: [{ server, topics }] };
  }
  const topics = topicsByServer(config);
  const servers = chosen.flatMap((server) => {
    const own = [...topics.get(server.name)?.values() ?? []];
    return own.length === 0 ? [] : [{ server, topics: own }];
  });
  if (servers.length === 0) throw new UsageError(keyed("record.nothing"));
  return { ...places, servers };
}

/** Returns the folder of `--out`, or one beside where the command is given that is not the service's own. */
export function chooseFolder(
  out: string | undefined,
  ofService: string | undefined,
): { readonly folder: string; readonly ofService: string | undefined } {
  if (out !== undefined) return { folder: out, ofService: undefined };
  const isTaken = (folder: string) => ofService !== undefined && resolve(folder) === resolve(ofService);
  const folder = DEFAULT_FOLDERS.find((each) => !isTaken(each)) ?? DEFAULT_FOLDERS[0];
  return { folder, ofService };
}

/** Returns where paths of the command line are subscribed. What names its own exchange is no server of the file. */
function onlyOf(servers: readonly ServerConfig[], flags: SourceFlags, settings: Settings): ServerConfig {
  const [first, second] = servers;
  const isOwn = flags.server === undefined && (flags.endpoint !== undefined || flags.protocol !== undefined);
  if (isOwn || first === undefined) {
    return parseServer(OWN_NAME, {}, settings.ENDPOINT, settings.PROTOCOL);
  }
  if (second === undefined) return first;
  throw new UsageError(
    keyed("record.several_servers", { names: servers.map(({ name }) => name).join(", ") }),
  );
}

function readTopic(text: string, server: ServerConfig, isOwn: boolean): Topic {
  const topic = parseTopicOf(server.protocol, parsePathOrArg(text));
  if (topic.kind === "fault") throw new UsageError(topic.text);
  const unfit = topicFault(topic, server);
  // A server that nobody has named is not advised about.
  if (unfit !== undefined) {
    throw new UsageError(isOwn ? keyed("record.needs_login", { path: topic.path }) : unfit);
  }
  return topic;
}

function settingsOf(flags: SourceFlags): Record<string, string> {
  const { endpoint, protocol, maxMb, fileMb, fileMinutes } = flags;
  const named = {
    ENDPOINT: endpoint,
    PROTOCOL: protocol,
    RECORD_MB: maxMb,
    RECORD_FILE_MB: fileMb,
    RECORD_FILE_MINUTES: fileMinutes,
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}
