/** The configuration file, read again while the service runs: what differs is applied, and nothing else. */
import { difference, isEqual, topicsByServer } from "../config/difference.ts";
import type { Config, ServerConfig } from "../config/schema.ts";
import type { ReloadReport, ServerPaths } from "../control/command.ts";
import { roomLogger } from "../logging/log.ts";
import type { Topic } from "../okx/topic.ts";
import { CODES, CommandError, ConfigError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import type { DesiredTopic } from "./desired_target.ts";
import type { DesiredState, DesiredStateOptions } from "./desired_state.ts";

const log = roomLogger("service");

/** What is read, and what it is applied to. */
export type FileReloadOptions = Omit<DesiredStateOptions, "config"> & {
  readonly desired: DesiredState;
  /** Reads the configuration again; rejects with ConfigError. Undefined: there is no file. */
  readonly load: (() => Promise<Config>) | undefined;
  /** Applies it where this process has a part of the work only. */
  readonly applyPart?: ((next: Config) => Promise<ReloadReport>) | undefined;
};

/**
 * Returns what reads the file and applies what differs, one time after the other. It rejects with CommandError; a faulty file
 * changes nothing.
 */
export function createFileReload(options: FileReloadOptions): () => Promise<ReloadReport> {
  let before: Promise<unknown> = Promise.resolve();
  return () => {
    const work = before.then(() => reload(options));
    before = work.catch(() => {});
    return work;
  };
}

async function reload(options: FileReloadOptions): Promise<ReloadReport> {
  const { load, applyPart } = options;
  if (load === undefined) {
    throw new CommandError(CODES.notAllowed, message("command.no_file"));
  }
  let next: Config;
  try {
    next = await load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error("The configuration has faults, nothing is changed", { reason: error.message });
    throw new CommandError(CODES.unreadable, message("command.nothing_changed", { reason: error.message }));
  }
  const report = applyPart === undefined ? await apply(next, options) : await applyPart(next);
  log.info("The configuration was read again", summary(report));
  return report;
}

async function apply(
  next: Config,
  { desired, registry, persisted, resume, write }: FileReloadOptions,
): Promise<ReloadReport> {
  const { opened, closed, changed, removed, settings } = difference(desired.config, next);
  desired.setFile(next);
  const gone = closed.filter((name) => registry.has(name));
  for (const name of gone) await desired.close(name);
  // A server that a command had opened under the name of one in the file becomes the file's.
  const others = next.servers.filter((server) => isOther(server, desired));
  const again = [...new Set([...changed, ...opened.filter(({ name }) => registry.has(name)), ...others])];
  for (const server of again) await desired.reopen(server);
  // What commands took away of the file comes back, too.
  const fresh = next.servers.filter(({ name }) => !registry.has(name));
  for (const server of fresh) desired.openServer(server);
  write(persisted.fileRead(next.servers.map(({ name }) => name)));
  const unsubscribed: ServerPaths[] = [];
  for (const { server, topics } of removed) {
    if (!registry.has(server)) continue;
    const paths = registry.unsubscribe(server, topics, "file");
    if (paths.length > 0) unsubscribed.push({ server, paths });
  }
  const subscribed: ServerPaths[] = [];
  for (const [server, topics] of topicsByServer(next)) {
    const missing = missingOf([...topics.values()], [...registry.desired(server)]);
    if (missing.length === 0) continue;
    // What is there already must not be taken again.
    const seen = await resume.readOrLater(server, missing);
    if (!registry.has(server)) continue;
    desired.subscribeFor("file", server, missing, seen);
    subscribed.push({ server, paths: missing.map(({ path }) => path) });
  }
  return {
    opened: fresh.map(({ name }) => name),
    closed: gone,
    reopened: again.map(({ name }) => name),
    subscribed,
    unsubscribed,
    restart: settings,
  };
}

function isOther(server: ServerConfig, desired: DesiredState): boolean {
  const open = desired.serverOf(server.name);
  return open !== undefined && !isEqual(open, server);
}

/** Returns those of the file's topics that are not desired for it yet. */
function missingOf(topics: readonly Topic[], desired: readonly DesiredTopic[]): Topic[] {
  const ofFile = new Set(
    desired.filter(({ owners }) => owners.has("file")).map(({ topic }) => topic.path),
  );
  return topics.filter(({ path }) => !ofFile.has(path));
}

function summary(report: ReloadReport): Record<string, unknown> {
  const { subscribed, unsubscribed, ...lists } = report;
  const total = (list: readonly ServerPaths[]) => list.reduce((sum, { paths }) => sum + paths.length, 0);
  return { ...lists, subscribed: total(subscribed), unsubscribed: total(unsubscribed) };
}
