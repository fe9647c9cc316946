/** A plain TCP connection of a test that speaks for itself, whatever the other side does. */

/** Disposing closes it. */
export type TcpClient = AsyncDisposable & {
  readonly socket: Deno.TcpConn;
  /** The end of what has been answered, a character a byte, and whether the other side is gone. */
  readonly answered: { text: string; isOver: boolean };
  /** Writes all of it. Returns false where the other side has gone. */
  send(data: string | Uint8Array): Promise<boolean>;
};

/** Characters kept of what was answered. */
const MAX_KEPT = 100_000;

/** Connects. A client that is `deaf` reads nothing. */
export async function connectTcp(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  { deaf = false } = {},
): Promise<TcpClient> {
  const socket = await Deno.connect({ hostname, port });
  const answered = { text: "", isOver: false };
  const read = async () => {
    const piece = new Uint8Array(16 * 1024);
    const decoder = new TextDecoder("latin1");
    try {
      for (let size = await socket.read(piece); size !== null; size = await socket.read(piece)) {
        answered.text = (answered.text + decoder.decode(piece.subarray(0, size))).slice(-MAX_KEPT);
      }
    } catch {
      // Cut off.
    }
    answered.isOver = true;
  };
  const reading = deaf ? Promise.resolve() : read();
  return {
    socket,
    answered,
    async send(data) {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      try {
        for (let at = 0; at < bytes.length;) at += await socket.write(bytes.subarray(at));
        return true;
      } catch {
        return false;
      }
    },
    async [Symbol.asyncDispose]() {
      try {
        socket.close();
      } catch {
        // Closed by the other side.
      }
      await reading;
    },
  };
}
