/** Where configuration comes from: flags, then environment, then file, then defaults. The only reader of both. */
import { type Document, isMap, isNode, isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { ConfigError, type ConfigIssue, formatIssue } from "../errors.ts";
import { withCredentials } from "./credentials.ts";
import { type Config, formatAt, parseConfig, type PlacedIssue, settingsSchema } from "./schema.ts";

/** What a command line may say. Settings are by their names in the file. */
export type LoadOptions = {
  readonly file?: string | undefined;
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads and checks the settings alone: a client needs no server's secrets. */
  readonly only?: "settings";
  /** Hears what is taken though it is not written as it should be: `FILE:LINE:COLUMN: PATH: `, and a sentence. */
  readonly onNote?: (where: string, what: string) => void;
};

/** Largest configuration file taken; ten thousand paths are about 300 KB. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Keys in a file; ten thousand argument objects have three each. */
const MAX_KEYS = 30_000;

/** Levels of lists and maps inside each other; a good file has five. */
const MAX_DEPTH = 64;

/** Faults that are told of one file. */
const MAX_FAULTS = 100;

/** Reads and checks everything. Rejects with ConfigError, which has every fault with its place. */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { file, flags = {}, only } = options;
  const environment = await withCredentials(options.environment ?? Deno.env.toObject());
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
    issues.push(...others.slice(0, MAX_FAULTS).map((issue) => locateIssue(issue, origins, parsed.locate)));
    if (others.length > MAX_FAULTS) issues.push(andMore(others.length - MAX_FAULTS));
  }
  if (issues.length > 0) throw new ConfigError(source, issues.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  const { config, notes } = result as Exclude<typeof result, { issues: unknown }>;
  for (const note of notes) {
    const where = formatIssue(source, { ...locateIssue(note, origins, parsed.locate), message: "" });
    options.onNote?.(where, note.message);
  }
  return config;
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
  let keys = 0;
  for (const token of new Lexer().lex(text)) {
    if (token !== ":" || ++keys <= MAX_KEYS) continue;
    throw new ConfigError(file, [{ path: "", message: `has more than ${MAX_KEYS} keys` }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  // An unknown tag is only warned about, and its value is lost.
  const tags = document.warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  const tooDeep = { path: "", message: `is nested deeper than ${MAX_DEPTH} levels` };
  // The parser calls itself for each level.
  if (document.errors.some(({ message }) => message.includes("call stack"))) {
    throw new ConfigError(file, [tooDeep]);
  }
  const errors = [...document.errors, ...tags, ...repeatedKeys(document)];
  if (errors.length > 0) {
    const told = errors.slice(0, MAX_FAULTS).map((error): ConfigIssue => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { path: "", message: wordsOf(error), line, column: col };
    });
    if (errors.length > MAX_FAULTS) told.push(andMore(errors.length - MAX_FAULTS));
    throw new ConfigError(file, told);
  }
  const locate: Locate = (at, isKey) => {
    const offset = offsetOf(document, at, isKey);
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    if (!isDeep(value, 0)) return { value, locate };
  } catch {
    // An alias without its anchor, or too many of them. The text is not shown: it may be a secret that starts with *.
    throw new ConfigError(file, [{
      path: "",
      message: "has an alias (*name) that cannot be resolved; a text that starts with * needs quotes",
    }]);
  }
  // Also what an alias makes contain itself.
  throw new ConfigError(file, [tooDeep]);
}

function isDeep(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth >= MAX_DEPTH || Object.values(value).some((each) => isDeep(each, depth + 1));
}

/** The parser's own look for keys that stand twice takes the square of their number. */
function repeatedKeys(
  document: Document,
): { code: string; message: string; pos: readonly [number, number] }[] {
  const found: ReturnType<typeof repeatedKeys> = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const at = key.range?.[0] ?? 0;
        if (seen.has(key.value)) {
          found.push({ code: "DUPLICATE_KEY", message: "Map keys must be unique", pos: [at, at] });
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** What is wrong, without the words of the file that the parser quotes: they may be a secret. */
function wordsOf({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === "TAG_RESOLVE_FAILED") return "a text that starts with ! needs quotes";
  const words = message.split(/: |:$|\\/, 1)[0] as string;
  return code === "UNEXPECTED_TOKEN" && words.startsWith("Block scalar header")
    ? "a text that starts with | or > needs quotes"
    : words.slice(0, 200).trim();
}

function andMore(count: number): ConfigIssue {
  return { path: "", message: `and ${count} more faults` };
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
