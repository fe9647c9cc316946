/**
 * A TCP proxy on a loopback port that can be cut, stalled, frozen or slowed, and mended again: an outage of the network
 * itself, between programs that know nothing of it.
 */
import { freePort } from "./free_port.ts";

/** A running proxy. */
export type Proxy = AsyncDisposable & {
  readonly port: number;
  /** Ends every connection and takes no new one. */
  cut(): void;
  /** From now on nothing gets through, on open connections and on new ones, and neither side is notified. */
  stall(): void;
  /** Connections that are open now are dead for ever without an end that anybody sees; new ones work. */
  freeze(): void;
  /** At most so many bytes a second from the server to each client. */
  slow(bytesPerSecond: number): void;
  /** Ends `cut`, `stall` and `slow`; what was stalled flows on. */
  restore(): void;
};

/** Two ends of one connection. */
type Link = { readonly ends: Deno.Conn[]; readonly over: PromiseWithResolvers<void>; frozen: boolean };

/** A slowed connection gets its share this often. */
const SLOW_MS = 50;

/** Forwards to `127.0.0.1:target`. */
export function startProxy(target: number): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const links = new Set<Link>();
  let whole = true;
  let stalled: PromiseWithResolvers<void> | undefined;
  let rate = Infinity;

  const end = (link: Link) => {
    links.delete(link);
    link.over.resolve();
    for (const connection of link.ends.splice(0)) connection.close();
  };
  /** Answers false when the connection ended while it waited. */
  const passes = async (link: Link): Promise<boolean> => {
    while (links.has(link) && (link.frozen || stalled !== undefined)) {
      await Promise.race([link.over.promise, ...(stalled && !link.frozen ? [stalled.promise] : [])]);
    }
    return links.has(link);
  };
  const copy = async (link: Link, from: Deno.Conn, to: Deno.Conn, down: boolean) => {
    const buffer = new Uint8Array(64 * 1024);
    while (true) {
      const limit = down && rate < Infinity ? Math.max(1, Math.round(rate * SLOW_MS / 1000)) : buffer.length;
      const count = await from.read(buffer.subarray(0, limit));
      if (count === null || !await passes(link)) return;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      if (down && rate < Infinity) await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    }
  };
  const forward = async (client: Deno.Conn) => {
    const link: Link = { ends: [client], over: Promise.withResolvers<void>(), frozen: false };
    links.add(link);
    let copies: Promise<void>[] = [];
    try {
      if (!await passes(link)) return;
      const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
      // Cut while it dialled.
      if (!links.has(link)) return server.close();
      link.ends.push(server);
      copies = [copy(link, client, server, false), copy(link, server, client, true)];
      await Promise.race(copies);
    } catch {
      // A cut connection ends its copies.
    } finally {
      if (links.has(link)) end(link);
      await Promise.allSettled(copies);
    }
  };
  const work = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      if (!whole) {
        client.close();
        continue;
      }
      const each = forward(client).finally(() => work.delete(each));
      work.add(each);
    }
  })();
  const cut = () => {
    whole = false;
    for (const link of [...links]) end(link);
  };
  return {
    port: listener.addr.port,
    cut,
    stall: () => void (stalled ??= Promise.withResolvers<void>()),
    freeze() {
      for (const link of links) link.frozen = true;
    },
    slow: (bytesPerSecond) => void (rate = bytesPerSecond),
    restore() {
      whole = true;
      rate = Infinity;
      stalled?.resolve();
      stalled = undefined;
    },
    async [Symbol.asyncDispose]() {
      cut();
      listener.close();
      await accepting;
      await Promise.all(work);
    },
  };
}
