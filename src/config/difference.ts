/** What has to be done to get from one configuration to another, as data; nothing else is touched. */
import type { Config, ServerConfig } from "./schema.ts";
import type { Topic } from "../okx/topic.ts";

/** Topics of one server. */
export type ServerTopics = { readonly server: string; readonly topics: readonly Topic[] };

/** The steps from one configuration to another. */
export type Difference = {
  readonly opened: readonly ServerConfig[];
  readonly closed: readonly string[];
  /** Servers whose exchange, protocol or login is another. */
  readonly changed: readonly ServerConfig[];
  /** Of servers that are open before and after. */
  readonly removed: readonly ServerTopics[];
  /** Settings that differ, which take a restart. */
  readonly settings: readonly string[];
};

/** Compares two complete configurations. */
export function difference(before: Config, after: Config): Difference {
  const old = new Map(before.servers.map((server) => [server.name, server]));
  const now = new Map(after.servers.map((server) => [server.name, server]));
  const oldTopics = topicsByServer(before);
  const newTopics = topicsByServer(after);
  const names = new Set([...Object.keys(before.settings), ...Object.keys(after.settings)]);
  const oldSettings: Readonly<Record<string, unknown>> = before.settings;
  const newSettings: Readonly<Record<string, unknown>> = after.settings;
  return {
    opened: after.servers.filter(({ name }) => !old.has(name)),
    closed: before.servers.map(({ name }) => name).filter((name) => !now.has(name)),
    changed: after.servers.filter((server) => {
      const earlier = old.get(server.name);
      return earlier !== undefined && !isEqual(earlier, server);
    }),
    removed: missing(oldTopics, newTopics).filter(({ server }) => now.has(server)),
    settings: [...names].filter((name) => !isEqual(oldSettings[name], newSettings[name])),
  };
}

/** Returns what a configuration subscribes: of each server every topic once, by path. */
export function topicsByServer({ subscribes }: Config): Map<string, Map<string, Topic>> {
  const byServer = new Map<string, Map<string, Topic>>();
  for (const { server, topics } of subscribes) {
    const known = byServer.get(server) ?? new Map<string, Topic>();
    byServer.set(server, known);
    for (const topic of topics) known.set(topic.path, topic);
  }
  return byServer;
}

/** Returns what is in the first and not in the second. */
function missing(
  first: ReadonlyMap<string, ReadonlyMap<string, Topic>>,
  second: ReadonlyMap<string, ReadonlyMap<string, Topic>>,
): ServerTopics[] {
  return [...first].flatMap(([server, topics]) => {
    const left = [...topics.values()].filter(({ path }) => second.get(server)?.has(path) !== true);
    return left.length === 0 ? [] : [{ server, topics: left }];
  });
}

/** Returns whether two values of a configuration are the same, in the order of their members too. */
export function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
