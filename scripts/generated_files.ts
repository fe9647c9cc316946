/** Files that are written from the sources: by their paths from the root of the project, with the text that each should have. */

/** What a generator gives. */
export type GeneratedFiles = ReadonlyMap<string, string>;

const ROOT = new URL("../", import.meta.url);

/** Writes those that are stale, and returns their paths. */
export async function writeGenerated(files: GeneratedFiles, root: URL = ROOT): Promise<string[]> {
  const stale = await findStale(files, root);
  for (const path of stale) await Deno.writeTextFile(new URL(path, root), files.get(path) as string);
  return stale;
}

/** The paths of those whose text is another one than it should be, or that are not there; changes nothing. */
export async function findStale(files: GeneratedFiles, root: URL = ROOT): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of files) {
    if (await readFile(new URL(path, root)) !== text) stale.push(path);
  }
  return stale;
}

/** Generated files of which parts are written by hand: what each should be, made of what it is. */
export async function renderPages(
  pages: Iterable<readonly [path: string, render: (text: string) => string | Promise<string>]>,
): Promise<GeneratedFiles> {
  const files = new Map<string, string>();
  for (const [path, render] of pages) {
    files.set(path, await render(await Deno.readTextFile(new URL(path, ROOT))));
  }
  return files;
}

async function readFile(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
