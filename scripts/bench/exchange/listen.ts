/** Listening for programs, with or without TLS. What is sent goes at once, as from the exchange. */
import { createServer } from "node:tls";

/** A connection of a program. */
export type Connection = {
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves with the number of bytes that were taken. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
};

/** Files of a certificate and its key. */
export type Certificate = { readonly cert: string; readonly key: string };

/** Calls `onConnection` for each, for as long as the process runs. */
export async function listen(
  port: number,
  { tls, onConnection }: {
    readonly tls: Certificate | undefined;
    onConnection(connection: Connection): void;
  },
): Promise<void> {
  if (tls !== undefined) return await listenTls(port, { tls, onConnection });
  for await (const connection of Deno.listen({ hostname: "127.0.0.1", port })) {
    connection.setNoDelay();
    onConnection({
      incoming: connection.readable,
      write: (bytes) => connection.write(bytes),
      close: () => connection.close(),
    });
  }
}

/** By Node's interface: a connection of `Deno.listenTls` waits for acknowledgements before it sends what is small. */
async function listenTls(port: number, { tls, onConnection }: {
  readonly tls: Certificate;
  onConnection(connection: Connection): void;
}): Promise<void> {
  const [cert, key] = await Promise.all([tls.cert, tls.key].map((file) => Deno.readTextFile(file)));
  const server = createServer({ cert, key }, (socket) => {
    socket.setNoDelay(true);
    onConnection({
      incoming: socket,
      write: (bytes) =>
        new Promise((resolve, reject) =>
          socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length))
        ),
      close: () => socket.destroy(),
    });
  });
  // A client that breaks a handshake off ends nothing else.
  server.on("tlsClientError", () => {});
  server.listen(port, "127.0.0.1");
}
