/** `okws service …`: okws as a service of systemd or launchd. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT, UsageError } from "../exit.ts";
import { teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";
import { install, rehearse, rehearseRemoval, type Scene, uninstall } from "./install.ts";
import { launchd } from "./launchd.ts";
import { openMachine } from "./machine.ts";
import { ServiceError, type ServiceManager } from "./manager.ts";
import { readSetup } from "./setup.ts";
import { systemd } from "./systemd.ts";
import { words } from "../i18n/translate.ts";

/** Options of every command of the group. */
type Flags = { user?: true | undefined; manager?: string | undefined; root?: string | undefined };

const EXITS = { 0: "done", 1: "refused or failed", 2: "wrong usage or configuration" };

/** The group of commands, for the help and the parser. */
export function serviceCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const group = new Command("service").description("run okws for good, under systemd or launchd");
  teach(group, {
    examples: [
      ["sudo okws service install -c /etc/okws/okws.yaml", "writes, enables and starts it"],
      ["okws service show", "how it is"],
    ],
    exits: EXITS,
  });
  for (const make of [installCommand, uninstallCommand, showCommand]) {
    group.addCommand(make(io, exit));
  }
  return group;
}

function installCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("install").description("write a hardened service, enable it and start it");
  teach(command, {
    about:
      "The configuration is checked first. Without --as the service runs as a user that exists only while it runs.",
    examples: [
      ["okws service install -c /etc/okws/okws.yaml --dry-run", "show the file and the commands"],
      "sudo okws service install -c /etc/okws/okws.yaml",
      ["okws service install --user -c ~/okws.yaml", "a service of your own, without root"],
      [
        "sudo okws service install --credential OKX_SECRET=/etc/okws/secret",
        "the configuration's ${OKX_SECRET}",
      ],
    ],
    exits: EXITS,
  });
  return common(command)
    .option(
      "-c, --config <file>",
      "configuration file; else /etc/okws/okws.yaml, or ~/.config/okws/okws.yaml",
    )
    .option("--as <user>", "run as this user of the machine")
    .option("--credential <name=file>", "hand over a file as ${NAME}; may be repeated", collect)
    .option("--exec <command>", "what starts okws, instead of this executable")
    .option("--dry-run", "print the file and the commands, and do nothing")
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
  const command = new Command("uninstall").description("stop the service and remove what install wrote");
  teach(command, {
    about: "A file that okws did not write is left alone, and so is the configuration.",
    examples: ["sudo okws service uninstall", "okws service uninstall --user --dry-run"],
    exits: EXITS,
  });
  return common(command)
    .option("--dry-run", "print the commands, and do nothing")
    .action(async (flags) => {
      exit(
        await attempt(io, flags, async (scene) => {
          const found = flags.dryRun ? await rehearseRemoval(scene) : await uninstall(scene);
          if (!found) io.note(`okws: there is no ${scene.manager.file}, so nothing was removed`);
          return EXIT.done;
        }),
      );
    });
}

function showCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const command = new Command("show").description("show the installed service and how it is");
  teach(command, {
    examples: ["okws service show", "okws service show --user"],
    exits: { 0: "it is installed", 1: "it is not, or cannot be asked", 2: "wrong usage" },
  });
  return common(command)
    .option("--json", "print JSON")
    .action(async (flags) => {
      exit(
        await attempt(io, flags, async ({ machine, manager }) => {
          const t = words(io);
          const { file, name } = manager;
          const text = await machine.read(file);
          const state = text === undefined ? undefined : await manager.state();
          const ours = text !== undefined && manager.isOurs(text);
          if (flags.json || !io.outIsTerminal) {
            io.print(JSON.stringify({ manager: name, file, installed: text !== undefined, ours, ...state }));
          } else if (text !== undefined) {
            io.print(ours ? file : `${file} ${t("(not written by okws service install)")}`);
            if (state !== undefined) {
              io.print(t(state.enabled ? state.detail : `${state.detail}; not enabled`));
            }
            for (const [title, hint] of manager.hints) io.print(`${title.padEnd(6)} ${hint}`);
          }
          if (text === undefined) io.note(`okws: there is no ${file}; install one: okws service install`);
          return text === undefined ? EXIT.failed : EXIT.done;
        }),
      );
    });
}

function common<T extends Command>(command: T) {
  return command
    .option("--user", "a service of your own, not of the whole system")
    .option("--manager <systemd|launchd>", "instead of the one that this machine has")
    .option("--root <folder>", "prepare an image below this folder, whose service starts with it");
}

async function attempt(io: Io, flags: Flags, action: (scene: Scene) => Promise<number>): Promise<number> {
  try {
    const machine = openMachine(io.environment, flags.root);
    const make = managerOf(machine.os, flags.manager);
    const manager: ServiceManager = make(machine, flags.user ?? false);
    const t = words(io);
    return await action({ machine, manager, say: (line) => io.print(t(line)), signal: io.signal });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    io.note(`okws: ${error.message}`);
    return EXIT.failed;
  }
}

function managerOf(os: string, wanted: string | undefined): typeof systemd {
  const name = wanted ?? (os === "darwin" ? "launchd" : os === "linux" ? "systemd" : os);
  if (name === "systemd") return systemd;
  if (name === "launchd") return launchd;
  if (wanted !== undefined) throw new UsageError(`--manager is systemd or launchd: ${wanted}`);
  throw new ServiceError(`there is neither systemd nor launchd on ${os}; start at boot: okws serve -c FILE`);
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], value];
}
