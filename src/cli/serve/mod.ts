/** `okws serve`: the service in the foreground, until a signal or a command ends it. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { loadConfig } from "../../config/load.ts";
import { keepConfigNotes } from "./config_notes.ts";
import { chooseFile } from "./file.ts";
import type { Config } from "../../config/schema.ts";
import { flushLogs, roomLogger, setupLogging } from "../../logging/log.ts";
import { proxyRule, usesProxies } from "../../shared/proxy.ts";
import { serve, type ServeOptions, type Service } from "../../app/service.ts";
import { LeaseError, WrittenMeanwhileError } from "../../shared/errors.ts";
import { keepMemory } from "../../system/memory.ts";
import { type Notifier, openNotifier } from "../../system/notifier.ts";
import { EXIT } from "../shared/exit.ts";
import { addHelp } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { unneededByService } from "../terminal/permissions.ts";
import { type Translate, translator } from "../i18n/translate.ts";

/** Options that a person may give instead of writing them into the file. */
export type ServeFlags = {
  readonly config?: string | undefined;
  readonly redis?: string | undefined;
  readonly http?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly shard?: string | undefined;
  readonly standby?: string | boolean | undefined;
  readonly takeover?: boolean | undefined;
};

/** What ends a service, and what is said of it to the service manager. */
type Watched = { readonly io: Io; readonly notifier: Notifier };

/**
 * What became of a service: whether it has stopped, another one was to replace it, or has done so, it broke, or another one has
 * written what it had received before it had the lease.
 */
type Outcome = "stopped" | "replaced" | "lost" | "failed" | "outrun";

const log = roomLogger("service");

/** Returns the command, for the help and the parser. */
export function serveCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("serve").description(t("serve.about"));
  addHelp(command, {
    examples: [
      "okws serve -c okws.yaml",
      "okws serve -c okws.yaml --redis redis://127.0.0.1:6380 --log-format json",
    ],
    exits: { 0: "exit.stopped", 1: "exit.failed", 2: "exit.usage_or_config" },
  });
  return addServeOptions(command, t)
    .action(async (flags) => exit(await runServe(flags, io)));
}

/** Returns the options of the service, which the bare `okws -c FILE` takes too. */
export function addServeOptions<T extends Command>(command: T, t: Translate): T {
  return command
    .option("-c, --config <file>", t("option.config"))
    .option("--redis <url>", t("serve.redis"))
    .option("--http <host:port|off>", t("serve.http"))
    .option("--endpoint <name|url>", t("serve.endpoint"))
    .option("--log-level <debug|info|warn|error>", t("serve.log_level"))
    .option("--log-format <pretty|json>", t("serve.log_format"))
    .option("--shard <number/count>", t("serve.shard"))
    .option("--standby [cold]", t("serve.standby"))
    .option("--takeover", t("serve.takeover")) as unknown as T;
}

/** Runs until `io.signal` is aborted or the service receives the command to quit. */
export async function runServe({ takeover = false, standby, ...given }: ServeFlags, io: Io): Promise<number> {
  const chosen = await chooseFile(given, io);
  if (chosen === undefined) return EXIT.failed;
  const flags = { ...given, config: chosen.file };
  const notes = keepConfigNotes();
  const load = () =>
    loadConfig({
      onNote: notes.onNote,
      file: flags.config,
      flags: toSettings({
        REDIS_URL: flags.redis,
        HTTP: flags.http,
        ENDPOINT: flags.endpoint,
        LOG_LEVEL: flags.logLevel,
        LOG_FORMAT: flags.logFormat,
        SHARD: flags.shard,
        STANDBY: typeof standby === "boolean" ? String(standby) : standby,
      }),
      environment: io.environment,
    });
  const config = await load();
  const { LOG_LEVEL: level, LOG_FORMAT: format } = config.settings;
  const shown = format === "auto" ? (io.errIsTerminal ? "pretty" : "json") : format;
  await setupLogging({ level, format: shown }, io.logStream);
  chosen.log();
  warnOfProxies(config, io.environment);
  notes.log();
  try {
    await using notifier = await openNotifier({ environment: io.environment });
    io.giveUp?.(unneededByService({
      redisUrl: config.settings.REDIS_URL,
      notifies: io.environment.NOTIFY_SOCKET !== undefined,
      runsProgram: notifier.runsProgram,
      records: config.settings.RECORD !== undefined,
    }));
    io.signal.addEventListener("abort", () => notifier.stopping(), { once: true });
    const options = {
      signal: io.signal,
      ...await describedBy(flags, io),
      ...(flags.config === undefined ? {} : { load: () => load().finally(() => notes.log()) }),
    };
    // A service that is to stand by does so again when another has replaced it.
    for (let next = config, isTakeover = takeover;; isTakeover = false) {
      let outcome: Outcome;
      do {
        outcome = await runOnce(next, { ...options, takeover: isTakeover }, { io, notifier });
      } while (outcome === "outrun" && !io.signal.aborted);
      const isReplaced = outcome === "replaced" || outcome === "lost";
      if (!isReplaced || next.settings.STANDBY === "false" || io.signal.aborted) {
        notifier.stopping();
        return outcome === "failed" || outcome === "lost" ? EXIT.failed : EXIT.done;
      }
      log.info("Another okws has taken over, standing by");
      next = await load().catch(() => next);
    }
  } catch (error) {
    if (!io.signal.aborted || error !== io.signal.reason) throw error;
    log.info("Stopped before anything was written");
    return EXIT.done;
  } finally {
    await flushLogs();
  }
}

/** Serves once; returns what became of it. Rejects with what keeps it from starting. */
async function runOnce(config: Config, options: ServeOptions, watched: Watched): Promise<Outcome> {
  let service: Service;
  try {
    service = await serve(config, options);
  } catch (error) {
    if (error instanceof WrittenMeanwhileError) return "outrun";
    throw error;
  }
  return await runUntilEnd(service, watched);
}

/** Returns what became of a service. */
async function runUntilEnd(service: Service, { io, notifier }: Watched): Promise<Outcome> {
  using _hangup = io.onHangup?.(() => {
    // A terminal that is closed takes with it what runs on it.
    if (io.errIsTerminal) void service.stop();
    // What is wrong with the file is in the log; the service goes on as it was.
    else void notifier.reloading(() => service.reload()).catch(() => {});
  });
  notifier.ready(() => service.view());
  using _memory = keepMemory(service.view().stats);
  try {
    await service.done;
    return service.isHandingOver ? "replaced" : "stopped";
  } catch (error) {
    if (error instanceof WrittenMeanwhileError) return "outrun";
    // Where the store of the other one ends with it there is nothing to stand by for.
    return error instanceof LeaseError && error.holder?.embedded !== true ? "lost" : "failed";
  } finally {
    await service.stop();
  }
}

/** A health check has the file and the environment, and not the options that stand on this command line. */
async function describedBy(
  { config, redis }: ServeFlags,
  io: Io,
): Promise<{ described?: Config["settings"] }> {
  if (redis === undefined) return {};
  const load = loadConfig({ file: config, environment: io.environment, only: "settings" });
  const described = await load.then(({ settings }) => settings, () => undefined);
  return described === undefined ? {} : { described };
}

/** A proxy that the runtime takes for REST and not for WebSockets is seldom what somebody means. */
function warnOfProxies({ servers }: Config, environment: Io["environment"]): void {
  const { deno } = Deno.version;
  if (usesProxies(deno)) return;
  const used = servers.flatMap(({ exchange }) =>
    proxyRule(new URL(exchange.ws), environment).proxy?.variable ?? []
  );
  for (const variable of new Set(used)) {
    log.warn("A proxy is not used for WebSockets by this runtime, for REST alone", { variable, deno });
  }
}

function toSettings(flags: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}
