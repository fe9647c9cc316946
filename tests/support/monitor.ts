/**
 * The commands that a Redis carries out, as MONITOR says them. Over a socket of its own: a client library takes a command that
 * is seen before its MONITOR is answered for a reply that nobody waits for.
 */
import { waitFor } from "./wait.ts";

/** A command with its arguments, and the address of the connection that sent it. */
export type Seen = (command: readonly string[], source: string) => void;

/** Before it is connected again: sentinels end all connections of a server that becomes the master. */
const AGAIN_MS = 20;

/**
 * Resolves when every command from now on is seen; disposing ends it. The names that connections have already are seen as if
 * they were given then.
 */
export async function watchCommands(url: string, onSeen: Seen): Promise<AsyncDisposable> {
  const { hostname, port } = new URL(url);
  const ending = new AbortController();
  let isWatching = false;
  let socket: Deno.TcpConn | undefined;
  const take = (line: string) => {
    const [, source, words] = /^\+[0-9.]+ \[\d+ ([^\]]+)\] (.*)$/.exec(line) ?? [];
    const [, named, name] = /^(?:[$\d]*)id=\d+ addr=(\S+) .*?name=(\S+) /.exec(line) ?? [];
    if (source !== undefined && words !== undefined) onSeen(wordsOf(words), source);
    else if (named !== undefined && name !== undefined) onSeen(["CLIENT", "SETNAME", name], named);
    else if (line === "+OK") isWatching = true;
  };
  const watch = async () => {
    while (!ending.signal.aborted) {
      try {
        socket = await Deno.connect({ hostname, port: Number(port) });
        await socket.write(new TextEncoder().encode("CLIENT LIST\r\nMONITOR\r\n"));
        await eachLine(socket, take);
      } catch {
        // Not there yet, or closed by us.
      }
      if (!ending.signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  };
  const watching = watch();
  const close = async () => {
    ending.abort();
    try {
      socket?.close();
    } catch {
      // Closed already.
    }
    await watching;
  };
  try {
    await waitFor("the answer to MONITOR", () => isWatching);
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}

/** Resolves when the other side has closed. */
async function eachLine(socket: Deno.TcpConn, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder("latin1");
  const piece = new Uint8Array(64 * 1024);
  let rest = "";
  try {
    for (let size = await socket.read(piece); size !== null; size = await socket.read(piece)) {
      const lines = (rest + decoder.decode(piece.subarray(0, size))).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
    }
  } finally {
    try {
      socket.close();
    } catch {
      // Closed already.
    }
  }
}

/** Arguments stand in quotes; what cannot be printed is escaped, which is left as it is. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = ""]) => word.replace(/\\(["\\])/g, "$1"));
}
