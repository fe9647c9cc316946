/** Asks one sentinel. */
import type { Redis } from "ioredis";
import { MessageError } from "../../../shared/errors.ts";
import { message } from "../../../shared/messages/message.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import { type ClientOptions, createClient } from "../connect.ts";
import type { SentinelAnswer } from "./election.ts";

/** Sentinels that are taken over from what another one knows; more is no deployment of anybody. */
const MAX_PEERS = 16;

/** Returns a client of a sentinel that is not connected yet; with `retry` it connects again whenever it is cut off. */
export function createSentinelClient(
  options: ClientOptions,
  address: HostPort,
  { retry }: { readonly retry: boolean },
): Redis {
  const { sentinelUsername, sentinelPassword, sentinelTLS, connectTimeout, disconnectTimeout } = options;
  return createClient({
    ...address,
    ...(sentinelUsername ? { username: sentinelUsername } : {}),
    ...(sentinelPassword ? { password: sentinelPassword } : {}),
    ...(sentinelTLS === undefined ? {} : { tls: sentinelTLS }),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(disconnectTimeout === undefined ? {} : { disconnectTimeout }),
    lazyConnect: true,
    protocol: 2,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    connectionName: "okws",
    disableClientInfo: true,
    retryStrategy: (attempt) => retry ? options.retryStrategy?.(attempt) ?? null : null,
  });
}

/** Returns what a sentinel says of the master of a name. Rejects with the sentinel's own error. */
export async function askSentinel(redis: Redis, name: string): Promise<SentinelAnswer> {
  const [address, configuration, others] = await Promise.all([
    redis.call("sentinel", "get-master-addr-by-name", name),
    redis.call("sentinel", "master", name).catch(unsaid),
    redis.call("sentinel", "sentinels", name).catch(unsaid),
  ]);
  const epoch = Number(pairsOf(configuration).get("config-epoch") ?? NaN);
  const peers = (Array.isArray(others) ? others : []).slice(0, MAX_PEERS).map(pairsOf);
  return {
    master: Array.isArray(address) ? addressOf(String(address[0]), address[1]) : undefined,
    epoch: Number.isSafeInteger(epoch) ? epoch : undefined,
    peers: peers.flatMap((each) => addressOf(each.get("ip") ?? "", each.get("port")) ?? []),
    alive: 1 + peers.filter((each) => !/s_down|disconnected/.test(each.get("flags") ?? "")).length,
  };
}

/** Returns why a sentinel does not answer; its password is another one than that of the servers. */
export function faultOf(address: HostPort, error: unknown): MessageError {
  const reason = error instanceof Error ? error.message : String(error);
  const key = isLoginFault(error) ? "redis.sentinel_login" : "redis.sentinel_fault";
  return new MessageError(message(key, { address: formatHost(address), reason }), { cause: error });
}

/** Returns whether a sentinel refuses the login that it was given, or requires one. */
export function isLoginFault(error: unknown): boolean {
  return error instanceof Error && /^(NOAUTH|WRONGPASS|NOPERM)|^ERR invalid password/.test(error.message);
}

/** Some accounts may ask for the address alone. */
function unsaid(error: unknown): undefined {
  if (error instanceof Error && /^(NOPERM|ERR) /.test(error.message)) return undefined;
  throw error;
}

function addressOf(host: string, port: unknown): HostPort | undefined {
  const number = Number(port);
  return host === "" || !Number.isInteger(number) || number < 1 || number > 65_535
    ? undefined
    : { host, port: number };
}

/** Returns a reply of name, value, name, value. */
function pairsOf(reply: unknown): Map<string, string> {
  const words = Array.isArray(reply) ? reply.map(String) : [];
  return new Map(
    words.flatMap((word, i): [string, string][] => i % 2 === 0 ? [[word, words[i + 1] ?? ""]] : []),
  );
}
