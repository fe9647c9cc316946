/** The executable: arguments and signals in, text and an exit code out. The only user of `Deno.exit`. */
import "./src/logging/no_debug.ts";
import process from "node:process";
import { run } from "./src/cli/mod.ts";
import { FROM_NPM } from "./src/shared/build.ts";
import { findPrompt } from "./src/cli/terminal/prompt.ts";
import { describeUnprintable } from "./src/cli/terminal/unprintable.ts";
import { findProgress, findTerminal, noteColumns } from "./src/cli/terminal/terminal.ts";
import { wrapLines } from "./src/cli/terminal/wrap.ts";

// What a runtime says to programmers about its own parts has no place between the lines of a log. Some say it on stderr
// at every signature (Deno 2.4), and end the program where that cannot be written.
Object.assign(process, { noDeprecation: true });

const stop = new AbortController();

function onSignal(): void {
  // A second signal means: now.
  if (stop.signal.aborted) Deno.exit(130);
  stop.abort();
}

for (const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, onSignal);
}

const encoder = new TextEncoder();

/** Writes a whole line at once. */
function writeLine(stream: typeof Deno.stdout | typeof Deno.stderr, line: string): void {
  const bytes = encoder.encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

/** Data that cannot be written ends the program: quietly when its reader has gone away (`| head`). */
function print(line: string): void {
  try {
    writeLine(Deno.stdout, line);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    note(describeUnprintable(error, environment));
    Deno.exit(1);
  }
}

/** Words for a person who cannot be reached any more are no reason to end anything. */
function note(line: string): void {
  try {
    for (const each of wrapLines(line, noteColumns())) writeLine(Deno.stderr, each);
  } catch {
    // Gone, or its disk is full.
  }
}

const environment = Deno.env.toObject();
const terminal = findTerminal(environment);
const progress = findProgress();
const ask = findPrompt();

const code = await run(Deno.args, {
  print,
  note,
  logStream: Deno.stderr,
  signal: stop.signal,
  ...(Deno.build.os === "windows" ? {} : {
    onHangup: (action: () => void) => {
      Deno.addSignalListener("SIGHUP", action);
      return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", action) };
    },
  }),
  outIsTerminal: Deno.stdout.isTerminal(),
  errIsTerminal: Deno.stderr.isTerminal(),
  environment,
  giveUp: (permissions) => {
    for (const name of permissions) Deno.permissions.revokeSync({ name });
  },
  program: Deno.build.standalone ? "okws" : FROM_NPM ? "npx okws" : "npx -y deno@2.9.6 task okws",
  ...(Deno.build.standalone ? { executable: Deno.execPath() } : {}),
  ...(terminal === undefined ? {} : { terminal }),
  ...(progress === undefined ? {} : { progress }),
  ...(ask === undefined ? {} : { ask }),
});
Deno.exit(code);
