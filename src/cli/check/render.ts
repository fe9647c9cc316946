/** A plan as tables for people. */
import { settingsSchema } from "../../config/schema.ts";
import { renderTable } from "../terminal/table.ts";
import { safeText } from "../terminal/text.ts";
import type { Words } from "../i18n/translate.ts";
import type { CheckPlan } from "./plan.ts";

/** Paths that are listed; a longer plan is for programs. */
const MAX_PATHS = 200;

/** Tables of the settings that differ, the servers, the connections and the paths. */
export function renderPlan(plan: CheckPlan, t: Words): string[] {
  const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
    renderTable(header.map(t), rows.map((row) => row.map(safeText)));
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  const settings = plan.changed.map((
    name,
  ) => [name, String(plan.settings[name]), String(defaults[name] ?? "-")]);
  const yesNo = (is: boolean) => t(is ? "yes" : "no");
  const paths = plan.connections.flatMap(({ server, name, paths }) =>
    paths.map((path) => [server, path, name])
  );
  return [
    ...(settings.length === 0
      ? [t("Every setting has its default.")]
      : table(["setting", "value", "default"], settings)),
    "",
    ...(plan.servers.length === 0 ? [t("No server is configured; okws client open NAME opens one.")] : [
      ...table(
        ["server", "endpoint", "protocol", "login", "paths"],
        plan.servers.map(({ name, endpoint, protocol, login, paths }) => [
          ...[name, endpoint, protocol, yesNo(login), String(paths)],
        ]),
      ),
      "",
      ...table(
        ["server", "connection", "login", "paths", "deep books", "url"],
        plan.connections.map(({ server, name, login, paths, deepBooks, url }) => [
          ...[server, name, yesNo(login), String(paths.length), String(deepBooks), url],
        ]),
      ),
      "",
      t(describeStart(plan)),
    ]),
    ...(paths.length === 0
      ? []
      : ["", ...table(["server", "path", "connection"], paths.slice(0, MAX_PATHS))]),
    ...(paths.length > MAX_PATHS ? [t(`… and ${paths.length - MAX_PATHS} more`)] : []),
    "",
    t("The configuration is good."),
  ];
}

/** How long it takes until everything is dialled. */
function describeStart({ connections, coldStartSeconds }: CheckPlan): string {
  return `Connections: ${connections.length}. From a cold start the last one is dialled after ${
    (Math.ceil(coldStartSeconds * 10) / 10).toFixed(1)
  } s: the exchange takes three a second.`;
}
