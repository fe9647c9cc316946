/** `okws client reload`: has the service read its configuration file again, and shows what that changed. */
import type { ReloadReport, ServerPaths } from "../../control/command.ts";
import { EXIT } from "../shared/exit.ts";
import { english, type PlainKey, type Translate } from "../i18n/translate.ts";
import type { ClientCommands } from "./command.ts";

/** Adds `reload` to the group. */
export function addReloadCommand({ add, withClient, t }: ClientCommands): void {
  add(
    "reload",
    "reload.about",
    "reload\nreload --json",
  ).action((flags) =>
    withClient(flags, async (client, output) => {
      const report = await client.reload();
      output.data(report, () => renderReload(report, t));
      return EXIT.done;
    })
  );
}

/** Renders one line for each thing that was changed, and one for the settings that were not. */
export function renderReload(report: ReloadReport, t: Translate = english): string[] {
  const named = (what: PlainKey, names: readonly string[]) => names.map((name) => `${t(what)} ${name}`);
  const paths = (what: PlainKey, list: readonly ServerPaths[]) =>
    list.flatMap(({ server, paths }) => paths.map((path) => `${t(what)} ${server} ${path}`));
  const lines = [
    ...named("reload.closed", report.closed),
    ...named("reload.opened", report.opened),
    ...named("reload.reopened", report.reopened),
    ...paths("reload.unsubscribed", report.unsubscribed),
    ...paths("reload.subscribed", report.subscribed),
  ];
  if (lines.length === 0) lines.push(t("reload.nothing"));
  if (report.restart.length > 0) lines.push(t("reload.restart", { names: report.restart.join(", ") }));
  return lines;
}
