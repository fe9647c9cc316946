/** Reads a REDIS_URL into what the Redis client takes. Nothing of a password ever leaves this module in a message. */
import type { RedisOptions } from "ioredis";

/** A REDIS_URL in parts, or why it is none. */
export type RedisTarget =
  | { readonly kind: "redis"; readonly options: RedisOptions; readonly shown: string }
  /** The store inside the process; port 0 takes a free one. */
  | { readonly kind: "embedded"; readonly hostname: string; readonly port: number; readonly shown: string }
  | { readonly kind: "fault"; readonly message: string };

/** Where the embedded store listens unless it is told, and where a Redis is looked for when none is named. */
export const DEFAULT_PLACE = { hostname: "127.0.0.1", port: 6379 } as const;

/** Forms: `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `unix:/path[?db=N]`, `embedded[://127.0.0.1:PORT]`. */
export function parseRedisUrl(text: string): RedisTarget {
  if (text.startsWith("unix:")) return parseUnix(text);
  if (text.startsWith("embedded")) return parseEmbedded(text);
  if (/^rediss?\+(sentinel|cluster):/.test(text)) {
    return fault(
      "Sentinel and Cluster are not spoken by this version; name one server with redis:// or rediss://",
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["redis:", "rediss:"].includes(url.protocol)) {
    return fault(
      "A Redis URL starts with redis://, rediss:// or unix:/, e.g. redis://localhost:6379, or is embedded",
    );
  }
  const db = url.pathname.length > 1 ? url.pathname.slice(1) : url.searchParams.get("db") ?? "0";
  // A password with an uncoded / ends up here in part, so what was found is not shown.
  if (!/^\d{1,5}$/.test(db)) {
    return fault("The database in a Redis URL is a number, as in redis://host:6379/1");
  }
  const [username, password] = [decode(url.username), decode(url.password)];
  if (username === undefined || password === undefined) {
    return fault("A % in the login of a Redis URL starts a two-digit code; % itself is written %25");
  }
  // A host name without a dot may be IPv6 only or IPv4 only; ioredis tries what the resolver gives.
  const host = url.hostname.replace(/^\[|\]$/g, "") || "localhost";
  const port = url.port === "" ? 6379 : Number(url.port);
  return {
    kind: "redis",
    shown: `${url.protocol}//${url.hostname || "localhost"}:${port}${db === "0" ? "" : `/${db}`}`,
    options: {
      host,
      port,
      db: Number(db),
      ...(username === "" ? {} : { username }),
      ...(password === "" ? {} : { password }),
      ...(url.protocol === "rediss:" ? { tls: {} } : {}),
    },
  };
}

function parseEmbedded(text: string): RedisTarget {
  const match = /^embedded(?::\/\/([^:/@]+):(\d{1,5}))?$/.exec(text);
  if (match === null) return fault("The embedded store is written embedded or embedded://127.0.0.1:PORT");
  const hostname = match[1] ?? DEFAULT_PLACE.hostname;
  const port = match[2] === undefined ? DEFAULT_PLACE.port : Number(match[2]);
  return { kind: "embedded", hostname, port, shown: `embedded://${hostname}:${port}` };
}

function parseUnix(text: string): RedisTarget {
  const [path = "", query = ""] = text.slice("unix:".length).replace(/^\/\/\//, "/").split("?");
  if (!path.startsWith("/")) {
    return fault(`A unix socket is named by its full path: unix:/run/redis/redis.sock`);
  }
  const search = new URLSearchParams(query);
  const db = search.get("db") ?? "0";
  if (!/^\d{1,5}$/.test(db)) return fault(`The database in a Redis URL is a number: ${db}`);
  const password = search.get("password");
  return {
    kind: "redis",
    shown: `unix:${path}${db === "0" ? "" : `?db=${db}`}`,
    options: { path, db: Number(db), ...(password === null ? {} : { password }) },
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function fault(message: string): RedisTarget {
  return { kind: "fault", message };
}
