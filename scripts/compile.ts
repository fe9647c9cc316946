/**
 * Builds the executable `dist/okws`: bundles main.ts, then compiles the bundle.
 *
 *     deno task compile              with the runtime that this Deno downloads for its own version
 *     deno task compile:offline      with an older runtime from the npm registry (Linux x64 with glibc only)
 *
 * COMPILE_DENO names another Deno to compile with, DENORT_BIN a runtime of that Deno's exact version.
 *
 * Bundled first, because measured on two cores with Deno 2.4.2, 31 starts of `okws --version`, median: bundled 88 MB
 * and 0.12 s; minified too 86 MB and 0.14 s; not bundled 103 MB and 0.21 s (with every file of every package inside).
 * Minifying is left out: it saves little, starts no sooner and makes stack traces useless.
 */
import { PROGRAMS } from "../src/system/programs.ts";

/**
 * What the executable may do. Of programs it may run those of the service manager and no other; native libraries and modules
 * from the network stay out of its reach. The rest cannot be narrower here, because it is named only when a command is given:
 * the hosts of the exchange and of Redis in the configuration; files to read with `-c`, in REDIS_CA and in URLs; a file to
 * write with `init`, a folder with `service install --root`; variables by `${NAME}`. What is of the system is facts alone
 * (user, memory, uptime). Each command gives up what it does not need when it begins: src/cli/permissions.ts.
 */
export const PERMISSIONS: readonly string[] = [
  ...["net", "env", "read", "write", "sys"].map((name) => `--allow-${name}`),
  `--allow-run=${PROGRAMS.join(",")}`,
];

/** Datagram sockets, by which systemd learns how the service is. */
const UNSTABLE = "--unstable-net";

/**
 * A cache of compiled code would lie in the folder for temporary files under a name that anybody on the machine could
 * take first, and starts are no faster with it: 15 of each in turn, median 0.26 s with and 0.24 s without.
 */
const NO_CACHE = "--no-code-cache";

/**
 * Young objects get 4 MB of room, not the 16 MB or more that the engine takes after some bursts and keeps. Resident after
 * 3 minutes of `drop` every 4 s, 49 paths and 20 market steps a second, one run each and not side by side: 126 MB with and
 * 207 MB without. CPU time per message in three rounds of `deno task bench 4`: 9.7, 8.0 and 9.8 µs with, 9.3, 7.7 and 7.4
 * without. The engine's `--heap-growing-percent=20` beside it was tried and left out: 18.5, 13.3 and 16.0 µs.
 */
const YOUNG = "--max-semi-space-size=4";

/**
 * The service gives memory back when trouble is over (src/system/memory.ts). Measured with a Redis stopped for 14 s at 2800
 * messages a second: 213 MB resident 12 s after it, 111 MB then, and 117 MB half a minute later; without it 222 MB. It took
 * 41 to 80 ms each time, 22 times in three soaks of 10 minutes that ran at once on two cores.
 */
const COLLECT = "--expose-gc";

const TARGET = "dist/okws";

/** The toolchain that npm carries; executable and runtime must be of the same version. */
const NPM_VERSION = "2.4.2";
const NPM_DENO = {
  spec: `@deno/linux-x64-glibc@${NPM_VERSION}`,
  member: "package/deno",
  sha256: "1d6580e813252f6b27a41d97d2e3725a408baa2e765a86e45f65b228d3e93ad6",
};
/** A program of somebody else, compiled with that version: its beginning is the bare runtime. */
const NPM_RUNTIME = {
  spec: "@vltpkg/cli-linux-x64@0.0.0-18",
  member: "package/vlt",
  sha256: "2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82",
};

/** Why no executable was made, in one line for a person. */
class BuildError extends Error {
  override readonly name = "BuildError";
}

type Toolchain = { readonly deno: string; readonly environment: Readonly<Record<string, string>> };

/** Bundles, compiles, and says what came out. */
async function build(toolchain: Toolchain): Promise<void> {
  const start = performance.now();
  const work = await Deno.makeTempDir({ prefix: "okws-compile-" });
  try {
    const bundle = `${work}/okws.js`;
    // By this Deno, whose configuration, lock file and package cache apply.
    await run(Deno.execPath(), ["bundle", "--quiet", "--platform=deno", `--output=${bundle}`, "main.ts"]);
    await markCommit(bundle);
    const output = `${Deno.cwd()}/${TARGET}${Deno.build.os === "windows" ? ".exe" : ""}`;
    await Deno.mkdir("dist", { recursive: true });
    // Without configuration: the bundle needs none, and packages that it does not use would come along.
    const args = [
      "compile",
      "--quiet",
      "--no-check",
      "--no-config",
      "--no-prompt",
      NO_CACHE,
      UNSTABLE,
      `--v8-flags=${YOUNG},${COLLECT}`,
      ...PERMISSIONS,
    ];
    await run(toolchain.deno, [...args, "--output", output, bundle], toolchain.environment);
    const { size } = await Deno.stat(output);
    const version = (await run(toolchain.deno, ["--version"])).split("\n")[0] ?? "";
    const seconds = (performance.now() - start) / 1000;
    await say(
      `${TARGET}: ${(size / 1e6).toFixed(1)} MB, runtime ${version}, built in ${seconds.toFixed(1)} s`,
    );
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Writes the commit into the bundle, for `okws version`. Without a repository there is none. */
async function markCommit(bundle: string): Promise<void> {
  const commit = await run("git", ["rev-parse", "HEAD"]).then((text) => text.trim(), () => undefined);
  if (commit === undefined) return;
  const text = await Deno.readTextFile(bundle);
  if (!text.includes(COMMIT_PLACE)) throw new BuildError("The bundle has no place for the commit");
  await Deno.writeTextFile(bundle, text.replace(COMMIT_PLACE, JSON.stringify(commit)));
}

/** As in src/shared/build.ts. */
const COMMIT_PLACE = '"commit-of-the-build"';

/** The toolchain of the environment, or this Deno and the runtime that it downloads. */
function findToolchain(): Toolchain {
  return { deno: Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), environment: {} };
}

/** The toolchain from npm, kept in the user's cache. */
async function fetchToolchain(): Promise<Toolchain> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    throw new BuildError(
      `Without Deno's own download an executable can be built for Linux x64 with glibc only: this is ${Deno.build.target}`,
    );
  }
  const cache = `${cacheFolder()}/deno-${NPM_VERSION}`;
  const deno = `${cache}/node_modules/@deno/linux-x64-glibc/deno`;
  const runtime = `${cache}/denort`;
  if (await hashOf(deno) !== NPM_DENO.sha256) {
    await place(deno, await download(NPM_DENO), NPM_DENO);
  }
  if (await hashOf(runtime) !== NPM_RUNTIME.sha256) {
    const program = await download(NPM_RUNTIME);
    // The last eight bytes of a compiled program count those that were added to the runtime.
    const added = new DataView(program.buffer, program.byteLength - 8).getBigUint64(0, true);
    await place(runtime, program.subarray(0, Math.max(0, program.byteLength - Number(added))), NPM_RUNTIME);
  }
  return { deno, environment: { DENORT_BIN: runtime, RUST_MIN_STACK: String(128 * 1024 * 1024) } };
}

function cacheFolder(): string {
  const own = Deno.env.get("OKWS_TOOLS_CACHE");
  if (own) return own;
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home ? `${home}/.cache` : undefined);
  if (cache === undefined) {
    throw new BuildError("There is no HOME: name a folder for the toolchain in OKWS_TOOLS_CACHE");
  }
  return `${cache}/okws-tools`;
}

/** One file out of a package, which npm checks against what the registry says of it. */
async function download(source: { spec: string; member: string }): Promise<Uint8Array<ArrayBuffer>> {
  const { spec, member } = source;
  await say(`Downloading ${spec}`);
  const work = await Deno.makeTempDir({ prefix: "okws-tools-" });
  try {
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", work, spec]);
    await run("tar", ["-xzf", `${work}/${packed.trim()}`, "-C", work, member]);
    return await Deno.readFile(`${work}/${member}`);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Puts a program where it belongs in one step, so that a build beside this one never sees half of it. */
async function place(
  path: string,
  content: Uint8Array<ArrayBuffer>,
  expected: { spec: string; sha256: string },
): Promise<void> {
  if (await sha256(content) !== expected.sha256) {
    throw new BuildError(`${expected.spec} does not hold what it should: its hash is another`);
  }
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const half = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(half, content, { mode: 0o755 });
  await Deno.rename(half, path);
}

async function hashOf(path: string): Promise<string | undefined> {
  try {
    return await sha256(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
}

/** Runs a program to its end and answers what it printed. */
async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { success, stdout, stderr } = await start(program, args, environment);
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const report = decoder.decode(stderr);
  if (args[0] === "compile" && report.includes("denort") && !Deno.env.has("DENORT_BIN")) {
    throw new BuildError(
      "Deno's download of its runtime failed: name one in DENORT_BIN=…, or use: deno task compile:offline",
    );
  }
  throw new BuildError(`${program} ${args[0] ?? ""} failed\n${report || decoder.decode(stdout)}`.trimEnd());
}

async function start(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Deno.CommandOutput> {
  try {
    const command = new Deno.Command(program, { args: [...args], env: { ...environment }, stdin: "null" });
    return await command.output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new BuildError(`There is no program ${program} here`);
    throw error;
  }
}

async function say(line: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  const wrong = args.find((arg) => arg !== "--offline");
  if (wrong !== undefined) {
    await say(`The only option is --offline: ${wrong}`);
    return 2;
  }
  try {
    if (args.length === 0) await build(findToolchain());
    else {
      await build(await fetchToolchain());
      await say(
        `It carries the older runtime ${NPM_VERSION}; to publish one, build it with: deno task compile`,
      );
    }
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    await say(error.message);
    return 1;
  }
}

if (import.meta.main) {
  Deno.chdir(new URL("../", import.meta.url));
  Deno.exit(await main(Deno.args));
}
