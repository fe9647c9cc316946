/**
 * What the documentation is run in: the simulated exchange, a real Redis, the service as a program with the configuration
 * that the page shows, and a folder in which `okws` and `redis-cli` are found and know where that Redis is.
 */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { freePort } from "../support/free_port.ts";
import { type Mock, startMock } from "../support/mock.ts";
import { goRedisVersion, type Need } from "../support/needs.ts";
import { commandLine, type Program, startOkws } from "../support/program.ts";
import { renderAcl } from "../../src/store/redis/acl.ts";
import { redisProgram } from "../support/redis_program.ts";
import { startRedis } from "../support/redis_server.ts";
import { openRedis } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";
import type { Block } from "./blocks.ts";

/** What a block left behind: its exit code, undefined where it was ended because it had shown what was looked for. */
export type Shown = { readonly code: number | undefined; readonly stdout: string; readonly stderr: string };

/** How a block is run. */
export type RunOptions = {
  /** For a block that goes on for ever: what it must show before it is ended. */
  readonly until?: readonly RegExp[];
  /** Called once the first of `until` was shown. */
  readonly then?: () => void | Promise<void>;
  /** Put before the block. */
  readonly head?: string;
};

export type Environment = AsyncDisposable & {
  readonly folder: string;
  /** What its programs find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly mock: Mock;
  readonly redis: Redis;
  readonly service: Program;
  run(block: Block, options?: RunOptions): Promise<Shown>;
};

/** A block that has not shown what is looked for by then has failed. */
const DEADLINE_MS = 60_000;

/** The address of the pages as the documentation writes it. */
const HTTP = "127.0.0.1:8787";

const LOGIN = { OKX_API_KEY: "demo-key", OKX_SECRET: "demo-secret", OKX_PASSPHRASE: "demo-pass" };

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * Starts everything with this configuration; resolves when commands are taken. Without `serve` the page itself starts
 * the service.
 */
export async function startEnvironment(
  config: string,
  { serve = true, accounts = false }: {
    readonly serve?: boolean;
    /** The service and the blocks have the least rights that suffice, where the server knows them. */
    readonly accounts?: boolean;
  } = {},
): Promise<Environment> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "okws-docs-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const server = stack.use(await startRedis());
  const mock = stack.use(await startMock());
  const http = `127.0.0.1:${freePort()}`;
  const { redis } = stack.use(await openRedis(server.url));
  const isRestricted = accounts && Number.parseInt(redisProgram?.version ?? "") >= 7;
  if (isRestricted) await addAccounts(redis);
  const urlOf = (account: string) =>
    isRestricted ? `redis://${account}:${PASSWORD}@127.0.0.1:${server.port}` : server.url;
  const settings = { OKWS_ENDPOINT: mock.url, OKWS_HTTP: http, ...LOGIN };
  await Deno.writeTextFile(`${folder}/okws.yaml`, config);
  await script(`${folder}/bin/okws`, commandLine([]));
  await script(`${folder}/bin/redis-cli`, [
    await which(redisProgram?.cli ?? "redis-cli"),
    "-p",
    String(server.port),
  ], isRestricted ? ' --no-auth-warning --user "$REDIS_ACCOUNT"' : "");
  const args = serve ? ["serve", "-c", `${folder}/okws.yaml`] : ["--version"];
  const service = stack.use(startOkws(args, { env: { ...settings, OKWS_REDIS_URL: urlOf("okws-writer") } }));
  if (serve) await service.waitForLine(/Listening for commands/, { deadlineMs: DEADLINE_MS });
  const PATH = `${folder}/bin:${Deno.env.get("PATH") ?? ""}`;
  const envOf = (account: string) => ({
    ...settings,
    ...{ OKWS_REDIS_URL: urlOf(account), REDIS_URL: urlOf(account), PATH },
    ...(isRestricted ? { REDIS_ACCOUNT: account, REDISCLI_AUTH: PASSWORD } : {}),
  });
  const owned = stack.move();
  return {
    folder,
    env: envOf("okws-commander"),
    mock,
    redis,
    service,
    async run(block, options = {}) {
      const { head = "", until, then } = options;
      const text = `${head}${block.text}\n`.replaceAll(HTTP, http);
      const command = await commandOf(block.language, text, folder);
      const child = new Deno.Command(command[0], {
        args: command.slice(1),
        cwd: folder,
        env: envOf(GIVES_COMMANDS.test(text) ? "okws-commander" : "okws-reader"),
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = { stdout: "", stderr: "" };
      let code: number | undefined;
      const end = Promise.all([
        child.status.then((status) => code = status.code),
        gather(child.stdout, (piece) => output.stdout += piece),
        gather(child.stderr, (piece) => output.stderr += piece),
      ]);
      /** Waits for an output; one that can no longer come is not waited for. */
      const shows = async (pattern: RegExp) => {
        await waitFor(
          `${pattern} from ${block.heading} (line ${block.line}):\n${output.stdout}\n${output.stderr}`,
          () => pattern.test(output.stdout) || code !== undefined,
          { deadlineMs: DEADLINE_MS, everyMs: 20 },
        );
        assert.ok(pattern.test(output.stdout), `ended with ${code}:\n${output.stdout}\n${output.stderr}`);
      };
      try {
        if (until === undefined) await withTimeout(`the end of ${block.heading}`, end, DEADLINE_MS);
        else {
          for (const [i, pattern] of until.entries()) {
            await shows(pattern);
            if (i === 0) await then?.();
          }
        }
      } finally {
        if (code === undefined) child.kill("SIGKILL");
        await end;
      }
      return { ...output, code: until === undefined ? code : undefined };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What publishes commands, and what looks for their replies. */
const GIVES_COMMANDS = /trade-ws|okws client (?!get|watch)|\.(subscribe|openWs|servers)\(/;

const PASSWORD = "least-rights";

/** The accounts of `okws redis-acl` for the settings that the pages have, each with a place for a program of its own. */
async function addAccounts(redis: Redis): Promise<void> {
  const lines = renderAcl({
    keyPrefix: "okex",
    listenChannel: "trade-ws",
    infoKey: "trade-ws/info",
    announceChannel: "okws/info",
    clustered: false,
  });
  for (const line of lines) {
    // At spaces, but for those within a selector.
    const [, name = "", ...rules] = line.match(/\([^)]*\)|\S+/g) ?? [];
    await redis.call("ACL", "SETUSER", name, ...rules, `>${PASSWORD}`, "~my-program/*", "+set");
  }
}

/** What the shell would start for a block. */
async function commandOf(
  language: string,
  text: string,
  folder: string,
): Promise<[program: string, ...args: string[]]> {
  switch (language) {
    case "sh":
      // The shell that people have, and it must not go on behind a fault.
      return ["bash", "-c", text];
    case "python":
      return ["python3", "-c", text];
    case "ts": {
      const file = `${folder}/recipe.ts`;
      await Deno.writeTextFile(file, text);
      return [Deno.execPath(), "run", "-A", "--no-check", "--quiet", "--config", `${ROOT}deno.json`, file];
    }
    case "go":
      return [await buildGo(text, `${folder}/go`)];
    default:
      throw new TypeError(`Nothing runs a block of the language ${language}`);
  }
}

/** What a block needs of the machine. */
export function needsOf({ language, text }: Block): Need[] {
  if (language === "python") return ["redis-py"];
  if (language !== "sh") return [];
  return ["bash", ...(["redis-cli", "jq", "curl"] as const).filter((program) => text.includes(program))];
}

/** Compiles a program without asking any server for a module; answers the executable. */
async function buildGo(text: string, folder: string): Promise<string> {
  const version = goRedisVersion();
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/main.go`, text);
  await Deno.writeTextFile(
    `${folder}/go.mod`,
    `module recipe\n\ngo 1.22\n\nrequire github.com/redis/go-redis/v9 ${version}\n`,
  );
  const { success, stderr } = await new Deno.Command("go", {
    args: ["build", "-o", "recipe", "."],
    cwd: folder,
    env: { GOFLAGS: "-mod=mod -buildvcs=false", GOPROXY: "off", GOTOOLCHAIN: "local", GOSUMDB: "off" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return `${folder}/recipe`;
}

async function script(file: string, words: readonly string[], more = ""): Promise<void> {
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  await Deno.writeTextFile(file, `#!/bin/sh\nexec ${quoted}${more} "$@"\n`, { mode: 0o755 });
}

async function which(program: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function gather(stream: ReadableStream<Uint8Array>, take: (piece: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const piece of stream) take(decoder.decode(piece, { stream: true }));
}
