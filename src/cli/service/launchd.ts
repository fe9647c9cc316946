/** launchd of macOS: a daemon of the system, or an agent of a user. */
import { LABEL, PLIST_MARKER, renderPlist } from "../../system/plist.ts";
import type { Machine } from "./machine.ts";
import { type ManagedState, ServiceError, type ServiceManager } from "./manager.ts";
import { keyed } from "../i18n/translate.ts";

/** Returns the manager for `user` or for the system. */
export function launchd(machine: Machine, user: boolean): ServiceManager {
  const { root, home, uid } = machine;
  const folder = user ? `${home}/Library/LaunchAgents` : "/Library/LaunchDaemons";
  const file = `${folder}/${LABEL}.plist`;
  const logFile = user ? `${home}/Library/Logs/okws.log` : "/var/log/okws.log";
  const domain = user ? `gui/${uid}` : "system";
  const target = `${domain}/${LABEL}`;
  const live = root === undefined;
  return {
    name: "launchd",
    file,
    isOurs: (text) => text.includes(`<!-- ${PLIST_MARKER} -->`),
    checkRights() {
      if (user || uid === 0 || !live) return Promise.resolve();
      return Promise.reject(
        new ServiceError(
          keyed("launchd.needs_root"),
        ),
      );
    },
    render({ program, config, runAs, credentials }) {
      if (credentials.length > 0) {
        return Promise.reject(
          new ServiceError(
            keyed("launchd.no_credentials"),
          ),
        );
      }
      if (!user && runAs.kind !== "user") {
        return Promise.reject(
          new ServiceError(
            keyed("launchd.as_root"),
          ),
        );
      }
      const name = runAs.kind === "user" ? runAs.name : undefined;
      return Promise.resolve({
        text: renderPlist({ program, config, user: name, logFile }, PLIST_MARKER),
        notes: [],
      });
    },
    verify: live ? { words: ["plutil", "-lint", file] } : undefined,
    start: live
      ? [
        { words: ["launchctl", "bootout", target], mayFail: true },
        { words: ["launchctl", "enable", target] },
        { words: ["launchctl", "bootstrap", domain, file] },
      ]
      : [],
    stop: live ? [{ words: ["launchctl", "bootout", target], mayFail: true }] : [],
    forget: [],
    state: () => live ? readState(machine, target) : Promise.resolve(undefined),
    // By its name: the file may be another one after it was rotated.
    logs: ({ lines, follow }) => ["tail", "-n", String(lines), ...(follow ? ["-F"] : []), logFile],
    hints: [
      ["status", `launchctl print ${target}`],
      ["logs", `tail -f ${logFile}`],
      ["stop", `launchctl bootout ${target}`],
    ],
  };
}

async function readState(machine: Machine, target: string): Promise<ManagedState> {
  const { code, stdout } = await machine.run("launchctl", ["print", target]);
  const state = /^\s*state = (.+)$/m.exec(stdout)?.[1];
  const shown = state ?? keyed("launchd.not_loaded");
  const exit = /^\s*last exit code = ([1-9]\d*)/m.exec(stdout)?.[1];
  const failed = state !== "running" && exit !== undefined;
  return {
    state: state === "running" ? "active" : failed ? "failed" : code === 0 ? "starting" : "inactive",
    detail: exit === undefined || !failed ? shown : keyed("launchd.exit_code", { state: shown, code: exit }),
    enabled: code === 0,
  };
}
