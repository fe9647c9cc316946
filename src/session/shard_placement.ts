/**
 * Which shard serves what: rendezvous hashing, so that another number of shards moves only the paths that another shard has
 * to have. Pure, and the same in every process: nothing but the names of server and path decides.
 */
import { parseAnyTopic } from "../okx/topic.ts";
import type { Shard } from "../shared/shard.ts";

/** Whether a path of a server is this process's. */
export type Owns = (server: string, path: string) => boolean;

/** Answers remembered; past it all are forgotten. */
const MAX_REMEMBERED = 100_000;

/** Creates the test whether a path is served by this shard; without shards every path is. */
export function createOwns(shard: Shard | undefined): Owns {
  if (shard === undefined) return () => true;
  const known = new Map<string, boolean>();
  return (server, path) => {
    const name = `${server}\n${path}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    const isOwn = shardOf(server, path, shard.count) === shard.index;
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(name, isOwn);
    return isOwn;
  };
}

/** Returns the number of the shard that serves a path, from 1. */
export function shardOf(server: string, path: string, count: number): number {
  const key = `${server}\n${togetherWith(path)}`;
  let best = 1;
  let most = -1;
  for (let index = 1; index <= count; index++) {
    const weight = weightOf(`${index}\n${key}`);
    if (weight <= most) continue;
    most = weight;
    best = index;
  }
  return best;
}

/**
 * What is served together has the same: the paths of one upstream subscription; all of a login, since the exchange limits what
 * an account may have; what is in no table of channels, since it may be an account's; and legacy trades of one product, which
 * share an index.
 */
function togetherWith(path: string): string {
  const topic = parseAnyTopic(path);
  if (topic.kind === "fault" || topic.login || !topic.isKnown) return "login";
  return topic.storage === "trades" ? `table\n${topic.table}` : `upstream\n${topic.upstream}`;
}

/** FNV-1a over UTF-16 code units, with the last step of MurmurHash3 (both of the public domain), which spreads short texts evenly. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
