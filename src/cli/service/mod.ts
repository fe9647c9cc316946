/** `okws service …`: okws as a service of systemd or launchd. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT, UsageError } from "../shared/exit.ts";
import { parseCount } from "../client/arguments.ts";
import { addHelp, type Exits } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { install, rehearse, rehearseRemoval, type Scene, uninstall } from "./install.ts";
import { launchd } from "./launchd.ts";
import { openMachine } from "./machine.ts";
import { ServiceError, type ServiceManager } from "./manager.ts";
import { readSetup } from "./setup.ts";
import { systemd } from "./systemd.ts";
import { englishOf } from "../../shared/messages/message.ts";
import { keyed, type Translate, translator } from "../i18n/translate.ts";

/** Options of every command of the group. */
type Flags = { user?: true | undefined; manager?: string | undefined; root?: string | undefined };

const EXITS: Exits = { 0: "exit.done", 1: "exit.refused_or_failed", 2: "exit.usage_or_config" };

/** Returns the group of commands, for the help and the parser. */
export function serviceCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const group = new Command("service").description(t("service_command.about"));
  addHelp(group, {
    examples: [
      ["sudo okws service install -c /etc/okws/okws.yaml", "service_command.example_install"],
      ["okws service show", "service_command.example_show"],
    ],
    exits: EXITS,
  });
  for (const make of [installCommand, uninstallCommand, showCommand]) {
    group.addCommand(make(io, exit));
  }
  return group;
}

function installCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("install").description(t("install.about"));
  addHelp(command, {
    about: "install.help",
    examples: [
      ["okws service install -c /etc/okws/okws.yaml --dry-run", "install.example_dry_run"],
      "sudo okws service install -c /etc/okws/okws.yaml",
      ["okws service install --user -c ~/okws.yaml", "install.example_user"],
      [
        "sudo okws service install --credential OKX_SECRET=/etc/okws/secret",
        "install.example_credential",
      ],
    ],
    exits: EXITS,
  });
  return common(command, t)
    .option(
      "-c, --config <file>",
      t("install.config"),
    )
    .option("--as <user>", t("install.as"))
    .option("--credential <name=file>", t("install.credential"), collect)
    .option("--exec <command>", t("install.exec"))
    .option("--dry-run", t("install.dry_run"))
    .action(async (flags) => {
      exit(
        await attempt(io, flags, async (scene) => {
          const setup = await readSetup(flags, io, scene.machine);
          if (!flags.dryRun) return await install(scene, setup) ? EXIT.done : EXIT.failed;
          await rehearse(scene, setup);
          return EXIT.done;
        }),
      );
    });
}

function uninstallCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("uninstall").description(t("uninstall.about"));
  addHelp(command, {
    about: "uninstall.help",
    examples: ["sudo okws service uninstall", "okws service uninstall --user --dry-run"],
    exits: EXITS,
  });
  return common(command, t)
    .option("--dry-run", t("uninstall.dry_run"))
    .action(async (flags) => {
      exit(
        await attempt(io, flags, async (scene) => {
          const found = flags.dryRun ? await rehearseRemoval(scene) : await uninstall(scene);
          if (!found) io.note(`okws: ${t("uninstall.nothing", { file: scene.manager.file })}`);
          return EXIT.done;
        }),
      );
    });
}

function showCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("show").description(t("show.about"));
  addHelp(command, {
    examples: ["okws service show", "okws service show --user"],
    exits: { 0: "show.exit_installed", 1: "show.exit_not_installed", 2: "exit.usage" },
  });
  return common(command, t)
    .option("--json", t("option.json"))
    .action(async (flags) => {
      exit(
        await attempt(io, flags, async ({ machine, manager }) => {
          const { file, name } = manager;
          const text = await machine.read(file);
          const state = text === undefined ? undefined : await manager.state();
          const shown = state === undefined ? {} : { ...state, detail: englishOf(state.detail) };
          const ours = text !== undefined && manager.isOurs(text);
          if (flags.json || !io.outIsTerminal) {
            io.print(JSON.stringify({ manager: name, file, installed: text !== undefined, ours, ...shown }));
          } else if (text !== undefined) {
            io.print(ours ? file : `${file} ${t("show.not_ours")}`);
            if (state !== undefined) {
              const { enabled, detail } = state;
              io.print(enabled ? t.any(detail) : t("show.not_enabled", { state: detail }));
            }
            for (const [title, hint] of manager.hints) io.print(`${title.padEnd(6)} ${hint}`);
          }
          if (text === undefined) io.note(`okws: ${t("show.none", { file })}`);
          return text === undefined ? EXIT.failed : EXIT.done;
        }),
      );
    });
}

/** Creates `okws logs`, which shows the log of the installed service, by its manager. */
export function logsCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const command = new Command("logs").description(t("logs.about"));
  addHelp(command, {
    examples: ["okws logs", ["okws logs -f --user", "logs.example_follow"]],
    exits: { 0: "exit.done", 1: "logs.exit_failed", 2: "exit.usage" },
  });
  return managed(command, t)
    .option("-n, --lines <n>", t("logs.lines"), "50")
    .option("-f, --follow", t("logs.follow"))
    .action(async (flags) => {
      const lines = parseCount("-n", flags.lines, 1) ?? 1;
      exit(
        await attempt(io, flags, async ({ machine, manager, signal }) => {
          if (await machine.read(manager.file) === undefined) {
            io.note(`okws: ${t("logs.none", { file: manager.file })}`);
            return EXIT.failed;
          }
          const [program, ...args] = manager.logs({ lines, follow: flags.follow === true });
          const code = await machine.show(program, args, signal);
          if (code === 127) io.note(`okws: ${t("install.no_program", { path: program })}`);
          return code === 0 || signal.aborted ? EXIT.done : EXIT.failed;
        }),
      );
    });
}

/** Options of the commands that write files or look at them, which may be those of an image. */
function common<T extends Command>(command: T, t: Translate) {
  return managed(command, t).option("--root <folder>", t("service_command.root"));
}

/** Options that name the service. */
function managed<T extends Command>(command: T, t: Translate) {
  return command
    .option("--user", t("service_command.user"))
    .option("--manager <systemd|launchd>", t("service_command.manager"));
}

async function attempt(io: Io, flags: Flags, action: (scene: Scene) => Promise<number>): Promise<number> {
  try {
    const machine = openMachine(io.environment, flags.root);
    const make = managerOf(machine.os, flags.manager);
    const manager: ServiceManager = make(machine, flags.user ?? false);
    return await action({ machine, manager, say: io.print, t: translator(io), signal: io.signal });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    io.note(`okws: ${translator(io).error(error)}`);
    return EXIT.failed;
  }
}

function managerOf(os: string, wanted: string | undefined): typeof systemd {
  const name = wanted ?? (os === "darwin" ? "launchd" : os === "linux" ? "systemd" : os);
  if (name === "systemd") return systemd;
  if (name === "launchd") return launchd;
  if (wanted !== undefined) throw new UsageError(keyed("service_command.manager_value", { value: wanted }));
  throw new ServiceError(keyed("service_command.no_manager", { os }));
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], value];
}
