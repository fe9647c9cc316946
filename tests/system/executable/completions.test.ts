/** Completions in real shells: what each offers for a line that is being typed. */
import assert from "node:assert/strict";
import { commandLine, runOkws } from "../../support/program.ts";
import { testWith } from "../../support/needs.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { startEnvironment, tempFolder } from "./environment.ts";

type Shell = "bash" | "zsh" | "fish";

/** What a shell offers for a line, sorted. */
type Offer = (line: string) => Promise<string[]>;

for (const shell of ["bash", "zsh", "fish"] as const) {
  const test = (name: string, fn: () => Promise<void>) => testWith([shell], name, fn);

  test(`${shell} completes commands, options and fixed values`, async () => {
    await using folder = await tempFolder();
    const offer = await start(shell, folder.path);
    assert.deepEqual(await offer("okws cl"), ["client"]);
    assert.deepEqual(await offer("okws client uns"), ["unsubscribe"]);
    const commands = await offer("okws ");
    for (const name of ["serve", "client", "check", "demo", "mock", "help"]) {
      assert.ok(commands.includes(name), name);
    }
    assert.ok(!commands.some((name) => name.startsWith("__")), commands.join(" "));
    assert.deepEqual(await offer("okws client get test tickers:X --max"), ["--max-age"]);
    assert.deepEqual(await offer("okws mock --protocol "), ["v3", "v5"]);
    assert.deepEqual(await offer("okws client open test --endpoint okx-e"), ["okx-eea", "okx-eea-demo"]);
    assert.deepEqual(await offer("okws completions f"), ["fish"]);
    assert.deepEqual(await offer("okws help cli"), ["client"]);
  });

  test(`${shell} completes files after an option that takes one`, async () => {
    await using folder = await tempFolder();
    await Deno.writeTextFile(`${folder.path}/my-okws.yaml`, "");
    const offer = await start(shell, folder.path);
    assert.deepEqual(await offer("okws check -c my-o"), ["my-okws.yaml"]);
    assert.deepEqual(await offer("okws serve --config my-o"), ["my-okws.yaml"]);
  });

  test(`${shell} completes channels, and offers nothing where Redis is away`, async () => {
    await using folder = await tempFolder();
    const offer = await start(shell, folder.path);
    assert.deepEqual(await offer("okws client subscribe test --redis redis://127.0.0.1:1 funding-r"), [
      "funding-rate:",
    ]);
    assert.deepEqual(await offer("okws client get --redis redis://127.0.0.1:1 te"), []);
  });

  testWith(
    [shell, "redis-server"],
    `${shell} completes the servers and paths of a running service`,
    async () => {
      await using environment = await startEnvironment();
      await using folder = await tempFolder();
      await environment.waitForKey("okex/test/spot/ticker:ETH-USDT");
      const subscribed = await environment.client("subscribe", "test", "trades:BTC-USDT");
      assert.equal(subscribed.code, 0, subscribed.stderr);
      const offer = await start(shell, folder.path);
      const where = `--redis ${environment.redisUrl}`;
      // On a busy machine an answer may come too late for one Tab: nobody waits longer for it.
      const offers = async (line: string, ...expected: string[]) => {
        const found = await waitFor(`an offer for ${line}`, async () => {
          const words = await offer(line);
          return words.length > 0 && words;
        }, { deadlineMs: 60_000 });
        assert.deepEqual(found, expected, line);
      };
      await offers(`okws client status ${where} te`, "test");
      await offers(`okws client unsubscribe test ${where} tra`, "trades:BTC-USDT");
      await offers(`okws client get test ${where} spot/ticker:E`, "spot/ticker:ETH-USDT");
      await offers(`okws client subscribe test ${where} tickers:B`, "tickers:BTC-USDT");
      await offers(`okws client unsubscribe test ${where} trades:BTC-USDT spot/t`, "spot/ticker:ETH-USDT");
      await offers(`okws watch ${where} spot/t`, "spot/ticker:ETH-USDT");
      await offers(`okws get ${where} te`, "test");
    },
  );
}

redisTest("what Redis holds cannot become a command of the shell", async () => {
  await using server = await startRedis();
  const hostile = ["$(touch owned)", "`touch owned`", "a b", "x;touch owned", "\u001b[2J", "fine:ETH-USDT"];
  const { Redis } = await import("ioredis");
  const redis = new Redis(server.url);
  for (const path of hostile) await redis.hset("okex/test/subs", path, '{"state":"live"}');
  await redis.quit();
  const ran = await runOkws(["__values", "paths", "test", "--redis", server.url]);
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "fine:ETH-USDT\n", ""]);
});

Deno.test("values are silent where there is nothing to ask, and a help page does not name them", async () => {
  const ran = await runOkws([
    "__values",
    "servers",
    "--redis",
    "redis://127.0.0.1:1",
    "-c",
    "no-such-file.yaml",
  ]);
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "", ""]);
  const help = await runOkws(["help"]);
  assert.ok(!help.stdout.includes("__values"), help.stdout);
});

Deno.test("completions of a shell that there is no script for name the three", async () => {
  const ran = await runOkws(["completions", "fissh"]);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /^okws: shell is one of bash, zsh, fish: fissh; did you mean fish\?$/m);
});

/** Puts `okws` into a folder with its script, and answers what asks that shell. */
async function start(shell: Shell, folder: string): Promise<Offer> {
  const words = commandLine([]).map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(`${folder}/okws`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await runOkws(["completions", shell]);
  assert.equal(code, 0, stderr);
  await Deno.writeTextFile(`${folder}/script`, stdout);
  const ask = { bash: askBash, zsh: askZsh, fish: askFish }[shell];
  return async (line) => {
    const lines = await ask(line, folder);
    return [...new Set(lines.map((each) => each.trim()).filter((each) => each !== ""))].sort();
  };
}

/** Bash passes what is typed to a completion function in variables, and takes its answer from another. */
async function askBash(line: string, folder: string): Promise<string[]> {
  const program = `
    source ./script
    COMP_LINE=$LINE COMP_POINT=\${#LINE}
    COMP_WORDS=(okws) COMP_CWORD=0 COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    _okws
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = await runShell("bash", ["--norc", "--noprofile", "-c", program], line, folder);
  // Bash itself keeps what stands before the last of its own word breaks.
  const word = line.split(" ").at(-1) ?? "";
  const kept = word.slice(0, Math.max(word.lastIndexOf(":"), word.lastIndexOf("=")) + 1);
  return offered.map((each) => each === "" ? "" : kept + each);
}

/** Fish answers for a line by itself; a description stands behind a tabulator. */
async function askFish(line: string, folder: string): Promise<string[]> {
  const program = "source ./script; complete -C $LINE";
  const offered = await runShell("fish", ["--no-config", "-c", program], line, folder);
  return offered.map((each) => each.split("\t")[0] ?? "");
}

/** Zsh completes only while somebody types, so one zsh types into another, whose compadd says what it was given. */
async function askZsh(line: string, folder: string): Promise<string[]> {
  const inner = `
    PS1= PROMPT=; unsetopt zle_bracketed_paste 2>/dev/null
    autoload -Uz compinit; compinit -u -D
    source ./script
    compadd() {
      local -a offered
      builtin compadd -O offered "$@"
      print -r -- "\${(@)offered/#/OFFERED }"
      print -rl -- "OFFERED "\${^offered}
      builtin compadd "$@"
    }
    stop() { print -r -- "THE END"; exit }
    zle -N stop; bindkey '^X' stop; bindkey '^I' complete-word`;
  await Deno.writeTextFile(`${folder}/inner`, inner);
  const outer = `
    zmodload zsh/zpty
    zpty z "zsh -f -i"
    zpty -w z "source ./inner; print READY"
    while zpty -r z out; do [[ $out == *READY* && $out != *print* ]] && break; done
    zpty -w -n z "$LINE"$'\\t\\x18'
    while zpty -r z out; do print -r -- "$out"; [[ $out == *"THE END"* ]] && break; done`;
  const offered = await runShell("zsh", ["-f", "-c", outer], line, folder);
  return offered.flatMap((each) => /^OFFERED (\S+)\s*$/.exec(each)?.[1] ?? []);
}

async function runShell(
  shell: Shell,
  args: readonly string[],
  line: string,
  folder: string,
): Promise<string[]> {
  const others = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(OKWS_(?!BIN)|LC_|LANG)/.test(name)
  );
  const child = new Deno.Command(shell, {
    args: [...args],
    cwd: folder,
    clearEnv: true,
    env: {
      ...Object.fromEntries(others),
      LINE: line,
      PATH: `${folder}:${Deno.env.get("PATH") ?? ""}`,
      TERM: "dumb",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  });
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assert.equal(decoder.decode(stderr), "", line);
  return decoder.decode(stdout).split(/\r?\n/);
}
