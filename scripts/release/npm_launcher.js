#!/usr/bin/env node
// Runs okws on the Deno that npm has installed beside it; it downloads nothing.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FLAGS = ["flags of the build"];

/** What the launcher says, by language; everything else is said by the program. */
const TEXTS = {
  en: {
    noDeno: (name, machine) =>
      `${name} is not installed: npm left it out (--omit=optional), or Deno has none for ${machine}. ` +
      "Install okws again without that option, or name a Deno in OKWS_DENO=/path/to/deno",
    cannotRun: (deno, reason) => `cannot run Deno (${deno}): ${reason}`,
  },
  zh: {
    noDeno: (name, machine) =>
      `没有安装 ${name}：npm 略过了它（--omit=optional），或者 Deno 没有 ${machine} 的版本。` +
      "请不带该选项重新安装 okws，或用 OKWS_DENO=/path/to/deno 指定一个 Deno",
    cannotRun: (deno, reason) => `无法运行 Deno（${deno}）：${reason}`,
  },
};

/** By the same variables as in the program. */
function texts() {
  const names = ["OKWS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];
  const language = names.map((name) => process.env[name]).find((value) => value) ?? "";
  return /^zh(?:[-_.@]|$)/i.test(language) ? TEXTS.zh : TEXTS.en;
}

/** Deno's package for this platform has the program in it. */
function findDeno() {
  if (process.env.OKWS_DENO) return process.env.OKWS_DENO;
  const { platform, arch } = process;
  const name = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/deno${platform === "win32" ? ".exe" : ""}`);
  } catch {
    fail(texts().noDeno(name, `${platform} ${arch}`));
  }
}

function fail(reason) {
  process.stderr.write(`okws: ${reason}\n`);
  process.exit(1);
}

const program = fileURLToPath(new URL("program.js", import.meta.url));
const deno = findDeno();
const child = spawn(deno, [...FLAGS, program, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { DENO_NO_UPDATE_CHECK: "1", ...process.env },
});
child.on("error", (error) => fail(texts().cannotRun(deno, error.message)));
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
