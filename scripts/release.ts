/**
 * Everything that a release consists of, in `dist/release`: archives of the executables, Debian and RPM packages, the npm
 * package, a Homebrew formula, a bill of materials, install.sh, and the checksums of them all.
 */
import { readTaskArguments, refuseTaskArguments } from "../tests/support/task_arguments.ts";
import { bundle } from "./compile/bundle.ts";
import { compile } from "./compile/executable.ts";
import { exitCodeOf, run, say } from "./compile/run.ts";
import { findToolchain } from "./compile/toolchain.ts";
import { buildPackage, FORMATS, versionDate } from "./package/build.ts";
import { buildArchive } from "./release/archive.ts";
import { renderBill } from "./release/bill_of_materials.ts";
import { type ArchiveSums, FORMULA_PLATFORMS, renderFormula } from "./release/formula.ts";
import { buildNpmPackage } from "./release/npm_package.ts";
import { requirePlatform } from "./release/platform.ts";
import { type Target, TARGETS } from "./release/targets.ts";

const USAGE = `Usage: deno task release [PLATFORM…] [--bin FILE] [--output FOLDER] [--fast]

Builds what a release consists of. Platforms: ${
  TARGETS.map(({ name }) => name).join(", ")
}; all when none is named.

  --bin FILE       an executable of the one platform that is named, instead of compiling it
  --output FOLDER  where everything goes; dist/release when left out
  --fast           compresses little, for tests

DENORT_BIN names a runtime to compile with, which is of one platform too: name that platform.

Needs npm, tar, gzip, dpkg-deb and rpmbuild. The Homebrew formula is made when the platforms of macOS and Linux are there.`;

const DOWNLOADS = "https://github.com/oscnet/okws/releases/download";

type ReleaseOptions = {
  readonly targets: readonly Target[];
  readonly bin: string | undefined;
  readonly output: string;
  readonly fast: boolean;
};

async function release({ targets, bin, output, fast }: ReleaseOptions): Promise<void> {
  await requireSources(targets, bin);
  const { version } = JSON.parse(await Deno.readTextFile("deno.json")) as { version: string };
  const date = await versionDate();
  await Deno.mkdir(output, { recursive: true });
  const files: string[] = [];
  const add = async (name: string) => {
    files.push(name);
    await say(`${name}: ${((await Deno.stat(`${output}/${name}`)).size / 1e6).toFixed(1)} MB`);
  };
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${output}/${name}`, text);
    await add(name);
  };
  const work = await Deno.makeTempDir({ prefix: "okws-release-" });
  try {
    if (bin === undefined) await bundle(`${work}/okws.js`, "executable");
    for (const target of targets) {
      const program = bin ?? `${work}/${target.name}/${target.file}`;
      if (bin === undefined) {
        await Deno.mkdir(`${work}/${target.name}`);
        const { triple } = target;
        await compile(findToolchain(), { bundle: `${work}/okws.js`, output: program, target: triple });
        await requirePlatform(program, target, "Deno has compiled for another platform");
      }
      await add(await buildArchive({ target, bin: program, version, date, output, fast }));
      for (const format of target.isPackaged ? FORMATS : []) {
        const { file } = await buildPackage({ bin: program, output, format, fast });
        await add(file.slice(output.length + 1));
      }
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  await add(await buildNpmPackage({ version, deno: Deno.version.deno, output }));
  await write(`okws-${version}.cdx.json`, await renderBill({ version, deno: Deno.version.deno, date }));
  await write("install.sh", await Deno.readTextFile("scripts/install.sh"));
  const sums = await checksums(output, files);
  const formula = formulaOf(version, sums);
  if (formula !== undefined) {
    await write("okws.rb", formula);
    Object.assign(sums, await checksums(output, ["okws.rb"]));
  }
  const lines = Object.entries(sums).sort().map(([name, sum]) => `${sum}  ${name}\n`);
  await Deno.writeTextFile(`${output}/SHA256SUMS`, lines.join(""));
  await say(`${output}/SHA256SUMS names ${lines.length} files`);
}

/** Holds before anything is built that what is given for the executables is for their platforms. */
async function requireSources(targets: readonly Target[], bin: string | undefined): Promise<void> {
  const runtime = Deno.env.get("DENORT_BIN");
  for (const target of targets) {
    if (bin !== undefined) {
      await requirePlatform(
        bin,
        target,
        `name the platform of the file, or a file for ${target.name} with --bin`,
      );
    } else if (runtime) {
      const remedy = `name only the platform of this runtime, or leave DENORT_BIN out`;
      await requirePlatform(runtime, target, remedy);
    }
  }
}

/** SHA-256 in hexadecimal, by file. */
async function checksums(folder: string, files: readonly string[]): Promise<Record<string, string>> {
  const text = await run("sha256sum", ["--", ...files], { cwd: folder });
  return Object.fromEntries(text.trimEnd().split("\n").map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** Only with all its platforms there is a formula. */
function formulaOf(version: string, sums: Readonly<Record<string, string>>): string | undefined {
  const known = FORMULA_PLATFORMS.map((platform) => [platform, sums[`okws-${platform}.tar.gz`]] as const);
  if (known.some(([, sum]) => sum === undefined)) return undefined;
  return renderFormula(version, `${DOWNLOADS}/v${version}`, Object.fromEntries(known) as ArchiveSums);
}

if (import.meta.main) {
  Deno.chdir(new URL("../", import.meta.url));
  const { values, positionals } = readTaskArguments({
    bin: { type: "string" },
    output: { type: "string", default: "dist/release" },
    fast: { type: "boolean", default: false },
  }, USAGE);
  const { bin, output, fast } = values;
  const targets = positionals.length === 0
    ? TARGETS
    : positionals.map((name) =>
      TARGETS.find((target) => target.name === name) ??
        refuseTaskArguments(`No platform is named ${name}`, USAGE)
    );
  if (bin !== undefined && targets.length !== 1) {
    refuseTaskArguments("--bin is an executable of one platform: name that platform", USAGE);
  }
  Deno.exit(
    await exitCodeOf(async () => {
      const folder = output.startsWith("/") ? output : `${Deno.cwd()}/${output}`;
      await release({ targets, bin, output: folder, fast });
    }),
  );
}
