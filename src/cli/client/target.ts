/** Which server a command is about: `NAME PATH…`, or the paths alone where one server is open. */
import type { Client } from "../../client/client.ts";
import { CODES, CommandError } from "../../shared/errors.ts";
import { UsageError } from "../shared/exit.ts";
import { keyed } from "../i18n/translate.ts";

/** A server by its name, and what was written after it. */
export type Target = { readonly name: string; readonly rest: readonly string[] };

/** How commands with a target are written, for their help. */
export const TARGET_USAGE = "[options] [name] <path...>";

/** Names of servers have none of these; every path that names an instrument does, and so has an argument object. */
const OF_A_PATH = /[:/{]/;

/** `KEY=VALUE`, which only follows a path. */
const FILTER = /^[A-Za-z_]\w*=/;

/** Splits the words; `name` is undefined where they begin with a path. A word alone is a path, such as `account`. */
export function splitArguments(
  words: readonly string[],
): { name: string | undefined; rest: readonly string[] } {
  const [first = "", second] = words;
  const isPath = OF_A_PATH.test(first) || second === undefined || FILTER.test(second);
  return isPath ? { name: undefined, rest: words } : { name: first, rest: words.slice(1) };
}

/** Finds the server as {@link findTarget} does, for a read: without a service the one server of which Redis has something. */
export async function findStored(
  words: readonly string[],
  client: Pick<Client, "servers" | "storedServers">,
): Promise<Target> {
  const servers = async () => {
    try {
      return await client.servers();
    } catch (error) {
      const stored = await client.storedServers().catch((): string[] => []);
      if (stored.length === 1) return stored;
      throw error;
    }
  };
  return await findTarget(words, { servers });
}

/** Returns the server that is named, or the one that is open. Rejects with UsageError where several are. */
export async function findTarget(words: readonly string[], client: Pick<Client, "servers">): Promise<Target> {
  const { name, rest } = splitArguments(words);
  if (name !== undefined) return { name, rest };
  const servers = await client.servers();
  const [word = ""] = rest;
  if (rest.length === 1 && servers.includes(word)) {
    throw new UsageError(keyed("target.no_path", { name: word }));
  }
  const [only, ...others] = servers;
  if (only === undefined) throw new UsageError(keyed("target.no_server"));
  if (others.length === 0) return { name: only, rest };
  const names = [only, ...others].join(", ");
  throw new UsageError(keyed("target.several_servers", { names, first: only, path: rest.join(" ") }));
}

/**
 * Rejects with CommandError where a service runs that has no such server: nothing will come of it. Where none runs, one that
 * starts may open it; and who may only read cannot ask.
 */
export async function assertOpen(
  name: string,
  client: Pick<Client, "servers" | "serverStatus" | "isServed">,
): Promise<void> {
  // What a running service keeps of a server needs no question to it.
  if (await client.serverStatus(name) !== undefined) return;
  if (!await client.isServed().catch(() => false)) return;
  const servers = await client.servers().catch(() => undefined);
  if (servers === undefined || servers.includes(name)) return;
  const none = servers.length === 0
    ? keyed("target.none_open", { name })
    : keyed("target.not_open", { name, names: servers.join(", ") });
  throw new CommandError(CODES.noServer, none);
}
