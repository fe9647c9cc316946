/** Which okws is driven: a given executable, the one in `dist/` (built when there is none), or the sources. */
import { fileURLToPath } from "node:url";
import { runChild } from "../../tests/support/child.ts";

/** How to start it: a command and what comes before its own arguments. */
export type Program = { readonly command: string; readonly args: readonly string[]; readonly name: string };

/** Settings of {@link findProgram}. */
export type ProgramChoice = { readonly bin?: string | undefined; readonly source?: boolean };

/** Answers the program, building the executable if need be. */
export async function findProgram({ bin, source = false }: ProgramChoice): Promise<Program> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  if (source) {
    const args = ["run", "-A", "--quiet", "--config", `${root}deno.json`, `${root}main.ts`];
    return { command: Deno.execPath(), args, name: "the sources" };
  }
  const path = bin === undefined ? `${root}dist/okws` : bin.startsWith("/") ? bin : `${Deno.cwd()}/${bin}`;
  if (bin === undefined && !await exists(path)) {
    const built = await runChild(Deno.execPath(), ["task", "compile:offline"], {
      cwd: root,
      timeoutMs: 300_000,
    });
    if (built.code !== 0) throw new Error(`There is no dist/okws and it cannot be built:\n${built.stderr}`);
  }
  if (!await exists(path)) throw new Error(`There is no executable ${path}`);
  return { command: path, args: [], name: "the executable" };
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
