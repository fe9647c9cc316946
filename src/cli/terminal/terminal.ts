/**
 * The real terminal: its size, its keys in raw mode, its second screen. Whatever ends the program, the terminal is given
 * back as it was: by the view that took it, or at the latest when the runtime unloads.
 */
import type { Screen, Terminal, TerminalEvents } from "./io.ts";
import { cutText } from "./text.ts";

/** Second screen, no cursor, and lines that are too long are cut, not wrapped. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";

/** The way back, in the order that leaves nothing of ours on the first screen. */
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

/** Used where the system does not give the size. */
const FALLBACK = { columns: 80, rows: 24 };

const encoder = new TextEncoder();

/** Returns the terminal of stdout, or undefined where there is none that can be drawn on (`TERM=dumb`, a pipe). */
export function findTerminal(environment: Readonly<Record<string, string>>): Terminal | undefined {
  if (!Deno.stdout.isTerminal() || (environment.TERM ?? "") === "dumb") return undefined;
  return { size: readSize, open: openScreen };
}

/** Writes over one line of stderr, and no further than its width: of two lines one would stay. Undefined where it is no terminal. */
export function findProgress(): ((text: string) => void) | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  return (text) => writeAll(Deno.stderr, `\r\x1b[K${cutText(text, noteColumns() - 1)}`);
}

/** Returns the columns that lines of stderr may have; without end where it is no terminal. */
export function noteColumns(): number {
  return Deno.stderr.isTerminal() ? readSize().columns : Infinity;
}

function readSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : FALLBACK;
  } catch {
    return FALLBACK;
  }
}

function openScreen({ onKeys, onResize }: TerminalEvents): Screen {
  const hasKeys = Deno.stdin.isTerminal();
  let isOpen = true;
  const restore = () => {
    if (!isOpen) return;
    isOpen = false;
    for (const event of ENDINGS) globalThis.removeEventListener(event, restore);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGWINCH", onResize);
    if (hasKeys) Deno.stdin.setRaw(false);
    try {
      writeAll(Deno.stdout, LEAVE);
    } catch {
      // The terminal itself is gone.
    }
  };
  for (const event of ENDINGS) globalThis.addEventListener(event, restore);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGWINCH", onResize);
  if (hasKeys) {
    Deno.stdin.setRaw(true);
    void readKeys(onKeys, () => isOpen);
  }
  writeAll(Deno.stdout, ENTER);
  return {
    write: (text) => writeAll(Deno.stdout, text),
    [Symbol.dispose]: restore,
  };
}

/** An ordinary end, and the two ends by a fault of our own. */
const ENDINGS = ["unload", "error", "unhandledrejection"] as const;

/** A read that waits for a key when the view is over ends with the program. */
async function readKeys(onKeys: (text: string) => void, isOpen: () => boolean): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  while (isOpen()) {
    const size = await Deno.stdin.read(buffer).catch(() => null);
    if (size === null) return;
    if (isOpen()) onKeys(decoder.decode(buffer.subarray(0, size), { stream: true }));
  }
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}
