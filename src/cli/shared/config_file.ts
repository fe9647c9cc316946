/** Which configuration file a command reads: the one that it is given, or the first that is found in the usual places. */
import type { Io } from "../terminal/io.ts";
import { translator } from "../i18n/translate.ts";

/** Names a file for every command; set and empty: none is looked for. */
export const CONFIG_VARIABLE = "OKWS_CONFIG";

type Environment = Io["environment"];

/**
 * Returns where a file is looked for, the first one found wins: here, for this user (XDG Base Directory), for this
 * machine.
 */
export function configPaths({ XDG_CONFIG_HOME, HOME }: Environment): string[] {
  const home = XDG_CONFIG_HOME || (HOME ? `${HOME}/.config` : "");
  return ["okws.yaml", ...(home === "" ? [] : [`${home}/okws/okws.yaml`]), "/etc/okws/okws.yaml"];
}

/** Why a file that is there is not read: nobody may, or it is somebody else's. */
export type PassedOver = "unreadable" | "foreign";

/**
 * Returns the file to read: `given` on the command line, else that of {@link CONFIG_VARIABLE}, else one that is found;
 * undefined: there is none. `onPassedOver` is called with files that are found and may not be used; unless given, they
 * are named on stderr.
 */
export async function findConfigFile(
  given: string | undefined,
  io: Io,
  onPassedOver: (file: string, why: PassedOver) => void = (file, why) =>
    io.note(`okws: ${translator(io)(PASSED_OVER[why], { file })}`),
): Promise<string | undefined> {
  if (given !== undefined) return given;
  const named = io.environment[CONFIG_VARIABLE];
  if (named !== undefined) return named === "" ? undefined : named;
  for (const file of configPaths(io.environment)) {
    const state = await lookAt(file);
    if (state === "usable") return file;
    if (state !== "missing") onPassedOver(file, state);
  }
  return undefined;
}

const PASSED_OVER = { unreadable: "config_file.unreadable", foreign: "config_file.foreign" } as const;

/**
 * A folder that others may write to, such as /tmp, must not decide which Redis receives a login: a file in it counts when it
 * belongs to this user or to root.
 */
async function lookAt(file: string): Promise<"usable" | "missing" | PassedOver> {
  try {
    const { isFile, uid } = await Deno.stat(file);
    if (!isFile) return "missing";
    const isForeign = uid !== null && uid !== 0 && uid !== Deno.uid();
    if (isForeign && !file.startsWith("/")) return "foreign";
    (await Deno.open(file)).close();
    return "usable";
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied ? "unreadable" : "missing";
  }
}
