/** What a person asked to have installed, made complete: the program, the configuration checked as the service will read it. */
import { readCredential } from "../../config/credentials.ts";
import { loadConfig } from "../../config/load.ts";
import { FROM_NPM } from "../../shared/build.ts";
import { ConfigError } from "../../shared/errors.ts";
import { parseEnvironmentFile } from "../../system/environment_file.ts";
import { UsageError } from "../shared/exit.ts";
import type { Io } from "../terminal/io.ts";
import type { Machine } from "./machine.ts";
import { ServiceError, type Setup } from "./manager.ts";
import { keyed } from "../i18n/translate.ts";

/** The options of an installation as the command line has them. */
export type SetupFlags = {
  readonly config?: string | undefined;
  readonly user?: boolean | undefined;
  readonly as?: string | undefined;
  readonly exec?: string | undefined;
  readonly credential?: readonly string[] | undefined;
};

/** Throws UsageError, ConfigError or ServiceError for what cannot be installed. */
export async function readSetup(flags: SetupFlags, io: Io, machine: Machine): Promise<Setup> {
  const { user = false, as } = flags;
  if (user && as !== undefined) {
    throw new UsageError(
      keyed("install.as_or_user"),
    );
  }
  if (as !== undefined && !/^[a-z_][a-z0-9_-]{0,31}\$?$/i.test(as)) {
    throw new UsageError(keyed("install.as_value", { value: as }));
  }
  const folder = user
    ? `${machine.environment.XDG_CONFIG_HOME || `${machine.home}/.config`}/okws`
    : "/etc/okws";
  const config = absolute(flags.config ?? `${folder}/okws.yaml`);
  const environmentFile = `${config.slice(0, config.lastIndexOf("/"))}/okws.env`;
  const credentials = (flags.credential ?? []).map(readFlag);
  await checkConfig(machine, { config, environmentFile, credentials });
  return {
    program: programOf(flags, io),
    config,
    runAs: user ? { kind: "self" } : as === undefined ? { kind: "dynamic" } : { kind: "user", name: as },
    environmentFile,
    credentials,
  };
}

/** The faults of a configuration come to light now, not at the first start. */
async function checkConfig(
  machine: Machine,
  { config, environmentFile, credentials }: Pick<Setup, "config" | "environmentFile" | "credentials">,
): Promise<void> {
  const environment = parseEnvironmentFile(await machine.read(environmentFile ?? "") ?? "");
  for (const { name, file } of credentials) {
    const value = await readCredential(`${machine.root ?? ""}${file}`);
    if (value === undefined) {
      // The file is not shown: a user who takes NAME=FILE for NAME=VALUE has written the secret there.
      throw new UsageError(
        keyed("install.credential_unreadable", { name }),
      );
    }
    environment[name] = value;
  }
  try {
    await loadConfig({ file: `${machine.root ?? ""}${config}`, environment });
  } catch (error) {
    if (!(error instanceof ConfigError && /not set in the environment/.test(error.message))) throw error;
    const text = keyed("install.where_variables", { file: environmentFile ?? "" });
    throw new ConfigError(error.source, [...error.issues, { path: "", message: text.english, text }]);
  }
}

function programOf({ exec }: SetupFlags, io: Io): string[] {
  if (exec !== undefined) {
    const words = exec.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replace(/^(["'])(.*)\1$/, "$2")) ??
      [];
    if (!words[0]?.startsWith("/")) throw new UsageError(keyed("install.exec_value", { value: exec }));
    return words;
  }
  if (io.executable !== undefined) return [io.executable];
  if (FROM_NPM) throw new ServiceError(keyed("install.from_npm"));
  const sources = new URL("../../../main.ts", import.meta.url).pathname;
  throw new ServiceError(
    keyed("install.from_sources", { deno: Deno.execPath(), file: sources }),
  );
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path.replace(/^\.\//, "")}`;
}

function readFlag(text: string): { name: string; file: string } {
  const [, name, file] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined) throw new UsageError(keyed("install.credential_value"));
  return { name, file: absolute(file) };
}
