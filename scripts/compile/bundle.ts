/** The program as one file of JavaScript, with what the build knows of itself written into it. */
import { BuildError, run } from "./run.ts";

/** What a bundle is made for: an executable, or the npm package. */
export type BundleKind = "executable" | "npm";

/** Bundles main.ts of the working directory into `output`. */
export async function bundle(output: string, kind: BundleKind): Promise<void> {
  // By this Deno, whose configuration, lock file and package cache apply.
  await run(Deno.execPath(), ["bundle", "--quiet", "--platform=deno", `--output=${output}`, "main.ts"]);
  const commit = await findCommit();
  const text = await Deno.readTextFile(output);
  await Deno.writeTextFile(
    output,
    [["commit", commit], ["kind", kind]].reduce(
      (marked, [name = "", value]) => mark(marked, name, value),
      text,
    ),
  );
}

/** The commit of the sources; undefined: nobody says. BUILD_COMMIT names it where there is no repository, as in a container. */
async function findCommit(): Promise<string | undefined> {
  const named = Deno.env.get("BUILD_COMMIT") ?? "";
  if (named !== "") return named;
  return await run("git", ["rev-parse", "HEAD"]).then((text) => text.trim(), () => undefined);
}

/** As in src/shared/build.ts. Without a repository there is no commit. */
function mark(text: string, name: string, value: string | undefined): string {
  const placeholder = `"${name}-of-the-build"`;
  if (!text.includes(placeholder)) throw new BuildError(`The bundle has no placeholder for its ${name}`);
  return value === undefined ? text : text.replace(placeholder, JSON.stringify(value));
}
