/**
 * Credentials that a service manager hands over as files: systemd names their folder in CREDENTIALS_DIRECTORY. A file
 * stands for a variable of its name, so that `${OKX_SECRET}` in a configuration finds it.
 */

import { isOfSystem } from "../shared/file_reason.ts";
import { withoutLineEnd } from "../shared/file_text.ts";

/** Largest credential that is read; larger ones are something else. */
const MAX_BYTES = 64 * 1024;

/** Returns the environment with those credentials that it does not have already. What cannot be read is left out. */
export async function withCredentials(
  environment: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { CREDENTIALS_DIRECTORY: folder } = environment;
  if (folder === undefined || folder === "") return environment;
  const found: Record<string, string> = {};
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
      const text = await readCredential(`${folder}/${name}`);
      if (text !== undefined) found[name] = text;
    }
  } catch (error) {
    if (!isOfSystem(error)) throw error;
  }
  return { ...found, ...environment };
}

/** Reads the text of one credential without the line breaks at its end; undefined for what cannot be one. */
export async function readCredential(file: string): Promise<string | undefined> {
  try {
    const { size, isFile } = await Deno.stat(file);
    if (!isFile || size > MAX_BYTES) return undefined;
    return withoutLineEnd(await Deno.readTextFile(file));
  } catch (error) {
    if (isOfSystem(error)) return undefined;
    throw error;
  }
}
