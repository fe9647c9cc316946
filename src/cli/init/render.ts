/** The text of a first configuration: what was chosen, and every other setting as a comment with its default. */
import { SETTING_NAMES, SETTING_TEXTS } from "../../config/setting_texts.ts";
import { type Settings, settingsSchema } from "../../config/shapes.ts";
import { widthOf } from "../terminal/text.ts";
import type { Translate } from "../i18n/translate.ts";
import { type Answers, DEFAULTS } from "./answers.ts";

/** Width to which comments are broken. */
const COLUMNS = 100;

/** Returns the whole file, with comments in the reader's language. */
export function renderConfig({ server, endpoint, redis, channels, login }: Answers, t: Translate): string {
  const chosen = { REDIS_URL: redis } as Readonly<Record<string, string>>;
  const defaults = settingsSchema.parse({}) as Settings & Readonly<Record<string, unknown>>;
  const settings = SETTING_NAMES.flatMap((name) => {
    const value = chosen[name];
    const line = value ? `${name}: ${quote(value)}` : `# ${name}: ${showDefault(defaults[name])}`.trimEnd();
    return [...comment(t(SETTING_TEXTS[name]), "  "), `  ${line}`, ""];
  });
  const secrets = login === undefined
    ? comment(
      t("init.file_login"),
      "    ",
    )
      .concat([
        '    # apiKey: "${OKX_API_KEY}"',
        '    # secret: "${OKX_SECRET}"',
        '    # password: "${OKX_PASSPHRASE}"',
      ])
    : [
      ...comment(
        t("init.file_login_region"),
        "    ",
      ),
      `    apiKey: ${quote(login.apiKey)}`,
      `    secret: ${quote(login.secret)}`,
      `    password: ${quote(login.password)}`,
    ];
  return [
    ...comment(
      t("init.file_about"),
      "",
    ),
    ...comment(t("init.file_variables"), ""),
    ...comment(
      t("init.file_schema"),
      "",
    ),
    "",
    "settings:",
    ...settings,
    ...comment(
      t("init.file_servers"),
      "",
    ),
    "servers:",
    `  - name: ${quote(server)}`,
    ...comment(
      t("init.file_endpoint"),
      "    ",
    ),
    // Left to ENDPOINT, unless something else is chosen: what a server names itself, no setting changes.
    `    ${endpoint === DEFAULTS.endpoint ? "# " : ""}endpoint: ${quote(endpoint)}`,
    ...secrets,
    "",
    ...comment(
      t("init.file_subscribes"),
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

/** What a line may not be broken in, with the blank before it: a word, or a character of Chinese with its punctuation. */
const UNBROKEN =
  /( *)([（“]*\p{Script=Han}[，。、；：）”！？]*|[^\s\p{Script=Han}（“，。、；：]+[，。、；：）”]*|\S)/gu;

/** Comment lines, broken between words. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  const start = `${indent}# `;
  let line = start;
  for (const [, blank = "", word = ""] of text.matchAll(UNBROKEN)) {
    const isFirst = line === start;
    if (!isFirst && widthOf(line) + blank.length + widthOf(word) > COLUMNS) {
      lines.push(line);
      line = start + word;
    } else line += isFirst ? word : blank + word;
  }
  return [...lines, line];
}
