/**
 * Which instance of the service writes, as Redis sees it (MONITOR): docs/high-availability.md has every connection by which one
 * writes named after it before anything else.
 */
import { Redis } from "ioredis";

export type Writers = AsyncDisposable & {
  /** The first command of an instance after another one had begun; undefined: there was none. */
  readonly late: { readonly instance: string; readonly command: string } | undefined;
};

/** What changes something, or is seen by others. */
const WRITES = /^(set|del|unlink|h(set|del)|z(add|rem)|s(add|rem)|x(add|trim|del)|publish)$/i;
/** Who looks whether it has the lease may write there, and one that stands by says so. */
const COMMON = /^okex\/(leader|epoch|instances)$|^trade-ws/;

/** Watches from now on, before any instance is started. */
export async function watchWriters(port: number): Promise<Writers> {
  const redis = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: () => null });
  redis.on("error", () => {});
  await redis.connect();
  const monitor = await redis.monitor();
  const instances = new Map<string, string>();
  const order: string[] = [];
  let late: Writers["late"];
  monitor.on("monitor", (_time: string, [command = "", key = "", name = ""]: string[], source: string) => {
    if (/^client$/i.test(command) && /^setname$/i.test(key) && name.startsWith("okws:")) {
      instances.set(source, name.slice(name.lastIndexOf(":") + 1));
    }
    const instance = instances.get(source);
    if (instance === undefined || !WRITES.test(command) || COMMON.test(key)) return;
    if (!order.includes(instance)) order.push(instance);
    if (instance !== order.at(-1)) late ??= { instance, command: `${command} ${key}` };
  });
  return {
    get late() {
      return late;
    },
    [Symbol.asyncDispose]: () => {
      monitor.disconnect();
      redis.disconnect();
      return Promise.resolve();
    },
  };
}
