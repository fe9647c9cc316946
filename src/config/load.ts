/** Where configuration comes from: flags, then environment, then file, then defaults. The only reader of both. */
import { ConfigError, type ConfigIssue, formatIssue, issueOf, MessageError } from "../shared/errors.ts";
import { fileReason } from "../shared/file_reason.ts";
import { readTextFile, withoutLineEnd } from "../shared/file_text.ts";
import { withSuggestion } from "../okx/suggest.ts";
import { withCredentials } from "./credentials.ts";
import { redisFileIssues } from "./redis_files.ts";
import { type Locate, parseYaml } from "./yaml_text.ts";
import { checkExposure, exposureNote } from "./exposure.ts";
import { type Config, parseConfig } from "./schema.ts";
import { formatAt, type LocatedIssue } from "./issues.ts";
import { settingsSchema } from "./shapes.ts";
import { type Message, message, type Text } from "../shared/messages/message.ts";

/** What a command line may say. Settings are by their names in the file. */
export type LoadOptions = {
  readonly file?: string | undefined;
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads and checks the settings alone: a client needs no server's secrets. */
  readonly only?: "settings";
  /**
   * Called with what is taken though it is not written as it should be: `FILE:LINE:COLUMN: PATH: `, and a sentence.
   * `origin` is what the position says of where a setting came from, if it does.
   */
  readonly onNote?: (where: string, what: Text, origin?: Message) => void;
};

/** Largest configuration file taken; ten thousand paths are about 300 KB. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Faults that are listed of one file. */
const MAX_FAULTS = 100;

/** Servers that a note names. */
const MAX_NAMES = 10;

/** Reads and checks everything. Rejects with ConfigError, which has every fault with its position. */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { file, flags = {}, only } = options;
  const environment = await withCredentials(options.environment ?? Deno.env.toObject());
  const source = file ?? "configuration";
  const parsed = file === undefined ? { value: {}, locate: nowhere } : parseYaml(file, await readFile(file));
  const issues: ConfigIssue[] = [];
  const value = expand(
    only === "settings" ? onlySettings(parsed.value) : parsed.value,
    [],
    environment,
    (at, text) => issues.push(located(parsed.locate, at, text)),
  );
  const origins = new Map<string, Message>();
  const settings = { ...fromEnvironment(environment, origins), ...fromFlags(flags, origins) };
  const written = flags.ENDPOINT === undefined ? value : withoutEndpoints(value);
  const result = parseConfig(withSettings(written, settings));
  if ("issues" in result) {
    // A value with an unset name is reported for that alone.
    const unset = new Set(issues.map(({ path }) => path));
    const others = result.issues.filter(({ path }) => !unset.has(path));
    issues.push(...others.slice(0, MAX_FAULTS).map((issue) => locateIssue(issue, origins, parsed.locate)));
    if (others.length > MAX_FAULTS) {
      issues.push(issueOf(message("config.more_faults", { count: others.length - MAX_FAULTS })));
    }
  }
  const read = "issues" in result ? result.settings : result.config.settings;
  const unreadable = only === "settings" || read === undefined ? [] : await redisFileIssues(read);
  issues.push(...unreadable.map((issue) => locateIssue(issue, origins, parsed.locate)));
  if (issues.length > 0) throw new ConfigError(source, issues.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  const { config, notes } = result as Exclude<typeof result, { issues: unknown }>;
  for (const note of notes) {
    const issue = locateIssue(note, origins, parsed.locate);
    options.onNote?.(formatIssue(source, { ...issue, message: "" }), note.text ?? note.message, issue.origin);
  }
  const ofEndpoint = flags.ENDPOINT === undefined ? noteOnEndpoint(config, origins.get("ENDPOINT")) : [];
  for (const [origin, what] of [...ofEndpoint, ...notesOnEnvironment(environment)]) {
    options.onNote?.(`${origin.english}: `, what, origin);
  }
  if (file !== undefined && options.onNote !== undefined) {
    const exposure = await checkExposure(file);
    const note = exposure === undefined ? undefined : exposureNote(exposure);
    if (note !== undefined) options.onNote(`${file}: `, note);
  }
  return config;
}

/** Returns the environment variable of a setting: `OKWS_` and its name, once. */
export function variableOf(setting: string): string {
  return setting.startsWith("OKWS_") ? setting : `OKWS_${setting}`;
}

async function readFile(file: string): Promise<string> {
  try {
    if ((await Deno.stat(file)).isFile) return await readTextFile(file, MAX_FILE_BYTES);
    throw new MessageError(message("file.not_a_file"));
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const reason = isMissing
      ? message("config.no_file")
      : error instanceof MessageError
      ? error.text ?? error.message
      : fileReason(error, "read");
    throw new ConfigError(file, [issueOf(reason)]);
  }
}

/** The beginning of a variable, and no name and end. */
const BROKEN_VARIABLE = /\$\{(?![A-Za-z_][A-Za-z0-9_]*\})/;

/** Replaces `${NAME}` in every text by the environment's value; an unset name is a fault, not an empty text. */
function expand(
  value: unknown,
  at: readonly (string | number)[],
  environment: Readonly<Record<string, string>>,
  fault: (at: readonly (string | number)[], text: Message) => void,
): unknown {
  if (typeof value === "string") {
    if (BROKEN_VARIABLE.test(value)) fault(at, message("config.broken_variable"));
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const found = environment[name];
      if (found === undefined) fault(at, message("config.unset_variable", { variable: `\${${name}}` }));
      // Left as it is where unset, so that one fault is not reported as two.
      return found === undefined ? whole : withoutLineEnd(found);
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
  origins: Map<string, Message>,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const found = withoutLineEnd(environment[variableOf(name)] ?? "");
    if (found === "") continue;
    settings[name] = found;
    origins.set(name, message("config.from_variable", { name: variableOf(name) }));
  }
  return settings;
}

/** Variables that are no settings, but ours. */
const OTHER_VARIABLES = ["OKWS_CONFIG", "OKWS_LANG", "OKWS_BIN", "OKWS_TOOLS_CACHE"];

/** Kubernetes gives every container variables of each service's name. */
const OF_KUBERNETES = /^OKWS_(?:SERVICE|PORT)(?:_|$)/;

/** No fault, since others may name variables as they like; but a misspelt one would have no effect at all. */
function notesOnEnvironment(environment: Readonly<Record<string, string>>): [origin: Message, what: Text][] {
  const known = [...Object.keys(settingsSchema.shape).map(variableOf), ...OTHER_VARIABLES];
  return Object.keys(environment)
    .filter((name) => /^OKWS_[A-Z]/.test(name) && !known.includes(name) && !OF_KUBERNETES.test(name))
    .map((name) => [
      message("config.from_variable", { name }),
      withSuggestion(message("config.unknown_key"), name, known),
    ]);
}

function fromFlags(
  flags: Readonly<Record<string, string>>,
  origins: Map<string, Message>,
): Record<string, string> {
  for (const name of Object.keys(flags)) origins.set(name, message("config.from_command_line"));
  return { ...flags };
}

/** The variable says where servers connect that do not say it themselves; who sets it may mean all of them. */
function noteOnEndpoint(
  { settings, servers }: Config,
  origin: Message | undefined,
): [origin: Message, what: Text][] {
  const others = servers.filter(({ endpoint }) => endpoint !== settings.ENDPOINT).map(({ name }) => name);
  if (origin === undefined || others.length === 0) return [];
  const names = [...others.slice(0, MAX_NAMES), ...(others.length > MAX_NAMES ? ["…"] : [])].join(", ");
  const key = others.length === servers.length ? "config.endpoint_unused" : "config.endpoint_not_of";
  return [[origin, message(key, { names })]];
}

/** What stands on the command line counts for every server. */
function withoutEndpoints(value: unknown): unknown {
  const { servers } = value as { servers?: unknown };
  if (!Array.isArray(servers)) return value;
  const others = servers.map((server: unknown) =>
    typeof server === "object" && server !== null && !Array.isArray(server)
      ? Object.fromEntries(Object.entries(server).filter(([key]) => key !== "endpoint"))
      : server
  );
  return { ...value as object, servers: others };
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

function locateIssue(
  issue: LocatedIssue,
  origins: ReadonlyMap<string, Message>,
  locate: Locate,
): ConfigIssue {
  const setting = issue.at[0] === "settings" ? String(issue.at[1] ?? "") : "";
  const origin = origins.get(setting);
  const text = issue.text ?? issue.message;
  if (origin !== undefined) return { ...issueOf(text, `${setting} (${origin.english})`), origin };
  return { ...issueOf(text, issue.path), ...locate(issue.at, issue.isKey ?? false) };
}

function located(locate: Locate, at: readonly (string | number)[], text: Message): ConfigIssue {
  return { ...issueOf(text, formatAt(at)), ...locate(at, false) };
}

function nowhere(): undefined {
  return undefined;
}
