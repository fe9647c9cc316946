/** One executable, packed for a package manager. */
import { BuildError } from "../compile/run.ts";
import { buildDebian } from "./debian_package.ts";
import { readElf } from "./elf.ts";
import { readSource } from "./layout.ts";
import { buildRpm } from "./rpm_package.ts";

/** Of package managers: Debian's and Red Hat's. */
export const FORMATS = ["deb", "rpm"] as const;
export type Format = typeof FORMATS[number];

export type PackageOptions = {
  /** The executable. */
  readonly bin: string;
  /** Folder that the package goes to. */
  readonly output: string;
  readonly format: Format;
  /** Little compression. */
  readonly fast?: boolean;
};

/** Returns the package and its size. The same sources give the same files inside. */
export async function buildPackage(
  options: PackageOptions,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const { bin, output, format, fast = false } = options;
  const program = await Deno.readFile(bin).catch(() => {
    throw new BuildError(`There is no executable ${bin}: build it first with deno task compile`);
  });
  const elf = readElf(program);
  if (elf === undefined) throw new BuildError(`${bin} is no executable for Linux on amd64 or arm64`);
  const { version } = JSON.parse(await readSource("deno.json")) as { version: string };
  const date = await versionDate();
  const folder = await Deno.makeTempDir({ prefix: "okws-package-" });
  try {
    await Deno.chmod(folder, 0o755);
    await Deno.mkdir(output, { recursive: true });
    const build = format === "deb" ? buildDebian : buildRpm;
    const file = await build({ program, version, date, elf, folder, output, fast });
    return { file, bytes: (await Deno.stat(file)).size };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Headings of the changelog that are of a version, not of what is to come. */
const HEADING = /^## (\d+\.\d+\.\d+)[^\n]*?(\d{4}-\d{2}-\d{2})?\s*$/m;

/** When the version was made, as 2026-11-22; today where the changelog does not say. */
export async function versionDate(): Promise<string> {
  return HEADING.exec(await readSource("CHANGELOG.md"))?.[2] ?? new Date().toISOString().slice(0, 10);
}
