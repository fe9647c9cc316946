/** The executable: arguments and signals in, text and an exit code out. The only user of `console` and `Deno.exit`. */
import { run } from "./src/cli/mod.ts";

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

/** Writes a whole line at once; a reader that has gone away (`| head`) ends the program quietly. */
function writeLine(stream: typeof Deno.stdout | typeof Deno.stderr, line: string): void {
  const bytes = encoder.encode(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}

const code = await run(Deno.args, {
  print: (line) => writeLine(Deno.stdout, line),
  note: (line) => writeLine(Deno.stderr, line),
  logStream: Deno.stderr.writable,
  signal: stop.signal,
  outIsTerminal: Deno.stdout.isTerminal(),
  errIsTerminal: Deno.stderr.isTerminal(),
  environment: Deno.env.toObject(),
  program: Deno.build.standalone ? "okws" : "npx -y deno@2.9.6 task okws",
});
Deno.exit(code);
