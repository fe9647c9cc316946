/** A TCP proxy on a loopback port that a test can cut, and mend again: an outage of the network itself. */

/** A running proxy. */
export type Proxy = AsyncDisposable & {
  readonly port: number;
  /** Ends every connection and takes no new one. */
  cut(): void;
  mend(): void;
};

/** Forwards to `127.0.0.1:target`. */
export function startProxy(target: number): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let whole = true;
  const end = (connection: Deno.Conn) => {
    if (!open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // Closed by the copy that ended first.
    }
  };
  const forward = async (client: Deno.Conn) => {
    open.add(client);
    let server: Deno.Conn | undefined;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: target });
      open.add(server);
      await Promise.race([copy(client, server), copy(server, client)]);
    } catch {
      // A cut connection ends its copies.
    } finally {
      end(client);
      if (server !== undefined) end(server);
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
    for (const connection of [...open]) end(connection);
  };
  return {
    port: listener.addr.port,
    cut,
    mend: () => void (whole = true),
    async [Symbol.asyncDispose]() {
      cut();
      listener.close();
      await accepting;
      await Promise.all(work);
    },
  };
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
}
