/**
 * Reads a REDIS_URL into what the Redis client takes: one server, a master that sentinels know, or a cluster. Nothing of
 * a password ever leaves this module in a message; files that a URL names are read at the connect.
 */
import type { RedisOptions } from "ioredis";
import { isLoopbackAddress } from "./http_address.ts";
import { type Message, message } from "./messages/message.ts";

/** An address where a Redis, a sentinel or a node of a cluster listens. */
export type HostPort = { readonly host: string; readonly port: number };

/** Files whose content belongs into the options of a connection: certificates as PEM text, passwords as one line. */
export type RedisFiles = {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly password?: string;
  readonly sentinelPassword?: string;
};

/** A REDIS_URL in parts, or why it is none. */
export type RedisTarget =
  | {
    readonly kind: "redis";
    readonly mode: "single" | "sentinel" | "cluster";
    readonly options: RedisOptions;
    readonly files: RedisFiles;
    /** Nodes of a cluster to ask first; empty otherwise. */
    readonly nodes: readonly HostPort[];
    readonly shown: string;
  }
  /** The store inside the process; port 0 takes a free one. */
  | { readonly kind: "embedded"; readonly hostname: string; readonly port: number; readonly shown: string }
  | { readonly kind: "fault"; readonly message: string; readonly text: Message };

/** Where the embedded store listens unless an address is given, and where a Redis is looked for when none is named. */
export const DEFAULT_ADDRESS = { hostname: "127.0.0.1", port: 6379 } as const;

/** The port of a sentinel that names none. */
const SENTINEL_PORT = 26379;

/** What a query may say, by the scheme's kind; values are never shown. */
const TLS_PARAMETERS = ["ca", "cert", "key", "servername"];
const SENTINEL_PARAMETERS = ["sentinel_user", "sentinel_password", "sentinel_password_file"];

/**
 * Forms: `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `unix:/path[?db=N&user=…&password=…]`,
 * `redis+sentinel://[user:password@]host[:port],…/master[/db]`, `redis+cluster://[user:password@]host[:port],…` (both
 * also `rediss+…`), and `embedded[://127.0.0.1:PORT]`. All but the last take `?password_file=/path`, those with TLS
 * `?ca=/path&cert=/path&key=/path&servername=NAME`, sentinels `?sentinel_user=…&sentinel_password=…` (or `…_file=/path`).
 */
export function parseRedisUrl(text: string): RedisTarget {
  if (text.startsWith("unix:")) return parseUnix(text);
  if (text.startsWith("embedded")) return parseEmbedded(text);
  const target = parseServers(text);
  const login = /^[\w+]+:\/\/([^]*)@/.exec(text)?.[1] ?? "";
  // Whatever a sign of a password that was not coded was taken for, the message would be about something else.
  return target.kind === "fault" && /[/?#@]/.test(login) ? fault(UNCODED) : target;
}

const UNCODED = message("redis_url.login_codes");

function parseServers(text: string): RedisTarget {
  const match = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^/?@]*)(\/[^?@]*)?(?:\?(.*))?$/
    .exec(
      text,
    );
  if (match === null) {
    return fault(
      message("redis_url.form"),
    );
  }
  const [, scheme = "", kind, login = "", hosts = "", path = "", query = ""] = match;
  const mode = kind === "sentinel" || kind === "cluster" ? kind : "single";
  const tls = scheme === "rediss";
  const parameters = readQuery(query, [
    "password_file",
    ...(tls ? TLS_PARAMETERS : []),
    ...(mode === "sentinel" ? SENTINEL_PARAMETERS : []),
    ...(mode === "single" ? ["db"] : []),
  ], tls);
  if (!(parameters instanceof Map)) return fault(parameters);
  const [user = "", ...rest] = login.split(":");
  const [username, password] = [decode(user), decode(rest.join(":"))];
  if (username === undefined || password === undefined) {
    return fault(message("redis_url.percent"));
  }
  const addresses = hosts.split(",").map((each) =>
    parseHost(each, mode === "sentinel" ? SENTINEL_PORT : 6379)
  );
  if (addresses.includes(undefined) || (mode === "single" && addresses.length > 1)) {
    return fault(
      mode === "single" ? message("redis_url.one_host") : message("redis_url.hosts"),
    );
  }
  const known = addresses as HostPort[];
  const ending = readEnding(mode, path, parameters.get("db"));
  if ("key" in ending) return fault(ending);
  const { db, master } = ending;
  const servername = parameters.get("servername");
  return {
    kind: "redis",
    mode,
    nodes: mode === "cluster" ? known : [],
    files: filesOf(parameters),
    shown: `${text.slice(0, text.indexOf("://"))}://${known.map(formatHost).join(",")}${
      master === "" ? "" : `/${master}`
    }${db === 0 ? "" : `/${db}`}`,
    options: {
      ...(mode === "single" ? known[0] as HostPort : {}),
      ...(mode === "cluster" ? {} : { db }),
      ...(username === "" ? {} : { username }),
      ...(password === "" ? {} : { password }),
      ...(tls ? { tls: servername === undefined ? {} : { servername } } : {}),
      ...(mode === "sentinel" ? sentinelOptions(known, master, parameters, tls) : {}),
    },
  };
}

/**
 * Returns the same URL with the files of the settings REDIS_CA and REDIS_PASSWORD_FILE, where it has a use for them and
 * does not name its own.
 */
export function withFiles(
  url: string,
  { ca, passwordFile }: { readonly ca?: string | undefined; readonly passwordFile?: string | undefined },
): string {
  const target = parseRedisUrl(url);
  if (target.kind !== "redis") return url;
  const { options, files } = target;
  const added = [
    ...(ca !== undefined && options.tls !== undefined && files.ca === undefined
      ? [`ca=${encodeURIComponent(ca)}`]
      : []),
    ...(passwordFile !== undefined && options.password === undefined && files.password === undefined
      ? [`password_file=${encodeURIComponent(passwordFile)}`]
      : []),
  ];
  return added.length === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${added.join("&")}`;
}

/** Returns a URL without its secrets, or what is wrong with it. */
export function shownRedisUrl(url: string): string {
  const target = parseRedisUrl(url);
  return target.kind === "fault" ? target.message : target.shown;
}

/** Returns whether keys of one server must share a slot: in a cluster only. */
export function isCluster(url: string | undefined): boolean {
  if (url === undefined) return false;
  const target = parseRedisUrl(url);
  return target.kind === "redis" && target.mode === "cluster";
}

function sentinelOptions(
  sentinels: readonly HostPort[],
  name: string,
  parameters: ReadonlyMap<string, string>,
  tls: boolean,
): RedisOptions {
  const user = parameters.get("sentinel_user");
  const password = parameters.get("sentinel_password");
  return {
    sentinels: [...sentinels],
    name,
    ...(user === undefined ? {} : { sentinelUsername: user }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  };
}

/** Returns what stands behind the hosts: a database, or a master's name and a database, or nothing. */
function readEnding(
  mode: "single" | "sentinel" | "cluster",
  path: string,
  db: string | undefined,
): { readonly db: number; readonly master: string } | Message {
  const parts = path.split("/").slice(1).filter((part) => part !== "");
  const master = mode === "sentinel" ? decode(parts.shift() ?? "") ?? "" : "";
  if (mode === "sentinel" && !/^[A-Za-z0-9._-]{1,100}$/.test(master)) {
    return message("redis_url.master");
  }
  if (mode === "cluster" && parts.length > 0) {
    return message("redis_url.cluster_database");
  }
  const text = parts[0] ?? db ?? "0";
  // A password with an uncoded / ends up here in part, so what was found is not shown.
  if (!/^\d{1,5}$/.test(text) || parts.length > 1) {
    return message("redis_url.database");
  }
  return { db: Number(text), master };
}

function readQuery(query: string, known: readonly string[], tls: boolean): Map<string, string> | Message {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (known.includes(name) && value !== "") {
      parameters.set(name, value);
      continue;
    }
    if (TLS_PARAMETERS.includes(name) && !tls) {
      return message("redis_url.tls_only", { name });
    }
    return message("redis_url.parameter", { list: known.join(", ") });
  }
  if (parameters.has("cert") !== parameters.has("key")) return message("redis_url.cert_and_key");
  return parameters;
}

function filesOf(parameters: ReadonlyMap<string, string>): RedisFiles {
  const named = [
    ["ca", "ca"],
    ["cert", "cert"],
    ["key", "key"],
    ["password", "password_file"],
    ["sentinelPassword", "sentinel_password_file"],
  ] as const;
  return Object.fromEntries(
    named.flatMap(([member, name]) => parameters.has(name) ? [[member, parameters.get(name)]] : []),
  );
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`, `:port`. */
function parseHost(text: string, defaultPort: number): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? decode(match[2] ?? "");
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port > 65535) return undefined;
  return { host: host === "" ? "localhost" : host, port };
}

/** Returns an address as a URL has it. */
export function formatHost({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function parseEmbedded(text: string): RedisTarget {
  const match = /^embedded(?::\/\/(?:([^:/@[\]]+)|\[([0-9a-f:]+)\]):(\d{1,5}))?$/i.exec(text);
  const port = match?.[3] === undefined ? DEFAULT_ADDRESS.port : Number(match[3]);
  if (match === null || port > 65_535) {
    return fault(message("redis_url.embedded"));
  }
  const hostname = (match[1] ?? match[2] ?? DEFAULT_ADDRESS.hostname).toLowerCase();
  if (!isLoopbackAddress(hostname)) {
    return fault(message("redis_url.embedded_loopback"));
  }
  return { kind: "embedded", hostname, port, shown: `embedded://${formatHost({ host: hostname, port })}` };
}

function parseUnix(text: string): RedisTarget {
  const [path = "", ...query] = text.slice("unix:".length).replace(/^\/\/\//, "/").split("?");
  if (!path.startsWith("/")) {
    return fault(message("redis_url.unix_path"));
  }
  const parameters = readQuery(query.join("?"), ["db", "user", "password", "password_file"], false);
  if (!(parameters instanceof Map)) return fault(parameters);
  const db = parameters.get("db") ?? "0";
  if (!/^\d{1,5}$/.test(db)) return fault(message("redis_url.unix_database"));
  const username = parameters.get("user");
  const password = parameters.get("password");
  return {
    kind: "redis",
    mode: "single",
    nodes: [],
    files: filesOf(parameters),
    shown: `unix:${path}${db === "0" ? "" : `?db=${db}`}`,
    options: {
      path,
      db: Number(db),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function fault(text: Message): RedisTarget {
  return { kind: "fault", message: text.english, text };
}
