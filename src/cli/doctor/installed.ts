/** The installed service, where there is one: whether it runs, and whether it will after the next start of the machine. */
import { launchd } from "../service/launchd.ts";
import type { Machine } from "../service/machine.ts";
import type { ServiceManager } from "../service/manager.ts";
import { systemd } from "../service/systemd.ts";
import type { Examination, ReportFinding } from "./finding.ts";
import { keyed } from "../i18n/translate.ts";

/** Units that a package brought, which okws service does not know as its own. */
const PACKAGED = ["/lib/systemd/system/okws.service", "/usr/lib/systemd/system/okws.service"];

/** One area for the service of the system and that of this user. */
export function serviceExaminations(machine: Machine): Examination[] {
  const make = machine.os === "darwin" ? launchd : machine.os === "linux" ? systemd : undefined;
  if (make === undefined) return [];
  return [{
    area: keyed("doctor.installed"),
    look: async (report) => {
      const managers = [make(machine, false), make(machine, true)];
      const installed = await Promise.all(
        managers.map((manager, i) => isInstalled(machine, manager, i === 0)),
      );
      for (const [i, manager] of managers.entries()) {
        const file = installed[i];
        if (file !== undefined) await checkService(manager, file, report);
      }
      if (installed.every((file) => file === undefined)) {
        report("service", "ok", keyed("doctor.installed_none"));
      }
    },
  }];
}

/** Returns where the service is described; undefined: nowhere. */
async function isInstalled(
  machine: Machine,
  manager: ServiceManager,
  isSystem: boolean,
): Promise<string | undefined> {
  for (const path of [manager.file, ...(isSystem && manager.name === "systemd" ? PACKAGED : [])]) {
    if (await machine.exists(path)) return path;
  }
  return undefined;
}

async function checkService(manager: ServiceManager, file: string, report: ReportFinding): Promise<void> {
  const state = await manager.state();
  if (state === undefined) return;
  const hint = (title: string) => manager.hints.find(([name]) => name === title)?.[1] ?? "";
  const message = keyed("join.place", { place: file, reason: state.detail });
  if (state.state === "failed") {
    return report("service", "fail", message, keyed("doctor.see_why", { command: hint("logs") }));
  }
  if (state.state === "inactive") {
    return report("service", "warn", message, keyed("doctor.installed_stopped", { command: hint("status") }));
  }
  if (state.enabled) return report("service", "ok", message);
  report("service", "warn", message, keyed("doctor.installed_disabled"));
}
