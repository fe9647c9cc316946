/** What a command may touch of the world, handed in by main.ts and by tests. */

import type { LogOutput } from "../../logging/queue.ts";
import type { Permission } from "./permissions.ts";

/** Data goes to `print`, everything else to `note`. */
export type Io = {
  /** A line of data on stdout. Rejects or returns false when nobody reads any more (a closed pipe). */
  readonly print: (line: string) => void;
  /** A line for people on stderr. */
  readonly note: (line: string) => void;
  /** Log records go here. */
  readonly logStream: LogOutput;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls `action` at each SIGHUP instead of ending the program, until disposed; missing where there is none. */
  readonly onHangup?: (action: () => void) => Disposable;
  /** Whether stdout and stderr are terminals. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Gives permissions up for good; missing where others need them too. */
  readonly giveUp?: (permissions: readonly Permission[]) => void;
  /** How a person starts this program, for hints. */
  readonly program: string;
  /** The executable, where this is one and does not run from its sources. */
  readonly executable?: string;
  /** A terminal that can be drawn on; missing where stdout is none, or one that only prints. */
  readonly terminal?: Terminal;
  /** Writes over one line of stderr, or clears it with an empty text; missing where stderr is no terminal. */
  readonly progress?: (text: string) => void;
  /** Asks a person and returns the line typed, undefined at the end; missing where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string | undefined>;
};

/** Returns whether what goes to stdout may have colours and bold text. */
export function isColoured({ outIsTerminal, environment }: Io): boolean {
  return outIsTerminal && !environment.NO_COLOR;
}

/** Returns the columns that lines of stdout may have; without end where it is no terminal that says so. */
export function columnsOf({ outIsTerminal, terminal }: Pick<Io, "outIsTerminal" | "terminal">): number {
  return outIsTerminal ? terminal?.size().columns ?? Infinity : Infinity;
}

/** Columns and rows. */
export type TerminalSize = { readonly columns: number; readonly rows: number };

/** A terminal that a command may take over for a live view. */
export type Terminal = {
  size(): TerminalSize;
  /** Takes it over: a screen of its own, no cursor, keys as they are pressed; until disposed, or the program ends. */
  open(events: TerminalEvents): Screen;
};

/** Events of a terminal. Keys come as the terminal sends them, several in one text or half of one. */
export type TerminalEvents = { onKeys(text: string): void; onResize(): void };

/** A terminal that was taken over; disposing gives it back as it was. */
export type Screen = Disposable & { write(text: string): void };
