/** Whether a configuration file shows the secrets in it to other users of the machine, by its mode. */
import { plainSecrets } from "./secrets.ts";
import { type Message, message } from "../shared/messages/message.ts";

/** What was found; access control lists are not looked at. */
export type Exposure = {
  /** As chmod takes it. */
  readonly mode: string;
  /** Names of the secrets that stand in the file as they are. */
  readonly secrets: readonly string[];
  /** Whether others than its owner, or the group that root gave it to, can read it. */
  readonly readable: boolean;
};

/** As much of a file's state as counts. */
type Owned = { readonly mode: number | null; readonly uid: number | null; readonly gid: number | null };

/**
 * Returns the mode of a file, its plain secrets and whether others may read it; undefined where there are no modes, or it
 * cannot be read.
 */
export async function checkExposure(file: string): Promise<Exposure | undefined> {
  try {
    const info = await Deno.stat(file);
    // What is no file, a pipe for example, can be read once.
    if (info.mode === null || !info.isFile) return undefined;
    return {
      mode: (info.mode & 0o777).toString(8).padStart(3, "0"),
      secrets: plainSecrets(await Deno.readTextFile(file)),
      readable: isReadableByOthers(info),
    };
  } catch {
    return undefined;
  }
}

/** Returns whether somebody else can read a file; closed folders around it may be opened any day and do not count. */
export function isReadableByOthers({ mode, uid, gid }: Owned): boolean {
  if (mode === null) return false;
  // Root lets a service read by its group; a group with its user's own number has nobody else.
  const ofMany = uid !== 0 && gid !== uid;
  return (mode & 0o004) !== 0 || ((mode & 0o040) !== 0 && ofMany);
}

/** Returns the warning, where there is something to warn about. */
export function exposureNote({ mode, secrets, readable }: Exposure): Message | undefined {
  if (!readable || secrets.length === 0) return undefined;
  return message("config.readable_secrets", { mode, names: secrets.join(", ") });
}
