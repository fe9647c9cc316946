/** A plan as tables for people. */
import { settingsSchema } from "../../config/shapes.ts";
import { renderTable } from "../terminal/table.ts";
import { safeText } from "../terminal/text.ts";
import type { PlainKey, Translate } from "../i18n/translate.ts";
import type { CheckPlan } from "./plan.ts";

/** Paths that are listed; a longer plan is for programs. */
const MAX_PATHS = 200;

/** Tables of the settings that differ, the servers, the connections and the paths. */
export function renderPlan(plan: CheckPlan, t: Translate, columns = Infinity): string[] {
  const table = (header: readonly PlainKey[], rows: readonly (readonly string[])[]) =>
    renderTable(header.map((key) => t(key)), rows.map((row) => row.map(safeText)), columns);
  const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({});
  const settings = plan.changed.map((
    name,
  ) => [name, String(plan.settings[name]), String(defaults[name] ?? "-")]);
  const yesNo = (is: boolean) => t(is ? "word.yes" : "word.no");
  const paths = plan.connections.flatMap(({ server, name, paths }) =>
    paths.map((path) => [server, path, name])
  );
  return [
    ...(settings.length === 0
      ? [t("check.all_defaults")]
      : table(["heading.setting", "heading.value", "heading.default"], settings)),
    "",
    ...(plan.servers.length === 0 ? [t("check.no_server")] : [
      ...table(
        ["heading.server", "heading.endpoint", "heading.protocol", "heading.login", "heading.paths"],
        plan.servers.map(({ name, endpoint, protocol, login, paths }) => [
          ...[name, endpoint, protocol, yesNo(login), String(paths)],
        ]),
      ),
      "",
      ...table(
        [
          ...["heading.server", "heading.connection", "heading.login", "heading.paths"] as const,
          ...["heading.deep_books", "heading.url"] as const,
        ],
        plan.connections.map(({ server, name, login, paths, deepBooks, url }) => [
          ...[server, name, yesNo(login), String(paths.length), String(deepBooks), url],
        ]),
      ),
      "",
      describeStart(plan, t),
    ]),
    ...(paths.length === 0
      ? []
      : ["", ...table(["heading.server", "heading.path", "heading.connection"], paths.slice(0, MAX_PATHS))]),
    ...(paths.length > MAX_PATHS ? [t("list.more", { count: paths.length - MAX_PATHS })] : []),
    "",
    t("check.config_good"),
  ];
}

/** Returns how long it takes until everything is dialled. */
function describeStart({ connections, coldStartSeconds }: CheckPlan, t: Translate): string {
  const seconds = (Math.ceil(coldStartSeconds * 10) / 10).toFixed(1);
  return t("check.connections", { count: connections.length, seconds });
}
