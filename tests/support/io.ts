/** What a command may touch of the world, in a test: it prints nowhere, and is no terminal. */
import type { Io } from "../../src/cli/terminal/io.ts";

/** An {@link Io} with these members of its own. */
export function testIo(own: Partial<Io> = {}): Io {
  return {
    print: () => {},
    note: () => {},
    logStream: { write: (bytes) => Promise.resolve(bytes.length) },
    signal: new AbortController().signal,
    outIsTerminal: false,
    errIsTerminal: false,
    environment: {},
    program: "okws",
    ...own,
  };
}
