/** What a command may touch of the world, handed in by main.ts and by tests. */

/** Data goes to `print`, everything else to `note`. */
export type Io = {
  /** A line of data on stdout. Rejects or answers false when nobody reads any more (a closed pipe). */
  readonly print: (line: string) => void;
  /** A line for people on stderr. */
  readonly note: (line: string) => void;
  /** Log records go here. */
  readonly logStream: WritableStream<Uint8Array>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether stdout and stderr are terminals. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** How a person starts this program, for hints. */
  readonly program: string;
};
