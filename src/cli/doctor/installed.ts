/** The installed service, where there is one: whether it runs, and whether it will after the next start of the machine. */
import { launchd } from "../service/launchd.ts";
import type { Machine } from "../service/machine.ts";
import type { ServiceManager } from "../service/manager.ts";
import { systemd } from "../service/systemd.ts";
import type { Examination, ReportFinding } from "./finding.ts";
import { keyed } from "../i18n/translate.ts";

/** Units that a package brought, which okws service does not know as its own. */
const PACKAGED = ["/lib/systemd/system/okws.service", "/usr/lib/systemd/system/okws.service"];

/** Those of shards, which a package brings beside it. */
const SHARDS = "okws@*.service";

/** Returns one examination for the service of the system and that of this user. */
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
        if (file === undefined) continue;
        const hasShards = PACKAGED.includes(file) && await checkShards(machine, report);
        await checkService(manager, file, { report, hasShards });
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

/** Says how each shard is that systemd knows; returns whether there is one. */
async function checkShards(machine: Machine, report: ReportFinding): Promise<boolean> {
  const { stdout } = await machine.run("systemctl", [
    "list-units",
    "--all",
    "--plain",
    "--no-legend",
    SHARDS,
  ]);
  const units = stdout.split("\n").filter((line) => line.startsWith("okws@"));
  for (const line of units) {
    const [unit = "", , active = "", sub = ""] = line.split(/\s+/);
    const message = keyed("join.place", { place: unit, reason: `${active} (${sub})` });
    if (active === "active" || active === "reloading") report("service", "ok", message);
    else {
      const command = `journalctl -u ${unit}`;
      const isFailed = active === "failed" || sub === "auto-restart";
      report("service", isFailed ? "fail" : "warn", message, keyed("doctor.see_why", { command }));
    }
  }
  return units.length > 0;
}

/** `hasShards`: shards do the work, and the unit of one service alone is not to run. */
async function checkService(
  manager: ServiceManager,
  file: string,
  { report, hasShards }: { readonly report: ReportFinding; readonly hasShards: boolean },
): Promise<void> {
  const state = await manager.state();
  if (state === undefined || (hasShards && state.state === "inactive")) return;
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
