/**
 * Which connection serves what. A connection carries any number of light subscriptions but few deep order books, so a
 * server has as many connections of a group as its books need. Pure, so that a plan can be shown before anything runs.
 */
import { type ConnectionGroup, type ConnectionName, groupOf } from "../model/events.ts";
import { CODECS, type Protocol } from "../okx/codec.ts";
import type { Topic } from "../okx/topic.ts";

/** Deep books that one connection carries (OKX v5 documentation, "Order book channel": less than 30 are recommended). */
export const MAX_DEEP_BOOKS = 29;

/**
 * New connections in any window of this length: three a second and address (OKX v5 documentation, "Connect"), and a
 * little more time, because what counts is when they arrive.
 */
export const DIALS = 3;
export const DIAL_WINDOW_MS = 1150;

/** What a connection carries already. */
export type Load = {
  readonly name: ConnectionName;
  /** Its upstream subscriptions, each with one of its topics. */
  readonly topics: ReadonlyMap<string, Topic>;
};

/** A connection as it will be made. */
export type PlannedConnection = Load & {
  readonly server: string;
  readonly paths: readonly string[];
  readonly deepBooks: number;
};

/** All connections of a configuration. */
export type Plan = {
  readonly connections: readonly PlannedConnection[];
  /** Seconds until the last connection may be dialled. */
  readonly dialSeconds: number;
};

/** Returns the first of these connections, all of the topic's group, that has room for it; undefined: none. */
export function pickConnection<L extends Load>(loads: Iterable<L>, topic: Topic): L | undefined {
  for (const load of loads) {
    if (load.topics.has(topic.upstream) || hasRoom(load, topic)) return load;
  }
  return undefined;
}

/** Returns the lowest free name of a group. */
export function freeName(group: ConnectionGroup, taken: (name: ConnectionName) => boolean): ConnectionName {
  if (!taken(group)) return group;
  let number = 2;
  while (taken(`${group}#${number}`)) number += 1;
  return `${group}#${number}`;
}

/** Returns the group whose first connection is dialled though nothing is desired of it yet. */
export function firstGroup(protocol: Protocol): ConnectionGroup {
  return CODECS[protocol].firstEndpoint;
}

/** Returns what is going to be dialled for these servers, in this order. */
export function planConnections(
  servers: readonly {
    readonly name: string;
    readonly protocol: Protocol;
    readonly topics: readonly Topic[];
  }[],
): Plan {
  const connections = servers.flatMap(({ name: server, protocol, topics }) => {
    const first = firstGroup(protocol);
    const loads = new Map<ConnectionName, Map<string, Topic>>([[first, new Map()]]);
    const paths = new Map<ConnectionName, string[]>([[first, []]]);
    for (const topic of topics) {
      const group = groupOf(topic);
      const fitting = [...loads].filter(([name]) => name.split("#")[0] === group)
        .map(([name, topics]) => ({ name, topics }));
      const name = pickConnection(fitting, topic)?.name ?? freeName(group, (each) => loads.has(each));
      loads.set(name, (loads.get(name) ?? new Map<string, Topic>()).set(topic.upstream, topic));
      paths.set(name, [...paths.get(name) ?? [], topic.path]);
    }
    return [...loads].map(([name, topics]) => ({
      server,
      name,
      topics,
      paths: paths.get(name) ?? [],
      deepBooks: countDeep(topics.values()),
    }));
  });
  const windows = Math.floor(Math.max(0, connections.length - 1) / DIALS);
  return { connections, dialSeconds: windows * DIAL_WINDOW_MS / 1000 };
}

function hasRoom({ topics }: Load, topic: Topic): boolean {
  if (!topic.isDeep) return true;
  if (countDeep(topics.values()) >= MAX_DEEP_BOOKS) return false;
  for (const other of topics.values()) if (exclude(other, topic)) return false;
  return true;
}

/**
 * Tick-by-tick books of one instrument take no other on their connection (OKX v5, error 64004). The documentation names
 * `books` and `books50-l2-tbt` beside `books-l2-tbt`; apart each of them is right in any case.
 */
function exclude(one: Topic, other: Topic): boolean {
  if (!one.isDeep || one.arg.instId !== other.arg.instId) return false;
  return one.isTickByTick || other.isTickByTick;
}

function countDeep(topics: Iterable<Topic>): number {
  let count = 0;
  for (const topic of topics) if (topic.isDeep) count += 1;
  return count;
}
