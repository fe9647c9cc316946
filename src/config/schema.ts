/**
 * The configuration: one schema gives the type, the checks and the defaults. After parsing no value is missing and
 * nobody looks at the environment again.
 */
import { z } from "zod";
import { isLoopback, parseHttpAddress } from "../shared/http_address.ts";
import { parseRedisUrl, withFiles } from "../shared/redis_url.ts";
import { CODES, CommandError, type ConfigIssue } from "../shared/errors.ts";
import { withoutLineEnd } from "../shared/file_text.ts";
import { LOG_LEVEL_PATTERN, LOG_LEVELS, LOG_ROOMS } from "../logging/level.ts";
import { channelNames } from "../okx/channels.ts";
import type { Protocol } from "../okx/codec.ts";
import { EXCHANGE_NAMES, exchangeName, findExchange, type FoundExchange } from "../okx/endpoints.ts";
import type { Credentials } from "../okx/sign.ts";
import { legacyTables } from "../okx/v3/legacy_channels.ts";
import { MAX_PATHS, MAX_SERVERS, SERVER_NAME } from "../shared/limits.ts";
import { OPS } from "../shared/ops.ts";
import { SETTING_TEXTS } from "./setting_texts.ts";
import { withSuggestion } from "../okx/suggest.ts";
import type { ERRORS_EN } from "../shared/messages/en.ts";
import { englishOf, type Filled, type Message, message, type Text } from "../shared/messages/message.ts";
import type { Topic } from "../okx/topic.ts";
import { parseTopicOf } from "../okx/v3/topic.ts";

/** One server, ready to be opened. */
export type ServerConfig = {
  readonly name: string;
  /** As written: a name or a URL. */
  readonly endpoint: string;
  readonly exchange: FoundExchange;
  readonly protocol: Protocol;
  readonly credentials: Credentials | undefined;
};

/** A complete configuration. */
export type Config = {
  readonly settings: Settings;
  readonly servers: readonly ServerConfig[];
  readonly subscribes: readonly { readonly server: string; readonly topics: readonly Topic[] }[];
};

/** What the schema says, by its English: of a text of its own zod keeps nothing else. */
const SAID = new Map<string, Message>();

/** A text for zod, which is found again with its key. */
function said<Key extends keyof typeof ERRORS_EN>(
  key: Key,
  ...filled: Filled<typeof ERRORS_EN[Key]>
): string {
  const text = message(key, ...filled);
  SAID.set(text.english, text);
  return text.english;
}

const LOG_LEVEL_FAULT = said("config.log_level", {
  first: LOG_LEVELS.slice(0, -1).join(", "),
  last: LOG_LEVELS.at(-1) ?? "",
  rooms: LOG_ROOMS.join(", "),
});

/** Of what YAML reads as a number only the sign is left of what was written: 0123 has lost its zero. */
const textFault = (missing: string) => ({ input }: { readonly input?: unknown }) =>
  typeof input === "number" || typeof input === "bigint" || typeof input === "boolean"
    ? said("config.quoted_text")
    : missing;

const ascii = (none: string, other: string) =>
  z.string({ error: textFault(none) }).regex(/^[!-~]{1,200}$/, other);
const channel = () => ascii(said("config.channel_text"), said("config.channel_ascii"));
const count = (from: number, to: number) =>
  z.coerce.number({ error: said("config.number") }).int(said("config.whole_number"))
    .min(from, said("config.at_least", { least: from })).max(to, said("config.at_most", { most: to }));

const file = () => z.string({ error: textFault(said("config.file_name")) }).min(1, said("config.file_name"));

/** A part of a login. Line breaks at its end came from wherever it was kept. */
const loginPart = () =>
  z.string({ error: textFault(said("config.any_text")) }).overwrite(withoutLineEnd).superRefine(
    (value, context) => {
      if (!/\p{Cc}|^[\s\u200b\ufeff]|[\s\u200b\ufeff]$/u.test(value)) return;
      const text = message("config.login_part");
      context.addIssue({ code: "custom", message: text.english, params: { text } });
    },
  );

const PROTOCOL_ERROR = said("config.protocol");

/** The `settings` of the file, by their names there. */
export const settingsSchema = z.strictObject({
  REDIS_URL: z.string({ error: said("config.redis_url") }).overwrite(withoutLineEnd).superRefine(
    (url, context) => {
      const target = parseRedisUrl(url);
      if (target.kind === "fault") {
        context.addIssue({ code: "custom", message: target.message, params: { text: target.text } });
      }
    },
  ).optional()
    .describe(SETTING_TEXTS.REDIS_URL.english),
  REDIS_PASSWORD_FILE: file().optional()
    .describe(SETTING_TEXTS.REDIS_PASSWORD_FILE.english),
  REDIS_CA: file().optional()
    .describe(SETTING_TEXTS.REDIS_CA.english),
  MAX_ROW: count(1, 10_000_000).default(1000).describe(SETTING_TEXTS.MAX_ROW.english),
  LISTEN_CHANNEL: channel().default("trade-ws").describe(SETTING_TEXTS.LISTEN_CHANNEL.english),
  REDIS_INFO_KEY: ascii(said("config.key_text"), said("config.key_ascii")).default("trade-ws/info").describe(
    SETTING_TEXTS.REDIS_INFO_KEY.english,
  ),
  OKWS_INFO: channel().default("okws/info").describe(SETTING_TEXTS.OKWS_INFO.english),
  KEY_PREFIX: ascii(said("config.prefix_text"), said("config.prefix_ascii")).default("okex").describe(
    SETTING_TEXTS.KEY_PREFIX.english,
  ),
  ENDPOINT: z.string({ error: textFault(said("config.any_text")) }).default("okx").describe(
    SETTING_TEXTS.ENDPOINT.english,
  ),
  PROTOCOL: z.enum(["v5", "v3"], { error: PROTOCOL_ERROR }).default("v5")
    .describe(SETTING_TEXTS.PROTOCOL.english),
  HTTP: z.string({ error: said("config.http_address") }).regex(
    /^(off|(\[[0-9a-f:]+\]|[^\s:]+):\d{1,5})$/i,
    said("config.http_address"),
  )
    .default("127.0.0.1:8787").describe(SETTING_TEXTS.HTTP.english),
  HTTP_USER: z.string({ error: textFault(said("config.any_text")) })
    .regex(/^[^:\s]{1,64}$/, said("config.http_user"))
    .default("okws").describe(SETTING_TEXTS.HTTP_USER.english),
  HTTP_PASSWORD: z.string({ error: textFault(said("config.any_text")) }).overwrite(withoutLineEnd)
    .regex(/^[ -~]{8,200}$/, said("config.http_password"))
    .optional().describe(SETTING_TEXTS.HTTP_PASSWORD.english),
  LOG_LEVEL: z.string({ error: LOG_LEVEL_FAULT }).regex(LOG_LEVEL_PATTERN, LOG_LEVEL_FAULT)
    .default("info").describe(SETTING_TEXTS.LOG_LEVEL.english),
  LOG_FORMAT: z.enum(["auto", "pretty", "json"], { error: said("config.log_format") }).default("auto")
    .describe(SETTING_TEXTS.LOG_FORMAT.english),
  COMMANDS: z.preprocess(
    (value) => typeof value === "string" ? value.split(",").map((each) => each.trim()) : value,
    z.array(z.enum(OPS, { error: said("config.list_of", { list: OPS.join(", ") }) })),
  ).default([...OPS]).describe(SETTING_TEXTS.COMMANDS.english),
  REPLY_SECONDS: count(1, 86_400).default(600).describe(SETTING_TEXTS.REPLY_SECONDS.english),
  BOOK_DEPTH: count(1, 400).default(400).describe(SETTING_TEXTS.BOOK_DEPTH.english),
  BOOK_INTERVAL_MS: count(0, 60_000).default(100)
    .describe(SETTING_TEXTS.BOOK_INTERVAL_MS.english),
  QUEUE_MB: count(1, 16_384).default(64)
    .describe(SETTING_TEXTS.QUEUE_MB.english),
});

/** All settings, none missing but REDIS_URL. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** An entry of `servers`. */
export const serverSchema = z.strictObject({
  name: z.string({ error: textFault(said("config.server_without_name")) })
    .regex(SERVER_NAME, said("config.server_name"))
    .describe("Name of this connection; becomes part of every key"),
  apiKey: loginPart().optional()
    .describe("For private channels: the API key, best as ${NAME} from the environment"),
  apikey: loginPart().optional().describe("Another spelling of apiKey"),
  secret: loginPart().optional().describe("For private channels: the secret of the API key"),
  password: loginPart().optional().describe("For private channels: what OKX calls the passphrase"),
  endpoint: z.string({ error: textFault(said("config.any_text")) }).optional().describe(
    "Where this one connects, instead of ENDPOINT",
  ),
  protocol: z.enum(["v5", "v3"], { error: PROTOCOL_ERROR }).optional()
    .describe("What this one speaks, instead of PROTOCOL"),
});

/** An entry of `subscribes`. */
export const subscribeSchema = z.strictObject({
  server: z.string({ error: textFault(said("config.names_server")) }).describe(
    "The name of an entry of servers",
  ),
  channels: z.array(z.unknown(), { error: said("config.paths") })
    .describe("Paths, or the exchange's own argument objects"),
});

const SECTIONS = ["settings", "servers", "subscribes"];

/** A fault with the place of its value inside the configuration. */
export type PlacedIssue = ConfigIssue & {
  readonly at: readonly (string | number)[];
  /** The fault is the key itself, not its value. */
  readonly isKey?: boolean;
};

/**
 * Checks everything and reports everything: a complete configuration, or all faults. Each part is checked by itself,
 * so that a fault in one does not hide those of the others.
 */
export function parseConfig(
  value: unknown,
): { config: Config; notes: PlacedIssue[] } | { issues: PlacedIssue[] } {
  const issues: PlacedIssue[] = [];
  const root = asObject(value ?? {});
  if (root === undefined) return { issues: [issueAt([], message("config.sections"))] };
  for (const key of Object.keys(root)) {
    if (!SECTIONS.includes(key)) issues.push(unknownKey([key], SECTIONS));
  }
  const settings = check(settingsSchema, root.settings ?? {}, ["settings"], issues);
  if (settings !== undefined) {
    issues.push(...httpIssues(settings), ...redisIssues(settings));
  }
  const endpoint = settings?.ENDPOINT ?? textOr(asObject(root.settings)?.ENDPOINT, "okx");
  if (findExchange(endpoint) === undefined) issues.push(endpointIssue(["settings", "ENDPOINT"], endpoint));
  const protocol = settings?.PROTOCOL ?? (asObject(root.settings)?.PROTOCOL === "v3" ? "v3" : "v5");
  const servers = readServers(root.servers, { endpoint, protocol }, issues);
  if (settings !== undefined) issues.push(...channelIssues(settings, servers.map(({ name }) => name)));
  const subscribes = readSubscribes(root, { servers, protocol }, issues);
  if (issues.length > 0 || settings === undefined) return { issues };
  return {
    config: { settings: withRedisFiles(settings), servers, subscribes },
    notes: notesOn(root, settings),
  };
}

/** What is taken, and not as it is written. */
function notesOn({ servers }: Readonly<Record<string, unknown>>, { ENDPOINT }: Settings): PlacedIssue[] {
  const note = (at: readonly (string | number)[], endpoint: unknown) => {
    const correction = typeof endpoint === "string" ? findExchange(endpoint)?.correction : undefined;
    return correction === undefined ? [] : [issueAt(at, correction)];
  };
  const entries = Array.isArray(servers) ? servers : [];
  return [
    ...note(["settings", "ENDPOINT"], ENDPOINT),
    ...entries.flatMap((entry, i) => note(["servers", i, "endpoint"], asObject(entry)?.endpoint)),
  ];
}

/** What is said on a channel of its own must not come back as a command. */
function channelIssues(
  { LISTEN_CHANNEL, REDIS_INFO_KEY, OKWS_INFO, KEY_PREFIX }: Settings,
  servers: readonly string[],
): PlacedIssue[] {
  const isOfServer = (name: string) =>
    servers.some((server) =>
      name === `${KEY_PREFIX}/${server}` || name.startsWith(`${KEY_PREFIX}/${server}/`)
    );
  const issues: PlacedIssue[] = [];
  const clash = (name: string, isClash: boolean, what: Message) => {
    if (isClash) issues.push(issueAt(["settings", name], what));
  };
  clash(
    "LISTEN_CHANNEL",
    LISTEN_CHANNEL === REDIS_INFO_KEY || LISTEN_CHANNEL.startsWith(`${REDIS_INFO_KEY}/`),
    message("config.listen_is_reply"),
  );
  clash("OKWS_INFO", OKWS_INFO === LISTEN_CHANNEL, message("config.info_is_listen"));
  clash(
    "LISTEN_CHANNEL",
    isOfServer(LISTEN_CHANNEL),
    message("config.listen_is_row"),
  );
  clash(
    "REDIS_INFO_KEY",
    isOfServer(REDIS_INFO_KEY),
    message("config.reply_is_row"),
  );
  return issues;
}

/** Without a URL there is nothing that a password or a certificate could belong to. */
function redisIssues({ REDIS_URL, REDIS_PASSWORD_FILE, REDIS_CA }: Settings): PlacedIssue[] {
  if (REDIS_URL !== undefined) return [];
  return Object.entries({ REDIS_PASSWORD_FILE, REDIS_CA }).flatMap(([name, value]) =>
    value === undefined ? [] : [issueAt(["settings", name], message("config.needs_redis_url"))]
  );
}

/** From here on the URL says all that there is to say of Redis. */
function withRedisFiles(settings: Settings): Settings {
  const { REDIS_URL, REDIS_PASSWORD_FILE, REDIS_CA } = settings;
  if (REDIS_URL === undefined) return settings;
  return {
    ...settings,
    REDIS_URL: withFiles(REDIS_URL, { ca: REDIS_CA, passwordFile: REDIS_PASSWORD_FILE }),
  };
}

/** Whoever reaches the dashboard sees what is traded and held: beyond this machine only with a password. */
function httpIssues({ HTTP, HTTP_PASSWORD }: Settings): PlacedIssue[] {
  if (HTTP.toLowerCase() === "off") return [];
  const { hostname, port } = parseHttpAddress(HTTP);
  if (port > 65_535) return [issueAt(["settings", "HTTP"], message("config.no_port", { port }))];
  if (isLoopback(hostname) || HTTP_PASSWORD !== undefined) return [];
  const remedy = message("config.exposed_remedy");
  return [issueAt(["settings", "HTTP"], message("config.exposed", { host: hostname, reason: remedy }))];
}

/** What servers have that do not say otherwise. */
type Defaults = { readonly endpoint: string; readonly protocol: Protocol };

function readServers(value: unknown, defaults: Defaults, issues: PlacedIssue[]): ServerConfig[] {
  const servers: ServerConfig[] = [];
  const names = new Set<string>();
  const entries = asList(value, "servers", issues);
  if (entries.length > MAX_SERVERS) {
    issues.push(
      issueAt(["servers"], message("config.too_many_servers", { count: entries.length, most: MAX_SERVERS })),
    );
  }
  for (const [i, entry] of entries.slice(0, MAX_SERVERS).entries()) {
    const server = check(serverSchema, entry, ["servers", i], issues);
    if (server === undefined) continue;
    if (names.has(server.name)) {
      issues.push(issueAt(["servers", i, "name"], message("config.same_server", { name: server.name })));
    }
    names.add(server.name);
    const result = readServer(server, defaults, ["servers", i]);
    if ("issues" in result) issues.push(...result.issues);
    else servers.push(result);
  }
  return servers;
}

function readSubscribes(
  root: Readonly<Record<string, unknown>>,
  { servers, protocol }: { servers: readonly ServerConfig[]; protocol: Protocol },
  issues: PlacedIssue[],
): Config["subscribes"] {
  // Servers that have a fault of their own are known all the same.
  const entries = Array.isArray(root.servers) ? root.servers.slice(0, MAX_SERVERS) : [];
  const names = entries.map((entry) => textOr(asObject(entry)?.name, ""));
  const subscribes = asList(root.subscribes, "subscribes", issues);
  let paths = subscribes.length;
  for (const entry of subscribes) paths += asList(asObject(entry)?.channels, "", []).length;
  if (paths > MAX_PATHS) {
    issues.push(issueAt(["subscribes"], message("config.too_many_paths", { most: MAX_PATHS })));
    return [];
  }
  return subscribes.flatMap((entry, i) => {
    const parsed = check(subscribeSchema, entry, ["subscribes", i], issues);
    if (parsed === undefined) return [];
    if (!names.includes(parsed.server)) {
      const none = message("config.no_server", { name: parsed.server });
      issues.push(issueAt(["subscribes", i, "server"], withSuggestion(none, parsed.server, names)));
    }
    const server = servers.find(({ name }) => name === parsed.server);
    // Even where the server has a fault, its paths are read as it would take them.
    const written = asObject(entries.find((each) => asObject(each)?.name === parsed.server))?.protocol;
    const spoken = written === "v3" || written === "v5" ? written : protocol;
    const topics = parsed.channels.flatMap((channel, j) => {
      const topic = parseTopicOf(spoken, channel);
      const fault = topic.kind === "fault" ? topic.text : topicFault(topic, server);
      if (fault !== undefined) issues.push(issueAt(["subscribes", i, "channels", j], fault));
      return topic.kind === "topic" ? [topic] : [];
    });
    return [{ server: parsed.server, topics }];
  });
}

/** Reads the `args` of an `open` command: the members of a `servers` entry. Throws CommandError. */
export function parseServer(
  name: string,
  args: unknown,
  defaultEndpoint: string,
  defaultProtocol: Protocol = "v5",
): ServerConfig {
  const members = typeof args === "object" && args !== null && !Array.isArray(args) ? args : {};
  const parsed = serverSchema.safeParse({ ...members, name });
  const result = parsed.success
    ? readServer(parsed.data, { endpoint: defaultEndpoint, protocol: defaultProtocol }, [])
    : { issues: parsed.error.issues.flatMap((issue) => toIssues(issue, [])) };
  if (!("issues" in result)) return result;
  const reasons = result.issues.map((issue) => [issue.path, issue.message].filter(Boolean).join(": "));
  throw new CommandError(CODES.unreadable, `open: ${reasons.join("; ")}`);
}

/** Every name a user may write where a channel is meant, native and legacy; for completions. */
export function knownChannels(): string[] {
  return [...channelNames(), ...legacyTables()];
}

/** Why a topic cannot be had, beyond its spelling. */
export function topicFault(topic: Topic, server: ServerConfig | undefined): Message | undefined {
  if (topic.login && server !== undefined && server.credentials === undefined) {
    return message("config.needs_login", { path: topic.path, server: server.name });
  }
  return undefined;
}

function readServer(
  server: z.output<typeof serverSchema>,
  defaults: Defaults,
  at: readonly (string | number)[],
): ServerConfig | { issues: PlacedIssue[] } {
  const issues: PlacedIssue[] = [];
  const endpoint = server.endpoint || defaults.endpoint;
  const protocol = server.protocol ?? defaults.protocol;
  const exchange = findExchange(endpoint);
  if (exchange === undefined && server.endpoint) issues.push(endpointIssue([...at, "endpoint"], endpoint));
  const named = exchangeName(endpoint);
  if (protocol === "v3" && named !== undefined) {
    const place = server.protocol === undefined ? [...at] : [...at, "protocol"];
    issues.push(issueAt(place, message("config.no_v3", { endpoint: named })));
  }
  const apiKey = server.apiKey || server.apikey || "";
  const { secret = "", password = "" } = server;
  const given = [apiKey, secret, password].filter((each) => each !== "").length;
  if (given === 1 || given === 2) {
    const missing = [["apiKey", apiKey], ["secret", secret], ["password", password]]
      .filter(([, value]) => value === "").map(([name]) => name);
    issues.push(
      issueAt([...at], message("config.partial_login", { list: missing.join(", ") })),
    );
  }
  if (issues.length > 0 || exchange === undefined) return { issues };
  const credentials = given === 3 ? { apiKey, secret, passphrase: password } : undefined;
  return { name: server.name, endpoint, exchange, protocol, credentials };
}

function endpointIssue(at: readonly (string | number)[], endpoint: string): PlacedIssue {
  // A name that was misspelt is shown; of a URL, which may hold a password or a token, nothing is.
  const shown = /^[\w-]{1,40}$/.test(endpoint)
    ? endpoint
    : endpoint.includes("@")
    ? message("config.url_with_password")
    : message("config.neither_endpoint");
  const fault = message("config.endpoint", { names: EXCHANGE_NAMES.join(", "), reason: shown });
  return issueAt(at, withSuggestion(fault, exchangeName(endpoint) ?? endpoint, EXCHANGE_NAMES));
}

function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: readonly (string | number)[],
  issues: PlacedIssue[],
): T | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  issues.push(...parsed.error.issues.flatMap((issue) => toIssues(issue, at)));
  // An unknown key must not hide the faults that are only found later.
  const unknown = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : []
  );
  if (unknown.length === 0) return undefined;
  const known = Object.entries(asObject(value) ?? {}).filter(([key]) => !unknown.includes(key));
  return schema.safeParse(Object.fromEntries(known)).data;
}

function toIssues(issue: z.core.$ZodIssue, start: readonly (string | number)[]): PlacedIssue[] {
  const at = [...start, ...issue.path.map((part) => typeof part === "number" ? part : String(part))];
  if (issue.code === "custom" && issue.params !== undefined) {
    return [issueAt(at, issue.params.text as Message)];
  }
  if (issue.code !== "unrecognized_keys") return [issueAt(at, SAID.get(issue.message) ?? issue.message)];
  return issue.keys.map((key) => unknownKey([...at, key], namesAt(at)));
}

function unknownKey(at: readonly (string | number)[], known: readonly string[]): PlacedIssue {
  const fault = withSuggestion(message("config.unknown_key"), String(at.at(-1)), known);
  return { ...issueAt(at, fault), isKey: true };
}

/** The names that are known at a place, for suggestions. */
function namesAt(at: readonly (string | number)[]): string[] {
  if (at[0] === "settings") return Object.keys(settingsSchema.shape);
  return Object.keys(at[0] === "subscribes" ? subscribeSchema.shape : serverSchema.shape);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Readonly<Record<string, unknown>>
    : undefined;
}

function textOr(value: unknown, other: string): string {
  return typeof value === "string" ? value : other;
}

function asList(value: unknown, name: string, issues: PlacedIssue[]): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) issues.push(issueAt([name], message("config.list")));
  return Array.isArray(value) ? value : [];
}

function issueAt(at: readonly (string | number)[], text: Text): PlacedIssue {
  const issue = { path: formatAt(at), message: englishOf(text), at };
  return typeof text === "string" ? issue : { ...issue, text };
}

/** `servers[0].name`. */
export function formatAt(at: readonly (string | number)[]): string {
  return at.map((part, i) => typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${part}`).join(
    "",
  );
}
