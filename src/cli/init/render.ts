/** The text of a first configuration: what was chosen, and every other setting as a comment with its default. */
import { type Settings, settingsSchema } from "../../config/schema.ts";
import type { Words } from "../i18n/translate.ts";
import type { Answers } from "./answers.ts";

/** Width to which comments are broken. */
const COLUMNS = 100;

/** The whole file, with comments in the reader's language. */
export function renderConfig({ server, endpoint, redis, channels, login }: Answers, t: Words): string {
  const chosen = { REDIS_URL: redis } as Readonly<Record<string, string>>;
  const defaults = settingsSchema.parse({}) as Settings & Readonly<Record<string, unknown>>;
  const settings = Object.entries(settingsSchema.shape).flatMap(([name, schema]) => {
    const value = chosen[name];
    const line = value ? `${name}: ${quote(value)}` : `# ${name}: ${showDefault(defaults[name])}`.trimEnd();
    return [...comment(t(schema.description ?? ""), "  "), `  ${line}`, ""];
  });
  const secrets = login === undefined
    ? comment(
      t("Public data needs no login. For account, orders and other private channels give all three:"),
      "    ",
    )
      .concat([
        '    # apiKey: "${OKX_API_KEY}"',
        '    # secret: "${OKX_SECRET}"',
        '    # password: "${OKX_PASSPHRASE}"',
      ])
    : [
      ...comment(
        t("A login is bound to the region of the account. ${NAME} is taken from the environment."),
        "    ",
      ),
      `    apiKey: ${quote(login.apiKey)}`,
      `    secret: ${quote(login.secret)}`,
      `    password: ${quote(login.password)}`,
    ];
  return [
    ...comment(
      t("Configuration of okws. What is a comment here has its default; take the # away to change it."),
      "",
    ),
    ...comment(t("Any text may hold ${NAME}, which is replaced by that environment variable."), ""),
    ...comment(
      t("Editors complete and check this file with the schema that okws check --schema prints."),
      "",
    ),
    "",
    "settings:",
    ...settings,
    ...comment(
      t("Named connections to an exchange. More can be opened while okws runs: okws client open NAME"),
      "",
    ),
    "servers:",
    `  - name: ${quote(server)}`,
    ...comment(
      t("okx, okx-eea (Europe), okx-us (USA and Australia), okx-tr (Turkey), each with -demo for paper trading, or a ws:// URL"),
      "    ",
    ),
    `    endpoint: ${quote(endpoint)}`,
    ...secrets,
    "",
    ...comment(
      t("What is subscribed from the start. More can be added while okws runs: okws client subscribe NAME PATH…"),
      "",
    ),
    "subscribes:",
    `  - server: ${quote(server)}`,
    "    channels:",
    ...channels.map((path) => `      - ${isObject(path) ? path : quote(path)}`),
    "",
  ].join("\n");
}

/** The exchange's own argument object. */
function isObject(path: string): boolean {
  try {
    const value: unknown = JSON.parse(path);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

/** A JSON text is a YAML text. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function showDefault(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

/** Comment lines, broken between words. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of text.split(" ").filter((each) => each !== "")) {
    if (line.length + word.length >= COLUMNS && line.trim() !== "#") {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
