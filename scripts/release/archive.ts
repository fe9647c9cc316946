/** The archive of an executable with what belongs beside it. */
import { run } from "../compile/run.ts";
import { place, readSource, renderCompletions } from "../package/layout.ts";
import { renderMan } from "../package/man.ts";
import { renderPage } from "../package/pages.ts";
import { archiveName, type Target } from "./targets.ts";

export type ArchiveOptions = {
  readonly target: Target;
  /** The executable. */
  readonly bin: string;
  readonly version: string;
  /** Of the version, as 2026-11-22; every file gets it, so that the same files make the same archive. */
  readonly date: string;
  readonly output: string;
  /** Little compression. */
  readonly fast?: boolean;
};

/** What goes beside the executable as it stands in the sources: the name there, by the path here. */
export const ARCHIVED: ReadonlyMap<string, string> = new Map([
  ["LICENSE", "LICENSE"],
  ["README.md", "README.md"],
  ["README.zh-CN.md", "README.zh-CN.md"],
  ["CHANGELOG.md", "CHANGELOG.md"],
  ["config/okws.yaml", "okws.yaml"],
  ["config/alerts.yaml", "alerts.yaml"],
]);

/** Packs `okws-PLATFORM.tar.gz` and returns its name. Windows reads that form too, with its own `tar`. */
export async function buildArchive(options: ArchiveOptions): Promise<string> {
  const { target, bin, version, date, output, fast = false } = options;
  const folder = await Deno.makeTempDir({ prefix: "okws-archive-" });
  try {
    await place(folder, target.file, await Deno.readFile(bin), 0o755);
    for (const [path, name] of ARCHIVED) {
      const text = await readSource(path);
      await place(
        folder,
        name,
        path.endsWith(".md") ? renderPage(text, { version, beside: ARCHIVED }) : text,
      );
    }
    await place(folder, "okws.1", renderMan(version, date));
    for (const shell of ["bash", "fish", "zsh"]) {
      await place(folder, `completions/okws.${shell}`, await renderCompletions(shell));
    }
    const name = archiveName(target);
    const sameEverywhere = [
      "--sort=name",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      `--mtime=${date} 00:00Z`,
    ];
    await run("tar", ["-cf", `${folder}.tar`, ...sameEverywhere, "-C", folder, "."]);
    await run("gzip", [fast ? "-1n" : "-9n", `${folder}.tar`]);
    await Deno.copyFile(`${folder}.tar.gz`, `${output}/${name}`);
    return name;
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(`${folder}.tar.gz`).catch(() => {});
  }
}
