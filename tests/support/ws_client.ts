/** A WebSocket client of a test, which keeps what it receives. */

/** What every frame of the exchange may have; a test names what else it reads. */
export type WsFrame = {
  readonly event?: string;
  readonly arg?: { readonly channel?: string };
  readonly data?: Record<string, unknown>[];
};

/** Disposing closes it. */
export type WsClient<Frame extends WsFrame> = AsyncDisposable & {
  readonly socket: WebSocket;
  readonly texts: string[];
  readonly bytes: Uint8Array[];
  readonly closed: Promise<CloseEvent>;
  send(request: unknown): void;
  /** The texts that can be read as JSON. */
  frames(): Frame[];
  events(name: string): Frame[];
  pushes(channel: string): Frame[];
};

/** Connects; rejects where that is not possible. */
export async function connectWs<Frame extends WsFrame>(url: string): Promise<WsClient<Frame>> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const texts: string[] = [];
  const bytes: Uint8Array[] = [];
  const closed = Promise.withResolvers<CloseEvent>();
  const opened = Promise.withResolvers<void>();
  socket.onopen = () => opened.resolve();
  socket.onerror = (event) => {
    event.preventDefault();
    opened.reject(new Error(`Cannot connect: ${url}`));
  };
  socket.onclose = closed.resolve;
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") texts.push(data);
    else bytes.push(new Uint8Array(data as ArrayBuffer));
  };
  await opened.promise;
  const frames = () => texts.flatMap((text) => parseFrame<Frame>(text) ?? []);
  return {
    socket,
    texts,
    bytes,
    closed: closed.promise,
    send: (request) => socket.send(JSON.stringify(request)),
    frames,
    events: (name) => frames().filter(({ event }) => event === name),
    pushes: (channel) => frames().filter(({ arg, data }) => data !== undefined && arg?.channel === channel),
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed.promise;
    },
  };
}

function parseFrame<Frame>(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Frame : undefined;
  } catch {
    return undefined;
  }
}
