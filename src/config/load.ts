/** Where configuration comes from: flags, then environment, then file, then defaults. The only reader of both. */
import { isMap, isNode, LineCounter, parseDocument } from "yaml";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import { type Config, formatAt, parseConfig, type PlacedIssue, settingsSchema } from "./schema.ts";

/** What a command line may say. Settings are by their names in the file. */
export type LoadOptions = {
  readonly file?: string | undefined;
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads and checks the settings alone: a client needs no server's secrets. */
  readonly only?: "settings";
};

/** Largest configuration file taken. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Reads and checks everything. Rejects with ConfigError, which has every fault with its place. */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { file, flags = {}, environment = Deno.env.toObject(), only } = options;
  const source = file ?? "configuration";
  const parsed = file === undefined ? { value: {}, locate: nowhere } : parseText(file, await readFile(file));
  const issues: ConfigIssue[] = [];
  const value = expand(
    only === "settings" ? onlySettings(parsed.value) : parsed.value,
    [],
    environment,
    (at, message) => issues.push(placed(parsed.locate, at, message)),
  );
  const origins = new Map<string, string>();
  const settings = { ...fromEnvironment(environment, origins), ...fromFlags(flags, origins) };
  const result = parseConfig(withSettings(value, settings));
  if ("issues" in result) {
    // A value with an unset name is reported for that alone.
    const unset = new Set(issues.map(({ path }) => path));
    const others = result.issues.filter(({ path }) => !unset.has(path));
    issues.push(...others.map((issue) => locateIssue(issue, origins, parsed.locate)));
  }
  if (issues.length > 0) throw new ConfigError(source, issues.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  return (result as { config: Config }).config;
}

/** The environment variable of a setting: `OKWS_` and its name, once. */
export function variableOf(setting: string): string {
  return setting.startsWith("OKWS_") ? setting : `OKWS_${setting}`;
}

type Place = { readonly line: number; readonly column: number };
type Locate = (at: readonly (string | number)[], isKey: boolean) => Place | undefined;

async function readFile(file: string): Promise<string> {
  try {
    const { size, isFile } = await Deno.stat(file);
    if (!isFile) throw new ConfigError(file, [{ path: "", message: "is not a file" }]);
    if (size > MAX_FILE_BYTES) {
      throw new ConfigError(file, [{ path: "", message: `is larger than ${MAX_FILE_BYTES} bytes` }]);
    }
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file; name yours with -c FILE"
      : error instanceof Deno.errors.PermissionDenied
      ? "this user may not read it"
      : String(error);
    throw new ConfigError(file, [{ path: "", message: reason }]);
  }
}

function parseText(file: string, text: string): { value: unknown; locate: Locate } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { path: "", message: error.message, line, column: col };
      }),
    );
  }
  const locate: Locate = (at, isKey) => {
    const offset = offsetOf(document, at, isKey);
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) ?? {}, locate };
  } catch {
    // An alias without its anchor, or too many of them. The text is not shown: it may be a secret that starts with *.
    throw new ConfigError(file, [{
      path: "",
      message: "has an alias (*name) that cannot be resolved; a text that starts with * needs quotes",
    }]);
  }
}

/** Where a value starts; of a missing value, where the nearest thing around it starts; of an unknown key, the key. */
function offsetOf(
  document: ReturnType<typeof parseDocument>,
  at: readonly (string | number)[],
  isKey: boolean,
): number | undefined {
  for (let length = at.length; length >= 0; length--) {
    const path = at.slice(0, length);
    const parent = document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === path.at(-1)) : undefined;
    const node = isKey ? pair?.key : document.getIn(path, true) ?? pair?.key;
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

/** Replaces `${NAME}` in every text by the environment's value; an unset name is a fault, not an empty text. */
function expand(
  value: unknown,
  at: readonly (string | number)[],
  environment: Readonly<Record<string, string>>,
  fault: (at: readonly (string | number)[], message: string) => void,
): unknown {
  if (typeof value === "string") {
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const found = environment[name];
      if (found === undefined) fault(at, `\${${name}} is not set in the environment`);
      // Left as it is where unset, so that one fault is not reported as two.
      return found ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((each, i) => expand(each, [...at, i], environment, fault));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, expand(each, [...at, key], environment, fault)]),
  );
}

function fromEnvironment(
  environment: Readonly<Record<string, string>>,
  origins: Map<string, string>,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const found = environment[variableOf(name)];
    if (found === undefined || found === "") continue;
    settings[name] = found;
    origins.set(name, `environment variable ${variableOf(name)}`);
  }
  return settings;
}

function fromFlags(
  flags: Readonly<Record<string, string>>,
  origins: Map<string, string>,
): Record<string, string> {
  for (const name of Object.keys(flags)) origins.set(name, "command line");
  return { ...flags };
}

function onlySettings(value: unknown): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && "settings" in value ? { settings: value.settings } : {};
}

function withSettings(value: unknown, settings: Readonly<Record<string, string>>): unknown {
  if (Object.keys(settings).length === 0) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const own = (value as { settings?: unknown }).settings ?? {};
  if (typeof own !== "object" || Array.isArray(own)) return value;
  return { ...value, settings: { ...own, ...settings } };
}

function locateIssue(issue: PlacedIssue, origins: ReadonlyMap<string, string>, locate: Locate): ConfigIssue {
  const setting = issue.at[0] === "settings" ? String(issue.at[1] ?? "") : "";
  const origin = origins.get(setting);
  if (origin !== undefined) return { path: `${setting} (${origin})`, message: issue.message };
  return { path: issue.path, message: issue.message, ...locate(issue.at, issue.isKey ?? false) };
}

function placed(locate: Locate, at: readonly (string | number)[], message: string): ConfigIssue {
  return { path: formatAt(at), message, ...locate(at, false) };
}

function nowhere(): undefined {
  return undefined;
}
