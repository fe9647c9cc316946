/** The configuration file: whether it is good, and who else can read the secrets in it. */
import { checkExposure } from "../../config/exposure.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { ConfigError } from "../../shared/errors.ts";
import type { ReportFinding } from "./finding.ts";
import { keyed } from "../i18n/translate.ts";

/** Where the configuration comes from. */
export type ConfigSource = {
  readonly file: string | undefined;
  readonly redis: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
};

/** Returns the configuration, or as much of it as can be had: the settings alone where only the rest has faults. */
export async function checkFile(source: ConfigSource, report: ReportFinding): Promise<Config | undefined> {
  const { file, environment } = source;
  const options = { file, environment, flags: source.redis === undefined ? {} : { REDIS_URL: source.redis } };
  if (file === undefined) report("file", "ok", keyed("doctor.file_none"));
  else await checkPermissions(file, report);
  try {
    const config = await loadConfig(options);
    const paths = config.subscribes.reduce((sum, { topics }) => sum + topics.length, 0);
    if (file !== undefined) {
      report("content", "ok", keyed("doctor.file_counts", { servers: config.servers.length, paths }));
    }
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.message.split("\n");
    for (const [i, issue] of error.issues.entries()) {
      const place = (lines[i] ?? "").slice(0, -issue.message.length).replace(/: $/, "");
      const message = keyed("join.place", { place, reason: issue.text ?? issue.message });
      report("content", "fail", message, keyed("doctor.fix_file"));
    }
    return await loadConfig({ ...options, only: "settings" }).catch(() => undefined);
  }
}

async function checkPermissions(file: string, report: ReportFinding): Promise<void> {
  const exposure = await checkExposure(file);
  // What cannot be looked at is reported with the content.
  if (exposure === undefined) return;
  const { mode, secrets, readable } = exposure;
  if (secrets.length === 0) {
    return report("permissions", "ok", keyed("doctor.mode_without_secrets", { mode }));
  }
  const named = secrets.join(", ");
  if (!readable) {
    return report("permissions", "ok", keyed("doctor.mode_with_secrets", { mode, names: named }));
  }
  const remedy = keyed("doctor.mode_remedy", { file });
  report("permissions", "fail", keyed("doctor.mode_readable", { mode, names: named }), remedy);
}
