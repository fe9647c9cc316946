/**
 * Brings other libraries, as far as the package managers of this machine have them, into a folder of their own. What cannot
 * be installed is named with its reason, and the others are measured.
 */
import type { Skipped } from "../run.ts";
import type { Peer } from "./peers.ts";

export type Peers = AsyncDisposable & {
  readonly peers: readonly Peer[];
  readonly skipped: readonly Skipped[];
};

/** Where peers come from. `with`: packages that their programs of ours need. */
type Source = {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly with: readonly string[];
  readonly needsRest: boolean;
};

/** How one is started. `runtime`: as `Python 3.11.7`. */
type Installed = { readonly command: readonly string[]; readonly runtime: string };

/** Versions are those that these programs were tried with, so that runs can be compared. */
const PYTHON: readonly Source[] = [
  {
    name: "cryptofeed",
    package: "cryptofeed",
    version: "2.4.1",
    with: ["redis==8.1.0", "hiredis==3.5.0"],
    needsRest: true,
  },
  {
    name: "ccxt",
    package: "ccxt",
    version: "4.5.90",
    with: ["redis==8.1.0", "hiredis==3.5.0", "orjson==3.13.0"],
    needsRest: true,
  },
];
const NODE: readonly Source[] = [
  { name: "okx-api", package: "okx-api", version: "3.2.3", with: ["ioredis@6.0.0"], needsRest: false },
];

/** Longest time for one command of a package manager. */
const INSTALL_MS = 180_000;

const here = new URL(".", import.meta.url).pathname;

/** `folder`: where they are installed and stay; one that is removed unless given. Rejects only when the signal aborts. */
export async function openPeers({ folder, only, signal, report }: {
  readonly folder: string | undefined;
  /** Names of those to be installed; all unless given. */
  readonly only: readonly string[] | undefined;
  readonly signal: AbortSignal;
  report(line: string): void;
}): Promise<Peers> {
  const own = folder ?? await Deno.makeTempDir({ prefix: "okws-bench-peers-" });
  const remove = async () => {
    if (folder === undefined) await Deno.remove(own, { recursive: true });
  };
  const peers: Peer[] = [];
  const skipped: Skipped[] = [];
  const attempt = async (what: Source, install: () => Promise<Installed>) => {
    if (only?.includes(what.name) === false) return;
    report(`installing ${what.name} ${what.version}`);
    try {
      const { command, runtime } = await install();
      peers.push({ ...what, version: `${what.version} (${runtime})`, command });
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      skipped.push({ what: what.name, reason });
      report(`  not measured: ${reason}`);
    }
  };
  try {
    await Deno.mkdir(own, { recursive: true });
    const path = await Deno.realPath(own);
    for (const each of PYTHON) await attempt(each, () => installPython(path, each, signal));
    for (const each of NODE) await attempt(each, () => installNode(path, each, signal));
  } catch (error) {
    await remove();
    throw error;
  }
  return { peers, skipped, [Symbol.asyncDispose]: remove };
}

async function installPython(
  folder: string,
  source: Source,
  signal: AbortSignal,
): Promise<Installed> {
  const python = `${folder}/python-${source.name}/bin/python`;
  if (!await isThere(python)) await run(["python3", "-m", "venv", `${folder}/python-${source.name}`], signal);
  const packages = [`${source.package}==${source.version}`, ...source.with];
  await run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages], signal);
  const runtime = await run([python, "--version"], signal);
  return { command: [python, `${here}${source.name}_peer.py`], runtime };
}

async function installNode(folder: string, source: Source, signal: AbortSignal): Promise<Installed> {
  const version = await nodeVersion(signal);
  const packages = [`${source.package}@${source.version}`, ...source.with];
  const quiet = ["--silent", "--no-audit", "--no-fund", "--prefix", `${folder}/node`];
  await Deno.mkdir(`${folder}/node`, { recursive: true });
  await run(["npm", "install", ...quiet, ...packages], signal);
  return { command: ["node", `${here}okx_api_peer.mjs`, `${folder}/node`], runtime: `Node ${version}` };
}

/** Throws where there is no Node: Deno answers in its name where it is not on the path. */
async function nodeVersion(signal: AbortSignal): Promise<string> {
  const version = await run(["node", "--version"], signal);
  if (!version.startsWith("v")) throw new Error("node is not installed");
  return version.slice(1);
}

/** What it wrote on stdout. */
async function run([command = "", ...args]: readonly string[], signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(INSTALL_MS)]);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(command, { args, signal: limit, stdin: "null" }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`${command} is not installed`);
    throw error;
  }
  signal.throwIfAborted();
  if (limit.aborted) throw new Error(`${command} took longer than ${INSTALL_MS / 1000} s`);
  if (!output.success) throw new Error(`${command} ${args[0]} failed: ${lastLine(output.stderr)}`);
  return new TextDecoder().decode(output.stdout).trim();
}

function lastLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().split("\n").at(-1) ?? "";
}

async function isThere(file: string): Promise<boolean> {
  return await Deno.stat(file).then(() => true, () => false);
}
