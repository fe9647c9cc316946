/** The configuration file: whether it is good, and who else can read the secrets in it. */
import { lookAtExposure } from "../../config/exposure.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { Tell } from "./finding.ts";

/** Where the configuration comes from. */
export type Source = {
  readonly file: string | undefined;
  readonly redis: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
};

/** The configuration, or as much of it as can be had: the settings alone where only the rest has faults. */
export async function lookAtFile(source: Source, tell: Tell): Promise<Config | undefined> {
  const { file, environment } = source;
  const options = { file, environment, flags: source.redis === undefined ? {} : { REDIS_URL: source.redis } };
  if (file === undefined) tell("file", "ok", "none is named: the defaults and the environment hold");
  else await lookAtPermissions(file, tell);
  try {
    const config = await loadConfig(options);
    const paths = config.subscribes.reduce((sum, { topics }) => sum + topics.length, 0);
    if (file !== undefined) {
      tell("content", "ok", `servers: ${config.servers.length}, subscriptions: ${paths}`);
    }
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split("\n");
    for (const [i, issue] of error.issues.entries()) {
      const place = (lines[i] ?? "").slice(0, -issue.message.length).replace(/: $/, "");
      tell("content", "fail", `${place}: ${issue.message}`, "mend the file, then: okws check");
    }
    return await loadConfig({ ...options, only: "settings" }).catch(() => undefined);
  }
}

async function lookAtPermissions(file: string, tell: Tell): Promise<void> {
  const exposure = await lookAtExposure(file);
  // What cannot be looked at is reported with the content.
  if (exposure === undefined) return;
  const { mode, secrets, readable } = exposure;
  if (secrets.length === 0) return tell("permissions", "ok", `mode ${mode}, no secret in the file`);
  const named = secrets.join(", ");
  if (!readable) return tell("permissions", "ok", `mode ${mode}, with secrets: ${named}`);
  const remedy = `chmod 600 ${file}, or write them as \${NAME} and keep them in the environment`;
  tell("permissions", "fail", `mode ${mode}: other users can read ${named}`, remedy);
}
