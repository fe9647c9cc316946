/** The npm package: the bundled program, and a launcher that runs it on the Deno that npm installs beside it. */
import { bundle } from "../compile/bundle.ts";
import { ENGINE, PERMISSIONS, UNSTABLE } from "../compile/permissions.ts";
import { run } from "../compile/run.ts";
import { place, readSource } from "../package/layout.ts";

/** Deno's packages, one a platform, which have no install script; npm takes the one that fits. */
const RUNTIMES = [
  ...["linux-x64-glibc", "linux-arm64-glibc", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"],
];

/** What runs the program; the executable is compiled with the same. */
const FLAGS = [
  ...[
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-code-cache",
  ],
  ...[UNSTABLE, ENGINE, ...PERMISSIONS],
];

export type NpmOptions = {
  readonly version: string;
  /** Of Deno, exactly. */
  readonly deno: string;
  readonly output: string;
};

/** Packs `okws-VERSION.tgz` and returns its name. */
export async function buildNpmPackage({ version, deno, output }: NpmOptions): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "okws-npm-" });
  try {
    await bundle(`${folder}/program.js`, "npm");
    await place(folder, "package.json", JSON.stringify(manifest(version, deno), undefined, 2) + "\n");
    const launcher = await readSource("scripts/release/npm_launcher.js");
    await place(folder, "okws.js", launcher.replace('["flags of the build"]', JSON.stringify(FLAGS)), 0o755);
    await place(folder, "README.md", await readSource("scripts/release/npm_readme.md"));
    await place(folder, "LICENSE", await readSource("LICENSE"));
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", output], { cwd: folder });
    return packed.trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function manifest(version: string, deno: string): unknown {
  return {
    name: "okws",
    version,
    description: "OKX exchange data in Redis, fresh and unattended",
    keywords: ["okx", "redis", "websocket", "market-data", "trading"],
    license: "MIT",
    homepage: "https://github.com/oscnet/okws",
    repository: { type: "git", url: "git+https://github.com/oscnet/okws.git" },
    type: "module",
    bin: { okws: "okws.js" },
    files: ["okws.js", "program.js"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(RUNTIMES.map((name) => [`@deno/${name}`, deno])),
  };
}
