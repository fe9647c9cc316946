/**
 * The configuration: one schema gives the type, the checks and the defaults. After parsing no value is missing and
 * nobody looks at the environment again.
 */
import { z } from "zod";
import { isLoopback, parseHttpAddress } from "../shared/http_address.ts";
import { parseRedisUrl, withFiles } from "../shared/redis_url.ts";
import { CODES, CommandError, type ConfigIssue } from "../shared/errors.ts";
import { withoutLineEnd } from "../shared/file_text.ts";
import { LOG_LEVEL_FAULT, LOG_LEVEL_PATTERN } from "../logging/level.ts";
import { channelNames } from "../okx/channels.ts";
import type { Protocol } from "../okx/codec.ts";
import { EXCHANGE_NAMES, exchangeName, findExchange, type FoundExchange } from "../okx/endpoints.ts";
import type { Credentials } from "../okx/sign.ts";
import { legacyTables } from "../okx/v3/legacy_channels.ts";
import { OPS } from "./ops.ts";
import { SETTING_TEXTS } from "./setting_texts.ts";
import { suggest } from "../okx/suggest.ts";
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

/** Of what YAML reads as a number only the sign is left of what was written: 0123 has lost its zero. */
const textFault = (missing: string) => ({ input }: { readonly input?: unknown }) =>
  typeof input === "number" || typeof input === "bigint" || typeof input === "boolean"
    ? "must be a text; put a number, true or false into quotes"
    : missing;

const text = (name: string) =>
  z.string({ error: textFault(`${name} is a text`) }).regex(
    /^[!-~]{1,200}$/,
    `${name} has 1 to 200 ASCII characters without spaces`,
  );
const count = (from: number, to: number) =>
  z.coerce.number({ error: "must be a number" }).int("must be a whole number")
    .min(from, `must be at least ${from}`).max(to, `must be at most ${to}`);

const file = () =>
  z.string({ error: textFault("must be the name of a file") }).min(1, "must be the name of a file");

/** A part of a login. Line breaks at its end came from wherever it was kept. */
const loginPart = () =>
  z.string({ error: textFault("must be a text") }).overwrite(withoutLineEnd).superRefine((value, context) => {
    if (!/\p{Cc}|^[\s\u200b\ufeff]|[\s\u200b\ufeff]$/u.test(value)) return;
    const message = "has a line break in it, or a space at one end: it was not copied as it is";
    context.addIssue({ code: "custom", message });
  });

const PROTOCOL_ERROR = "must be v5 or v3";

/** The `settings` of the file, by their names there. */
export const settingsSchema = z.strictObject({
  REDIS_URL: z.string({ error: "must be a Redis URL" }).overwrite(withoutLineEnd).superRefine(
    (url, context) => {
      const target = parseRedisUrl(url);
      if (target.kind === "fault") context.addIssue({ code: "custom", message: target.message });
    },
  ).optional()
    .describe(SETTING_TEXTS.REDIS_URL.english),
  REDIS_PASSWORD_FILE: file().optional()
    .describe(SETTING_TEXTS.REDIS_PASSWORD_FILE.english),
  REDIS_CA: file().optional()
    .describe(SETTING_TEXTS.REDIS_CA.english),
  MAX_ROW: count(1, 10_000_000).default(1000).describe(SETTING_TEXTS.MAX_ROW.english),
  LISTEN_CHANNEL: text("A channel").default("trade-ws").describe(SETTING_TEXTS.LISTEN_CHANNEL.english),
  REDIS_INFO_KEY: text("A key").default("trade-ws/info").describe(SETTING_TEXTS.REDIS_INFO_KEY.english),
  OKWS_INFO: text("A channel").default("okws/info").describe(SETTING_TEXTS.OKWS_INFO.english),
  KEY_PREFIX: text("A prefix").default("okex").describe(SETTING_TEXTS.KEY_PREFIX.english),
  ENDPOINT: z.string({ error: textFault("must be a text") }).default("okx").describe(
    SETTING_TEXTS.ENDPOINT.english,
  ),
  PROTOCOL: z.enum(["v5", "v3"], { error: PROTOCOL_ERROR }).default("v5")
    .describe(SETTING_TEXTS.PROTOCOL.english),
  HTTP: z.string({ error: "must be HOST:PORT or off" }).regex(
    /^(off|(\[[0-9a-f:]+\]|[^\s:]+):\d{1,5})$/i,
    "must be HOST:PORT or off",
  )
    .default("127.0.0.1:8787").describe(SETTING_TEXTS.HTTP.english),
  HTTP_USER: z.string({ error: textFault("must be a text") })
    .regex(/^[^:\s]{1,64}$/, "has 1 to 64 characters without spaces and colons")
    .default("okws").describe(SETTING_TEXTS.HTTP_USER.english),
  HTTP_PASSWORD: z.string({ error: textFault("must be a text") }).overwrite(withoutLineEnd)
    .regex(/^[ -~]{8,200}$/, "has 8 to 200 characters of ASCII")
    .optional().describe(SETTING_TEXTS.HTTP_PASSWORD.english),
  LOG_LEVEL: z.string({ error: LOG_LEVEL_FAULT }).regex(LOG_LEVEL_PATTERN, LOG_LEVEL_FAULT)
    .default("info").describe(SETTING_TEXTS.LOG_LEVEL.english),
  LOG_FORMAT: z.enum(["auto", "pretty", "json"], { error: "must be auto, pretty or json" }).default("auto")
    .describe(SETTING_TEXTS.LOG_FORMAT.english),
  COMMANDS: z.preprocess(
    (value) => typeof value === "string" ? value.split(",").map((each) => each.trim()) : value,
    z.array(z.enum(OPS, { error: `must be a list of ${OPS.join(", ")}` })),
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
  name: z.string({ error: textFault("every server needs a name") })
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "has 1 to 64 letters, digits, points, dashes or underscores")
    .describe("Name of this connection; becomes part of every key"),
  apiKey: loginPart().optional()
    .describe("For private channels: the API key, best as ${NAME} from the environment"),
  apikey: loginPart().optional().describe("Another spelling of apiKey"),
  secret: loginPart().optional().describe("For private channels: the secret of the API key"),
  password: loginPart().optional().describe("For private channels: what OKX calls the passphrase"),
  endpoint: z.string({ error: textFault("must be a text") }).optional().describe(
    "Where this one connects, instead of ENDPOINT",
  ),
  protocol: z.enum(["v5", "v3"], { error: PROTOCOL_ERROR }).optional()
    .describe("What this one speaks, instead of PROTOCOL"),
});

/** An entry of `subscribes`. */
export const subscribeSchema = z.strictObject({
  server: z.string({ error: textFault("names a server") }).describe("The name of an entry of servers"),
  channels: z.array(z.unknown(), { error: 'must be a list of paths, e.g. - "spot/ticker:ETH-USDT"' })
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
  if (root === undefined) return { issues: [issueAt([], "must have settings, servers and subscribes")] };
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
  const clash = (name: string, isClash: boolean, what: string) => {
    if (isClash) issues.push(issueAt(["settings", name], what));
  };
  clash(
    "LISTEN_CHANNEL",
    LISTEN_CHANNEL === REDIS_INFO_KEY || LISTEN_CHANNEL.startsWith(`${REDIS_INFO_KEY}/`),
    "must not be REDIS_INFO_KEY or below it, where replies are published",
  );
  clash("OKWS_INFO", OKWS_INFO === LISTEN_CHANNEL, "must not be LISTEN_CHANNEL");
  clash(
    "LISTEN_CHANNEL",
    isOfServer(LISTEN_CHANNEL),
    "must not be below a server's prefix, where rows are published",
  );
  clash(
    "REDIS_INFO_KEY",
    isOfServer(REDIS_INFO_KEY),
    "must not be below a server's prefix, where a reply could take the place of a row",
  );
  return issues;
}

/** Without a URL there is nothing that a password or a certificate could belong to. */
function redisIssues({ REDIS_URL, REDIS_PASSWORD_FILE, REDIS_CA }: Settings): PlacedIssue[] {
  if (REDIS_URL !== undefined) return [];
  return Object.entries({ REDIS_PASSWORD_FILE, REDIS_CA }).flatMap(([name, value]) =>
    value === undefined ? [] : [issueAt(["settings", name], "needs a REDIS_URL that it belongs to")]
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
  if (port > 65_535) return [issueAt(["settings", "HTTP"], `there is no port ${port}`)];
  if (isLoopback(hostname) || HTTP_PASSWORD !== undefined) return [];
  const remedy = "set HTTP_PASSWORD, or use 127.0.0.1";
  return [issueAt(["settings", "HTTP"], `${hostname} can be reached from other machines: ${remedy}`)];
}

/** Servers open at once, and paths of all of them together that a file may name. */
const MAX_SERVERS = 100;
const MAX_PATHS = 20_000;

/** What servers have that do not say otherwise. */
type Defaults = { readonly endpoint: string; readonly protocol: Protocol };

function readServers(value: unknown, defaults: Defaults, issues: PlacedIssue[]): ServerConfig[] {
  const servers: ServerConfig[] = [];
  const names = new Set<string>();
  const entries = asList(value, "servers", issues);
  if (entries.length > MAX_SERVERS) {
    issues.push(
      issueAt(["servers"], `has ${entries.length} servers, and ${MAX_SERVERS} are all that may be open`),
    );
  }
  for (const [i, entry] of entries.slice(0, MAX_SERVERS).entries()) {
    const server = check(serverSchema, entry, ["servers", i], issues);
    if (server === undefined) continue;
    if (names.has(server.name)) {
      issues.push(issueAt(["servers", i, "name"], `there is another server named ${server.name}`));
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
    issues.push(issueAt(["subscribes"], `has more than ${MAX_PATHS} entries and paths`));
    return [];
  }
  return subscribes.flatMap((entry, i) => {
    const parsed = check(subscribeSchema, entry, ["subscribes", i], issues);
    if (parsed === undefined) return [];
    if (!names.includes(parsed.server)) {
      const near = suggest(parsed.server, names);
      issues.push(issueAt(["subscribes", i, "server"], `there is no server ${parsed.server}${near}`));
    }
    const server = servers.find(({ name }) => name === parsed.server);
    // Even where the server has a fault, its paths are read as it would take them.
    const written = asObject(entries.find((each) => asObject(each)?.name === parsed.server))?.protocol;
    const spoken = written === "v3" || written === "v5" ? written : protocol;
    const topics = parsed.channels.flatMap((channel, j) => {
      const topic = parseTopicOf(spoken, channel);
      const fault = topic.kind === "fault" ? topic.message : topicFault(topic, server);
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
export function topicFault(topic: Topic, server: ServerConfig | undefined): string | undefined {
  if (topic.login && server !== undefined && server.credentials === undefined) {
    return `${topic.path} needs a login: give ${server.name} an apiKey, secret and password`;
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
    issues.push(issueAt(place, `${named} has no v3 any more: v3 needs an endpoint that is a ws:// URL`));
  }
  const apiKey = server.apiKey || server.apikey || "";
  const { secret = "", password = "" } = server;
  const given = [apiKey, secret, password].filter((each) => each !== "").length;
  if (given === 1 || given === 2) {
    const missing = [["apiKey", apiKey], ["secret", secret], ["password", password]]
      .filter(([, value]) => value === "").map(([name]) => name);
    issues.push(
      issueAt([...at], `a login needs apiKey, secret and password; missing: ${missing.join(", ")}`),
    );
  }
  if (issues.length > 0 || exchange === undefined) return { issues };
  const credentials = given === 3 ? { apiKey, secret, passphrase: password } : undefined;
  return { name: server.name, endpoint, exchange, protocol, credentials };
}

function endpointIssue(at: readonly (string | number)[], endpoint: string): PlacedIssue {
  const near = suggest(exchangeName(endpoint) ?? endpoint, EXCHANGE_NAMES);
  // A name that was misspelt is shown; of a URL, which may hold a password or a token, nothing is.
  const shown = /^[\w-]{1,40}$/.test(endpoint)
    ? endpoint
    : endpoint.includes("@")
    ? "a URL with a password"
    : "this is neither (a URL has no parameters)";
  return issueAt(at, `must be ${EXCHANGE_NAMES.join(", ")} or a ws:// or wss:// URL: ${shown}${near}`);
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
  if (issue.code !== "unrecognized_keys") return [issueAt(at, issue.message)];
  return issue.keys.map((key) => unknownKey([...at, key], namesAt(at)));
}

function unknownKey(at: readonly (string | number)[], known: readonly string[]): PlacedIssue {
  return { ...issueAt(at, `is not known${suggest(String(at.at(-1)), known)}`), isKey: true };
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
  if (!Array.isArray(value)) issues.push(issueAt([name], "must be a list"));
  return Array.isArray(value) ? value : [];
}

function issueAt(at: readonly (string | number)[], message: string): PlacedIssue {
  return { path: formatAt(at), message, at };
}

/** `servers[0].name`. */
export function formatAt(at: readonly (string | number)[]): string {
  return at.map((part, i) => typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${part}`).join(
    "",
  );
}
