/**
 * A WebSocket of the runtime that is read message by message: while nobody reads, the network holds the exchange back, where
 * the runtime has a WebSocketStream (Deno with `--unstable-net`, as the executable is). The only `new WebSocket`. The runtime closes a connection on which a message of more than 64 MB comes, with a reason.
 */

/** One open WebSocket. */
export type Wire = {
  /** The next message; done when the connection is over. Rejects with what broke it. */
  read(): Promise<ReadableStreamReadResult<string | Uint8Array | ArrayBuffer>>;
  /** The close code and its text; known when nothing more can be read. */
  readonly closed: Promise<{ readonly closeCode?: number; readonly reason?: string }>;
  send(text: string): void;
  /** Closes; what comes until the other side has closed, too, is still to be read. */
  close(): void;
};

/** As much of the runtime's class as is used, whose types are not everywhere. */
type Stream = {
  readonly opened: Promise<{
    readonly readable: ReadableStream<string | Uint8Array>;
    readonly writable: WritableStream<string>;
  }>;
  readonly closed: Wire["closed"];
  close(): void;
};
const { WebSocketStream } = globalThis as unknown as {
  readonly WebSocketStream?: new (url: string, options: { readonly signal: AbortSignal }) => Stream;
};

/** Opens one. Rejects with the error of the network, or with the signal's reason. */
export async function openWire(url: string, signal: AbortSignal): Promise<Wire> {
  if (WebSocketStream === undefined) return await openEventWire(url, signal);
  const stream = new WebSocketStream(url, { signal });
  // The reader learns of it.
  stream.closed.catch(() => {});
  const { readable, writable } = await stream.opened;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  const asked: ReturnType<Wire["read"]>[] = [];
  return {
    read: () => asked.shift() ?? reader.read(),
    closed: stream.closed,
    send(text) {
      // A connection that has ended says so where it is read.
      writer.write(text).catch(() => {});
      // After a pong of the protocol that nobody asked for the runtime waits until one more message is asked for.
      const next = reader.read();
      next.catch(() => {});
      asked.push(next);
    },
    close: () => stream.close(),
  };
}

/**
 * Opens as {@link openWire} does, without the IPv6 addresses of the host, which a stream of the runtime has no option to leave
 * out.
 */
export function openIpv4Wire(url: string, signal: AbortSignal): Promise<Wire> {
  return openEventWire(url, signal, Deno.createHttpClient({ localAddress: "0.0.0.0" }));
}

/** One whose messages come as events: they are kept until they are read, and the exchange is not held back. */
function openEventWire(url: string, signal: AbortSignal, client?: Deno.HttpClient): Promise<Wire> {
  const webSocket = client === undefined ? new WebSocket(url) : new WebSocket(url, withClient(client));
  webSocket.binaryType = "arraybuffer";
  const opened = Promise.withResolvers<Wire>();
  const closed = Promise.withResolvers<{ readonly closeCode: number; readonly reason: string }>();
  const onAbort = () => {
    webSocket.close();
    opened.reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort);
  const readable = new ReadableStream<string | ArrayBuffer>({
    start(messages) {
      let fault: Error | undefined;
      webSocket.onmessage = (event) => messages.enqueue(event.data);
      webSocket.onerror = (event) => {
        fault = new Error(event instanceof ErrorEvent ? event.message : "network error");
      };
      webSocket.onclose = ({ code: closeCode, reason }) => {
        client?.close();
        closed.resolve({ closeCode, reason });
        if (fault === undefined) messages.close();
        else messages.error(fault);
        opened.reject(fault);
      };
    },
  });
  const reader = readable.getReader();
  webSocket.onopen = () => {
    signal.removeEventListener("abort", onAbort);
    opened.resolve({
      read: () => reader.read(),
      closed: closed.promise,
      send: (text) => webSocket.send(text),
      close: () => webSocket.close(),
    });
  };
  return opened.promise;
}

/** The options of a WebSocket that the runtime takes, whose types are not everywhere either. */
function withClient(client: Deno.HttpClient): string[] {
  return { client } as unknown as string[];
}
