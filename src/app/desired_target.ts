/** What is desired of all servers, from the file and from what commands asked for: the same on every instance that reads the same. */
import { topicsByServer } from "../config/difference.ts";
import { type Config, parseServer, type ServerConfig, topicFault } from "../config/schema.ts";
import type { Persisted } from "../control/persisted_subscriptions.ts";
import type { Owner } from "../model/events.ts";
import type { TopicFault } from "../okx/path_text.ts";
import { parseTopicOf, type Topic } from "../okx/topic.ts";
import type { Owns } from "../session/shard_placement.ts";
import { CommandError } from "../shared/errors.ts";

/** A topic, and by whom it is desired. */
export type DesiredTopic = { readonly topic: Topic; readonly owners: ReadonlySet<Owner> };

/** A server that is to be open, and what is desired of it, by path. */
export type DesiredServer = {
  readonly server: ServerConfig;
  readonly topics: ReadonlyMap<string, DesiredTopic>;
};

/** Servers that are desired, by name. */
export type DesiredTarget = ReadonlyMap<string, DesiredServer>;

/** Returns the paths of each server. */
export function pathsOfTarget(target: DesiredTarget): Map<string, Set<string>> {
  return new Map([...target].map(([name, { topics }]) => [name, new Set(topics.keys())]));
}

/** Returns what of it is this process's: every server, with its own paths. */
export function ownTarget(target: DesiredTarget, owns: Owns): DesiredTarget {
  return new Map([...target].map(([name, { server, topics }]): [string, DesiredServer] => [
    name,
    { server, topics: new Map([...topics].filter(([path]) => owns(name, path))) },
  ]));
}

/**
 * Puts both together. What is persisted and cannot be had is left out; the process that writes forgets it, with a line in the
 * log.
 */
export function desiredTarget(config: Config, persisted: Persisted): DesiredTarget {
  const target = new Map<string, { server: ServerConfig; topics: Map<string, DesiredTopic> }>();
  for (const server of serversOf(config, persisted)) target.set(server.name, { server, topics: new Map() });
  const add = (name: string, topic: Topic, owner: Owner) => {
    const { server, topics } = target.get(name) ?? {};
    if (topics === undefined || topicFault(topic, server) !== undefined) return;
    topics.set(topic.path, { topic, owners: new Set([...topics.get(topic.path)?.owners ?? [], owner]) });
  };
  const ofCommands = new Set(persisted.servers.map(({ name }) => name));
  for (const [name, topics] of topicsByServer(config)) {
    // One that a command has opened under a name of the file begins without subscriptions.
    if (ofCommands.has(name)) continue;
    const gone = persisted.unsubscribed.get(name);
    for (const topic of topics.values()) if (gone?.has(topic.path) !== true) add(name, topic, "file");
  }
  for (const { server: name, paths } of persisted.paths) {
    for (const path of paths) {
      const topic = parsePersisted(target.get(name)?.server.protocol ?? config.settings.PROTOCOL, path);
      if (topic.kind === "topic") add(name, topic, "command");
    }
  }
  return target;
}

/** Reads a path that was subscribed before: a bare name may be a channel that is in no table. */
export function parsePersisted(protocol: ServerConfig["protocol"], path: string): Topic | TopicFault {
  const topic = parseTopicOf(protocol, path);
  return topic.kind === "fault" && /^[A-Za-z0-9_-]+$/.test(path)
    ? parseTopicOf(protocol, { channel: path })
    : topic;
}

/** Returns those of the file that no command has closed, and those of commands, also under a name of the file. */
function serversOf({ servers, settings }: Config, persisted: Persisted): Iterable<ServerConfig> {
  const found = new Map(
    servers.filter(({ name }) => !persisted.closed.has(name)).map((server) => [server.name, server]),
  );
  for (const { name, endpoint, protocol } of persisted.servers) {
    try {
      found.set(name, parseServer(name, { endpoint, protocol }, settings.ENDPOINT, settings.PROTOCOL));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
  return found.values();
}
