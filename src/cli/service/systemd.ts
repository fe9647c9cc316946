/** systemd, of the system or of a user. */
import { MARKER, renderUnit, type RunAs } from "../../system/unit.ts";
import type { Somebody } from "../../system/access.ts";
import type { Machine } from "./machine.ts";
import {
  type CommandLine,
  type ManagedState,
  ServiceError,
  type ServiceManager,
  type Setup,
} from "./manager.ts";
import type { Text } from "../../shared/messages/message.ts";
import { keyed } from "../i18n/translate.ts";

const UNIT = "okws.service";

/** What a hardened service does not see of the machine (ProtectHome, PrivateTmp). */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/** Where packages put units; one of the same name there is the package's. */
const PACKAGED = ["/lib/systemd/system/okws.service", "/usr/lib/systemd/system/okws.service"];

/** Oldest systemd that hands over credentials. */
const CREDENTIALS_SINCE = 247;

/** Returns the manager for `user` or for the system. */
export function systemd(machine: Machine, user: boolean): ServiceManager {
  const { root, home, environment } = machine;
  const scope = root !== undefined ? [`--root=${root}`] : user ? ["--user"] : [];
  const systemctl = (...words: string[]): CommandLine => ["systemctl", ...scope, ...words];
  const file = user
    ? `${environment.XDG_CONFIG_HOME || `${home}/.config`}/systemd/user/${UNIT}`
    : `/etc/systemd/system/${UNIT}`;
  const plain = user ? "systemctl --user" : "systemctl";
  return {
    name: "systemd",
    file,
    isOurs: (text) => text.startsWith(`${MARKER}\n`),
    checkRights: () => root === undefined ? checkRights(machine, user) : Promise.resolve(),
    async render(setup) {
      for (const path of user ? [] : PACKAGED) {
        if (await machine.exists(path)) {
          throw new ServiceError(keyed("systemd.packaged", { unit: path }));
        }
      }
      const notes: Text[] = [];
      const somebody = user ? undefined : await whoIs(machine, setup.runAs);
      if (somebody !== undefined) await checkProgram(machine, setup, somebody);
      const configAsCredential = somebody !== undefined &&
        (HIDDEN.test(setup.config) || !await machine.canRead(setup.config, somebody));
      if (configAsCredential) {
        notes.push(
          keyed("systemd.config_copy", { file: setup.config }),
        );
      }
      if (configAsCredential || setup.credentials.length > 0) await checkVersion(machine);
      if (user) notes.push(keyed("systemd.linger"));
      return { text: `${MARKER}\n${renderUnit({ ...setup, configAsCredential })}`, notes };
    },
    verify: root === undefined
      ? { words: ["systemd-analyze", ...scope, "verify", "--man=no", file] }
      : undefined,
    start: root === undefined
      ? [
        { words: systemctl("daemon-reload") },
        { words: systemctl("enable", UNIT) },
        { words: systemctl("restart", "--no-block", UNIT) },
      ]
      : [{ words: systemctl("enable", UNIT) }],
    stop: [{ words: systemctl("disable", ...root === undefined ? ["--now"] : [], UNIT) }],
    forget: root === undefined
      ? [{ words: systemctl("daemon-reload") }, { words: systemctl("reset-failed", UNIT), mayFail: true }]
      : [],
    state: () => root === undefined ? readState(machine, systemctl) : Promise.resolve(undefined),
    logs: ({ lines, follow }) => [
      "journalctl",
      ...(user ? ["--user"] : []),
      ...["--unit", UNIT, "--lines", String(lines), "--output", "cat", "--no-pager"],
      ...(follow ? ["--follow"] : []),
    ],
    hints: [
      ["status", `${plain} status okws`],
      ["logs", `journalctl ${user ? "--user " : ""}-u okws -f`],
      ["stop", `${plain} stop okws`],
    ],
  };
}

async function checkRights(machine: Machine, user: boolean): Promise<void> {
  if (user) {
    const { code, stderr } = await machine.run("systemctl", ["--user", "show", "--property=Version"]);
    if (code === 0) return;
    throw new ServiceError(
      keyed("systemd.user_unreachable", { reason: stderr.trim().split("\n")[0] ?? "" }),
    );
  }
  if (!await machine.exists("/run/systemd/system")) {
    throw new ServiceError(
      keyed("systemd.not_running"),
    );
  }
  if (machine.uid !== 0) {
    throw new ServiceError(
      keyed("systemd.needs_root"),
    );
  }
}

/** Whose rights count when the service reads its files. */
async function whoIs(machine: Machine, runAs: RunAs): Promise<Somebody> {
  if (runAs.kind !== "user" || machine.root !== undefined) return { gids: [] };
  const [uid, gids] = await Promise.all([
    machine.run("id", ["-u", runAs.name]),
    machine.run("id", ["-G", runAs.name]),
  ]);
  if (uid.code !== 0 || gids.code !== 0) {
    throw new ServiceError(
      keyed("systemd.no_user", { name: runAs.name }),
    );
  }
  return { uid: Number(uid.stdout), gids: gids.stdout.trim().split(/\s+/).map(Number) };
}

async function checkProgram(machine: Machine, { program }: Setup, somebody: Somebody): Promise<void> {
  const [path = ""] = program;
  if (!await machine.exists(path)) throw new ServiceError(keyed("install.no_program", { path }));
  if (!HIDDEN.test(path) && await machine.canRun(path, somebody)) return;
  throw new ServiceError(
    keyed("systemd.cannot_run", { path, same: path }),
  );
}

async function checkVersion(machine: Machine): Promise<void> {
  const { stdout } = await machine.run("systemctl", ["--version"]);
  const version = Number(/^systemd (\d+)/m.exec(stdout)?.[1] ?? CREDENTIALS_SINCE);
  if (version >= CREDENTIALS_SINCE) return;
  throw new ServiceError(
    keyed("systemd.too_old", { version, least: CREDENTIALS_SINCE }),
  );
}

async function readState(
  machine: Machine,
  systemctl: (...words: string[]) => CommandLine,
): Promise<ManagedState> {
  const properties = "ActiveState,SubState,UnitFileState,StatusText,Result";
  const [program, ...args] = systemctl("show", UNIT, `--property=${properties}`);
  const { stdout } = await machine.run(program, args);
  const found = Object.fromEntries(
    stdout.split("\n").filter((line) => line.includes("=")).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const { ActiveState = "", SubState = "", UnitFileState = "", StatusText = "", Result = "" } = found;
  const result = Result === "" || Result === "success" ? "" : `, ${Result}`;
  const status = StatusText === "" ? "" : `: ${StatusText}`;
  return {
    state: ActiveState === "active" || ActiveState === "reloading"
      ? "active"
      : ActiveState === "failed" || SubState === "auto-restart"
      ? "failed"
      : ActiveState === "activating"
      ? "starting"
      : "inactive",
    detail: `${ActiveState || "unknown"} (${SubState || "unknown"}${result})${status}`,
    enabled: UnitFileState === "enabled",
  };
}
