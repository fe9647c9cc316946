/**
 * The configuration: one schema gives the type, the checks and the defaults. After parsing no value is missing and
 * nobody looks at the environment again.
 */
import type { z } from "zod";
import { isLoopback, parseHttpAddress } from "../shared/http_address.ts";
import { withFiles } from "../shared/redis_url.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { channelNames } from "../okx/channels.ts";
import { CODECS, DEFAULT_PROTOCOL, isProtocol, type Protocol } from "../okx/codec.ts";
import { EXCHANGE_NAMES, exchangeName, findExchange, type FoundExchange } from "../okx/endpoints.ts";
import type { Credentials } from "../okx/sign.ts";
import { legacyTables } from "../okx/v3/legacy_channels.ts";
import { MAX_PATHS, MAX_SERVERS } from "../shared/limits.ts";
import { withSuggestion } from "../okx/suggest.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { parseTopicOf, type Topic } from "../okx/topic.ts";
import { serverSchema, type Settings, settingsSchema, subscribeSchema } from "./shapes.ts";
import {
  asList,
  asObject,
  check,
  issueAt,
  type LocatedIssue,
  textOr,
  toIssues,
  unknownKey,
} from "./issues.ts";

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

const SECTIONS = ["settings", "servers", "subscribes"];

/**
 * Checks everything and reports everything: a complete configuration, or all faults. Each part is checked by itself,
 * so that a fault in one does not hide those of the others.
 */
export function parseConfig(
  value: unknown,
): { config: Config; notes: LocatedIssue[] } | { issues: LocatedIssue[]; settings?: Settings | undefined } {
  const issues: LocatedIssue[] = [];
  const root = asObject(value ?? {});
  if (root === undefined) return { issues: [issueAt([], message("config.sections"))] };
  for (const key of Object.keys(root)) {
    if (!SECTIONS.includes(key)) issues.push(unknownKey([key], SECTIONS));
  }
  const { value: settings, bad } = check(settingsSchema, root.settings ?? {}, ["settings"], issues);
  if (settings !== undefined) {
    if (!bad.has("HTTP")) issues.push(...httpIssues(settings, bad.has("HTTP_PASSWORD")));
    if (!bad.has("REDIS_URL")) issues.push(...redisIssues(settings));
  }
  const endpoint = settings?.ENDPOINT ?? textOr(asObject(root.settings)?.ENDPOINT, "okx");
  if (findExchange(endpoint) === undefined) issues.push(endpointIssue(["settings", "ENDPOINT"], endpoint));
  const given = settings?.PROTOCOL ?? asObject(root.settings)?.PROTOCOL;
  const protocol = isProtocol(given) ? given : DEFAULT_PROTOCOL;
  const servers = readServers(root.servers, { endpoint, protocol }, issues);
  if (settings !== undefined) {
    const names = servers.map(({ name }) => name);
    issues.push(...channelIssues(settings, names, bad));
  }
  const subscribes = readSubscribes(root, { servers, protocol }, issues);
  if (issues.length > 0 || settings === undefined) {
    return { issues, settings: settings === undefined ? undefined : withRedisFiles(settings) };
  }
  return {
    config: { settings: withRedisFiles(settings), servers, subscribes },
    notes: notesOn(root, settings),
  };
}

/** Returns what is taken, and not as it is written. */
function notesOn({ servers }: Readonly<Record<string, unknown>>, { ENDPOINT }: Settings): LocatedIssue[] {
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
  bad: ReadonlySet<string>,
): LocatedIssue[] {
  const isOfServer = (name: string) =>
    servers.some((server) =>
      name === `${KEY_PREFIX}/${server}` || name.startsWith(`${KEY_PREFIX}/${server}/`)
    );
  const issues: LocatedIssue[] = [];
  const clash = (name: string, isClash: boolean, what: Message) => {
    if (isClash && !bad.has(name)) issues.push(issueAt(["settings", name], what));
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
function redisIssues({ REDIS_URL, REDIS_PASSWORD_FILE, REDIS_CA }: Settings): LocatedIssue[] {
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

/** Everybody who reaches the dashboard sees what is traded and owned: beyond this machine only with a password. */
function httpIssues({ HTTP, HTTP_PASSWORD }: Settings, hasPassword: boolean): LocatedIssue[] {
  if (HTTP.toLowerCase() === "off") return [];
  const { hostname, port } = parseHttpAddress(HTTP);
  if (port > 65_535) return [issueAt(["settings", "HTTP"], message("config.no_port", { port }))];
  if (isLoopback(hostname) || hasPassword || HTTP_PASSWORD !== undefined) return [];
  const remedy = message("config.exposed_remedy");
  return [issueAt(["settings", "HTTP"], message("config.exposed", { host: hostname, reason: remedy }))];
}

/** What servers have that do not say otherwise. */
type Defaults = { readonly endpoint: string; readonly protocol: Protocol };

function readServers(value: unknown, defaults: Defaults, issues: LocatedIssue[]): ServerConfig[] {
  const servers: ServerConfig[] = [];
  const names = new Set<string>();
  const entries = asList(value, "servers", issues);
  if (entries.length > MAX_SERVERS) {
    issues.push(
      issueAt(["servers"], message("config.too_many_servers", { count: entries.length, most: MAX_SERVERS })),
    );
  }
  for (const [i, entry] of entries.slice(0, MAX_SERVERS).entries()) {
    const { value: server, bad } = check(serverSchema, entry, ["servers", i], issues, { name: "-" });
    if (server === undefined) continue;
    const isNamed = !bad.has("name");
    if (isNamed && names.has(server.name)) {
      issues.push(issueAt(["servers", i, "name"], message("config.same_server", { name: server.name })));
    }
    if (isNamed) names.add(server.name);
    const result = readServer(server, defaults, ["servers", i], bad);
    if ("issues" in result) issues.push(...result.issues);
    else if (isNamed) servers.push(result);
  }
  return servers;
}

function readSubscribes(
  root: Readonly<Record<string, unknown>>,
  { servers, protocol }: { servers: readonly ServerConfig[]; protocol: Protocol },
  issues: LocatedIssue[],
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
    const needed = { server: "-", channels: [] };
    const { value: parsed, bad } = check(subscribeSchema, entry, ["subscribes", i], issues, needed);
    if (parsed === undefined) return [];
    if (!bad.has("server") && !names.includes(parsed.server)) {
      const none = message("config.no_server", { name: parsed.server });
      issues.push(issueAt(["subscribes", i, "server"], withSuggestion(none, parsed.server, names)));
    }
    const server = servers.find(({ name }) => name === parsed.server);
    // Even where the server has a fault, its paths are read as it would take them.
    const written = asObject(entries.find((each) => asObject(each)?.name === parsed.server))?.protocol;
    const serverProtocol = isProtocol(written) ? written : protocol;
    const topics = parsed.channels.flatMap((channel, j) => {
      const topic = parseTopicOf(serverProtocol, channel);
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
  defaultProtocol: Protocol = DEFAULT_PROTOCOL,
): ServerConfig {
  const members = args === undefined || args === null ? {} : asObject(args);
  if (members === undefined) throw new CommandError(CODES.unreadable, message("command.open_args"));
  const parsed = serverSchema.safeParse({ ...members, name });
  const result = parsed.success
    ? readServer(parsed.data, { endpoint: defaultEndpoint, protocol: defaultProtocol }, [])
    : { issues: parsed.error.issues.flatMap((issue) => toIssues(issue, [])) };
  if (!("issues" in result)) return result;
  const reasons = result.issues.map((issue) => [issue.path, issue.message].filter(Boolean).join(": "));
  throw new CommandError(CODES.unreadable, `open: ${reasons.join("; ")}`);
}

/** Returns every name that a user may write where a channel is meant, native and legacy; for completions. */
export function knownChannels(): string[] {
  return [...channelNames(), ...legacyTables()];
}

/** Returns why a topic cannot be had, beyond its spelling. */
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
  bad: ReadonlySet<string> = new Set(),
): ServerConfig | { issues: LocatedIssue[] } {
  const issues: LocatedIssue[] = [];
  const endpoint = server.endpoint || defaults.endpoint;
  const protocol = server.protocol ?? defaults.protocol;
  const exchange = findExchange(endpoint);
  if (exchange === undefined && server.endpoint) issues.push(endpointIssue([...at, "endpoint"], endpoint));
  const named = exchangeName(endpoint);
  if (!CODECS[protocol].isOfOkx && named !== undefined && !bad.has("endpoint") && !bad.has("protocol")) {
    const position = server.protocol === undefined ? [...at] : [...at, "protocol"];
    issues.push(issueAt(position, message("config.no_v3", { endpoint: named })));
  }
  const apiKey = server.apiKey || server.apikey || "";
  const { secret = "", password = "" } = server;
  const given = [apiKey, secret, password].filter((each) => each !== "").length;
  if ((given === 1 || given === 2) && !LOGIN.some((name) => bad.has(name))) {
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

const LOGIN = ["apiKey", "apikey", "secret", "password"];

function endpointIssue(at: readonly (string | number)[], endpoint: string): LocatedIssue {
  // A name that was misspelt is shown; of a URL, which may hold a password or a token, nothing is.
  const shown = /^[\w-]{1,40}$/.test(endpoint)
    ? endpoint
    : endpoint.includes("@")
    ? message("config.url_with_password")
    : message("config.neither_endpoint");
  const fault = message("config.endpoint", { names: EXCHANGE_NAMES.join(", "), reason: shown });
  return issueAt(at, withSuggestion(fault, exchangeName(endpoint) ?? endpoint, EXCHANGE_NAMES));
}
