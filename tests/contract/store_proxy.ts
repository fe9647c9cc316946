/** A TCP proxy that can lose the answer to what it has passed on, as a network does at the worst moment. */
import { freePort } from "../support/free_port.ts";

/** Passes connections on to a loopback port. */
export type CuttingProxy = AsyncDisposable & {
  readonly url: string;
  /** The next bytes that come back are dropped and their connection is closed. */
  cutNextAnswer(): void;
};

/** Starts listening on a free port. */
export function startCuttingProxy(port: number): CuttingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const open = new Set<Deno.TcpConn>();
  const tasks: Promise<void>[] = [];
  let cut = false;

  const pass = async (from: Deno.TcpConn, to: Deno.TcpConn, isAnswer: boolean): Promise<void> => {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        if (isAnswer && cut) {
          cut = false;
          break;
        }
        for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
      }
    } catch (error) {
      if (!isClosed(error)) throw error;
    } finally {
      for (const each of [from, to]) close(each);
    }
  };

  const close = (connection: Deno.TcpConn) => {
    if (open.delete(connection)) connection.close();
  };

  const accept = async (): Promise<void> => {
    try {
      for await (const client of listener) {
        open.add(client);
        const server = await Deno.connect({ hostname: "127.0.0.1", port });
        open.add(server);
        tasks.push(pass(client, server, false), pass(server, client, true));
      }
    } catch (error) {
      if (!isClosed(error)) throw error;
    }
  };

  const accepting = accept();
  return {
    url: `redis://127.0.0.1:${listener.addr.port}`,
    cutNextAnswer: () => cut = true,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of [...open]) close(connection);
      await accepting;
      await Promise.all(tasks);
    },
  };
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
