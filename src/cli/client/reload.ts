/** `okws client reload`: has the service read its configuration file again, and shows what that changed. */
import type { ReloadReport, ServerPaths } from "../../control/command.ts";
import { EXIT } from "../exit.ts";
import { inEnglish, type Words, words } from "../i18n/translate.ts";
import type { ClientCommands } from "./command.ts";

/** Adds it to the group. */
export function addReloadCommand({ add, withClient, io }: ClientCommands): void {
  add(
    "reload",
    "have the service read its configuration file again and apply what differs",
    "reload\nreload --json",
  ).action((flags) =>
    withClient(flags, async (client, show) => {
      const report = await client.reload();
      show.data(report, () => renderReload(report, words(io)));
      return EXIT.done;
    })
  );
}

/** One line for each thing that was changed, and one for the settings that were not. */
export function renderReload(report: ReloadReport, t: Words = inEnglish): string[] {
  const named = (what: string, names: readonly string[]) => names.map((name) => `${t(what)} ${name}`);
  const paths = (what: string, list: readonly ServerPaths[]) =>
    list.flatMap(({ server, paths }) => paths.map((path) => `${t(what)} ${server} ${path}`));
  const lines = [
    ...named("closed", report.closed),
    ...named("opened", report.opened),
    ...named("opened anew", report.reopened),
    ...paths("unsubscribed", report.unsubscribed),
    ...paths("subscribed", report.subscribed),
  ];
  if (lines.length === 0) lines.push(t("Nothing differs"));
  if (report.restart.length > 0) lines.push(t(`Taken at the next start: ${report.restart.join(", ")}`));
  return lines;
}
