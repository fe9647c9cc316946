/** What installing a service touches of the machine: files below a root, and the programs of its service manager. */

import { mayRead, mayRun, type Owned, type Somebody } from "../../system/access.ts";
import { childEnvironment, type ProgramName } from "../../system/programs.ts";
import { fileReason } from "../../shared/file_reason.ts";
import { englishOf } from "../../shared/messages/message.ts";
import { UsageError } from "../shared/exit.ts";
import { keyed } from "../i18n/translate.ts";

/** How a program ended. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Tests hand in one of their own. Paths are absolute, as the installed service will see them. */
export type Machine = {
  readonly os: string;
  /** Of the user who runs this; 0 is root. */
  readonly uid: number;
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Another root than `/`: an image that is being prepared, whose services cannot be started now. */
  readonly root: string | undefined;
  /** Returns the text of a file; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
  /** In one step, with the folders that lead to it. */
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  canRead(path: string, somebody: Somebody): Promise<boolean>;
  canRun(path: string, somebody: Somebody): Promise<boolean>;
  /** Code 127 where there is no such program. */
  run(program: ProgramName, args: readonly string[]): Promise<Ended>;
  /** Runs a program that writes to this one's output, until it ends or the signal is aborted. Resolves with its code, as above. */
  show(program: ProgramName, args: readonly string[], signal: AbortSignal): Promise<number>;
};

/** Longest time that a program of the service manager may take. */
const PROGRAM_MS = 60_000;

/** Opens this machine, or the image below `root`. */
export function openMachine(environment: Readonly<Record<string, string>>, root?: string): Machine {
  const real = (path: string) => `${root ?? ""}${path}`;
  const find = async (path: string): Promise<Deno.FileInfo | undefined> => {
    try {
      return await Deno.stat(real(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return undefined;
      }
      throw new UsageError(
        keyed("file.cannot_read", { path: real(path), reason: fileReason(error, "read") }),
      );
    }
  };
  /** The folders from the root on, and the file. */
  const wayTo = async (path: string): Promise<Owned[]> => {
    const parts = path.split("/").slice(1);
    const steps = ["/", ...parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`)];
    const infos = await Promise.all(steps.map((step) => Deno.stat(real(step))));
    return infos.map(({ mode, uid, gid }) => ({ mode: mode ?? 0o777, uid: uid ?? 0, gid: gid ?? 0 }));
  };
  return {
    os: Deno.build.os,
    uid: Deno.uid() ?? 0,
    home: environment.HOME ?? "/",
    environment,
    root,
    async read(path) {
      return await find(path) === undefined ? undefined : await Deno.readTextFile(real(path));
    },
    exists: async (path) => await find(path) !== undefined,
    async write(path, text) {
      const file = real(path);
      const half = `${file}.${crypto.randomUUID()}`;
      try {
        await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
        await Deno.writeTextFile(half, text, { mode: 0o644 });
        await Deno.rename(half, file);
      } catch (error) {
        await Deno.remove(half).catch(() => {});
        throw new UsageError(keyed("file.cannot_write", { file, reason: fileReason(error, "write") }));
      }
    },
    remove: (path) => Deno.remove(real(path)),
    canRead: async (path, somebody) => mayRead(await wayTo(path), somebody),
    canRun: async (path, somebody) => mayRun(await wayTo(path), somebody),
    run: (program, args) => runProgram(program, args, environment),
    show: (program, args, signal) => showProgram(program, args, { environment, signal }),
  };
}

async function runProgram(
  program: ProgramName,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ended> {
  const decoder = new TextDecoder();
  try {
    const signal = AbortSignal.timeout(PROGRAM_MS);
    const command = new Deno.Command(program, { ...optionsOf(args, environment), signal });
    const { code, stdout, stderr } = await command.output();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { code: 127, stdout: "", stderr: englishOf(keyed("install.no_program", { path: program })) };
  }
}

async function showProgram(
  program: ProgramName,
  args: readonly string[],
  { environment, signal }: {
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  try {
    const output = { stdout: "inherit", stderr: "inherit", signal } as const;
    const command = new Deno.Command(program, { ...optionsOf(args, environment), ...output });
    return (await command.spawn().status).code;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return 127;
  }
}

function optionsOf(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Deno.CommandOptions & { stdin: "null" } {
  const env = { ...childEnvironment(environment), LC_ALL: "C", SYSTEMD_PAGER: "", SYSTEMD_COLORS: "0" };
  return { args: [...args], clearEnv: true, env, stdin: "null" };
}

/** An executable may run only what was there when it started. */
function isMissing(error: unknown): boolean {
  const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
  return [NotFound, PermissionDenied, NotCapable].some((kind) => error instanceof kind);
}
