/**
 * What some tests need beside Deno. A test whose needs are not met is reported as skipped, with what is missing in its
 * name, from which `deno task test` makes the one line at its end.
 */
import { captureNames } from "./captures.ts";
import { redisProgram } from "./redis_program.ts";

/** What a test may need. */
export type Need = keyof typeof NEEDS;

type Check = { readonly found: () => boolean; readonly remedy: string };

const NEEDS = {
  "redis-server": {
    found: () => redisProgram !== undefined,
    remedy: "apt-get install redis-server, or brew install redis",
  },
  "redis-cli": {
    found: () => redisProgram !== undefined && runs(redisProgram.cli, "--version"),
    remedy: "apt-get install redis-tools, or brew install redis",
  },
  "redis-server with TLS": {
    found: () => redisProgram !== undefined && speaksTls(redisProgram.server),
    remedy: "a redis-server built with BUILD_TLS=yes",
  },
  "redis-py": { found: () => runs("python3", "-c", "import redis"), remedy: "python3 -m pip install redis" },
  "mypy": { found: () => runs("python3", "-m", "mypy", "--version"), remedy: "python3 -m pip install mypy" },
  "wheel": {
    found: () => runs("python3", "-c", "import setuptools, wheel, pip"),
    remedy: "python3 -m pip install setuptools wheel",
  },
  "go-redis": { found: () => goRedisVersion() !== undefined, remedy: "cd clients/go && go mod download" },
  "chromium": {
    found: () => isFile(CHROMIUM),
    remedy: "apt-get install chromium, or CHROMIUM=/path/to/it",
  },
  "tmux": { found: () => runs("tmux", "-V"), remedy: "apt-get install tmux" },
  "openssl": { found: () => runs("openssl", "version"), remedy: "apt-get install openssl" },
  "bash": { found: () => runs("bash", "--version"), remedy: "apt-get install bash" },
  "zsh": { found: () => runs("zsh", "--version"), remedy: "apt-get install zsh" },
  "fish": { found: () => runs("fish", "--version"), remedy: "apt-get install fish" },
  "jq": { found: () => runs("jq", "--version"), remedy: "apt-get install jq" },
  "curl": { found: () => runs("curl", "--version"), remedy: "apt-get install curl" },
  "script": { found: () => runs("script", "-V"), remedy: "apt-get install bsdutils" },
  "prlimit": { found: () => runs("prlimit", "--version"), remedy: "apt-get install util-linux" },
  "promtool": {
    found: () => runs("promtool", "--version"),
    remedy: "the package prometheus, of which promtool is enough: apt-get download prometheus && dpkg -x",
  },
  "docker compose": {
    found: () => runs("docker", "compose", "version"),
    remedy: "Docker with its compose plugin",
  },
  "kubernetes-validate": {
    found: () => runs("python3", "-c", "import kubernetes_validate"),
    remedy: "python3 -m pip install kubernetes-validate",
  },
  "mandoc": { found: () => isOnPath("mandoc"), remedy: "apt-get install mandoc" },
  "groff": { found: () => runs("groff", "-v"), remedy: "apt-get install groff" },
  "root": {
    found: () => Deno.build.os === "linux" && Deno.uid() === 0 && runs("unshare", "--mount", "true"),
    remedy: "root on a Linux that lets it mount (unshare --mount)",
  },
  "dpkg": { found: () => runs("dpkg", "--version"), remedy: "a Debian or one of its kin" },
  "rpmbuild": { found: () => runs("rpmbuild", "--version"), remedy: "apt-get install rpm" },
  "ruby": { found: () => runs("ruby", "--version"), remedy: "apt-get install ruby" },
  "npm": { found: () => runs("npm", "--version"), remedy: "Node.js with npm" },
  "systemd": { found: () => runs("systemd-analyze", "--version"), remedy: "a Linux with systemd" },
  "Linux": { found: () => Deno.build.os === "linux", remedy: "a Linux" },
  "recordings": {
    found: () => captureNames(/^v5\./).length > 0,
    remedy: "recorded frames, which are not part of this repository",
  },
} as const satisfies Record<string, Check>;

/** Where Chromium is: CHROMIUM of the environment, or where Debian has it. */
export const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

const known = new Map<Need, boolean>();

/** Returns those of the needs that this machine does not meet. */
export function missing(...needs: readonly Need[]): Need[] {
  return needs.filter((need) => {
    let found = known.get(need);
    if (found === undefined) known.set(need, found = NEEDS[need].found());
    return !found;
  });
}

/** Returns how what is missing can be had. */
export function remedyOf(need: string): string | undefined {
  return (NEEDS as Readonly<Record<string, Check>>)[need]?.remedy;
}

type Fn = (t: Deno.TestContext) => void | Promise<void>;

/** Returns a test, or a step of one, that is skipped where something is missing. */
export function skippable(
  needs: readonly Need[],
  name: string,
  fn: Fn,
): { name: string; ignore: boolean; fn: Fn } {
  const lacking = missing(...needs);
  // Of several, one is enough to say: the next run names the next.
  return lacking.length === 0
    ? { name, ignore: false, fn: (t) => declaring(needs, () => fn(t)) }
    : { name: `${name} ${mark(lacking)}`, ignore: true, fn };
}

/** What the test that runs now has declared; tests of one worker run one after the other. */
let declared: readonly Need[] = [];

async function declaring(needs: readonly Need[], run: () => void | Promise<void>): Promise<void> {
  const before = declared;
  declared = [...before, ...needs];
  try {
    await run();
  } finally {
    declared = before;
  }
}

/**
 * Throws, in a run of `deno task test`, when the test has not declared what it is about to use: on a machine without it that
 * test would fail instead of being skipped.
 */
export function assertDeclared(need: Need): void {
  if (Deno.env.get(STRICT) === undefined || declared.some((each) => each.startsWith(need))) return;
  throw new Error(`This test needs ${need} and is to say so: testWith(["${need}"], …)`);
}

/** Set for the tests that `deno task test` runs; programs that are no tests use the same servers. */
export const STRICT = "OKWS_TEST_STRICT";

/** Declares a test that needs something. */
export function testWith(needs: readonly Need[], name: string, fn: Fn): void {
  Deno.test(skippable(needs, name, fn));
}

function mark(lacking: readonly Need[]): string {
  return `[needs ${lacking.join(", ")}]`;
}

/** The needs that are named at the end of a skipped test's name. */
export function needsOf(name: string): string[] {
  return /\[needs ([^\]]+)\]$/.exec(name)?.[1]?.split(", ") ?? [];
}

/** The version of go-redis that the Go client is made with, as `v9.23.0`; undefined where there is no Go, or that is not downloaded. */
export function goRedisVersion(): string | undefined {
  try {
    const required = Deno.readTextFileSync(new URL("../../clients/go/go.mod", import.meta.url));
    const version = /go-redis\/v9 (v\S+)/.exec(required)?.[1];
    const { stdout } = new Deno.Command("go", { args: ["env", "GOMODCACHE"], stderr: "null" }).outputSync();
    Deno.statSync(`${new TextDecoder().decode(stdout).trim()}/github.com/redis/go-redis/v9@${version}`);
    return version;
  } catch {
    return undefined;
  }
}

function runs(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** For programs that fail when they are only asked who they are. */
function isOnPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => isFile(`${folder}/${program}`));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A build without TLS refuses the option at once; one with TLS complains about the missing certificate. */
function speaksTls(server: string): boolean {
  const { stdout } = new Deno.Command(server, {
    args: ["--port", "0", "--tls-port", "1", "--tls-cert-file", "/none", "--daemonize", "no"],
    stdin: "null",
    stderr: "null",
  }).outputSync();
  return /configure TLS/.test(new TextDecoder().decode(stdout));
}
