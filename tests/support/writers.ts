/**
 * Which service sent which command, as a Redis sees it (MONITOR): a connection says whose it is by its name before it writes
 * anything.
 */
import { watchCommands } from "./monitor.ts";

/** One command that changes something, or is seen by others, and whose it was. */
export type Written = { readonly instance: string; readonly command: string; readonly key: string };

/** Everything that was written so far, in the order in which Redis carried it out. */
export type Writers = AsyncDisposable & {
  readonly written: readonly Written[];
  /** Services by the order of their first write. */
  instances(): string[];
};

const READS =
  /^(GET|HGET|HGETALL|HMGET|PING|INFO|TIME|PTTL|TYPE|SCAN|XLEN|XREVRANGE|ZRANGE|SMEMBERS|WATCH|CLIENT|AUTH|HELLO|SELECT|PUBSUB|CLUSTER|ROLE|SUBSCRIBE|UNSUBSCRIBE|PSUBSCRIBE|MONITOR|COMMAND|CONFIG|EXEC|MULTI)$/i;

/** Watches one server from now on. The lease itself is left out: a service that checks whether it has it may extend it. */
export async function watchWriters(url: string): Promise<Writers> {
  const owners = new Map<string, string>();
  const written: Written[] = [];
  const watching = await watchCommands(url, ([command = "", key = "", ...rest], source) => {
    const name = /^client$/i.test(command) && /^setname$/i.test(key) ? rest[0] ?? "" : "";
    if (name.startsWith("okws:")) owners.set(source, name.slice(name.lastIndexOf(":") + 1));
    if (READS.test(command) || key.endsWith("/leader") || /^okex\/epoch$/.test(key)) return;
    const instance = owners.get(source);
    if (instance !== undefined) written.push({ instance, command, key });
  });
  return {
    written,
    instances: () => [...new Set(written.map(({ instance }) => instance))],
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

/** What was written by somebody after another one had begun to. */
export function lateWrites(written: readonly Written[]): Written[] {
  const order: string[] = [];
  return written.filter(({ instance }) => {
    if (!order.includes(instance)) order.push(instance);
    return instance !== order.at(-1);
  });
}
