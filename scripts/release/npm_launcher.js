#!/usr/bin/env node
// Runs okws on the Deno that npm has installed beside it; it downloads nothing.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FLAGS = ["flags of the build"];

/** Deno's package for this platform has the program in it. */
function findDeno() {
  if (process.env.OKWS_DENO) return process.env.OKWS_DENO;
  const { platform, arch } = process;
  const name = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/deno${platform === "win32" ? ".exe" : ""}`);
  } catch {
    fail(
      `${name} is not installed: npm left it out (--omit=optional), or Deno has none for ${platform} ${arch}. ` +
        "Install okws again without that option, or name a Deno in OKWS_DENO=/path/to/deno",
    );
  }
}

function fail(reason) {
  process.stderr.write(`okws: ${reason}\n`);
  process.exit(1);
}

const program = fileURLToPath(new URL("program.js", import.meta.url));
const child = spawn(findDeno(), [...FLAGS, program, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { DENO_NO_UPDATE_CHECK: "1", ...process.env },
});
child.on("error", (error) => fail(`cannot run Deno: ${error.message}`));
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});

// A terminal sends its signals to both; sent once more they would end the program at once.
const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal === "SIGTERM" || !hasTerminal) child.kill(signal);
  });
}
