/** With what an executable is compiled: a Deno, and a runtime of exactly its version. */
import { BuildError, run, say } from "./run.ts";

/** The toolchain that npm carries; executable and runtime must be of the same version. */
export const NPM_VERSION = "2.4.2";
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

export type Toolchain = {
  /** The Deno that compiles. */
  readonly deno: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** The toolchain of the environment, or this Deno and the runtime that it downloads. */
export function findToolchain(): Toolchain {
  return { deno: Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), environment: {} };
}

/** The toolchain from npm, kept in the user's cache. */
export async function fetchToolchain(): Promise<Toolchain> {
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
