/** Which Redis the service uses: the one that was named, one that is at hand, or its own. */
import { type EmbeddedServer, startEmbedded } from "../embedded/server.ts";
import { StoreError } from "../shared/errors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { isLoopbackAddress } from "../shared/http_address.ts";
import { DEFAULT_ADDRESS, parseRedisUrl, type RedisTarget } from "../shared/redis_url.ts";
import { message } from "../shared/messages/message.ts";

/** The Redis that is used; `shown` is its URL without secrets. */
export type RedisChoice = { readonly url: string; readonly shown: string; readonly embedded: boolean };

/** An address of a Redis. */
type Address = { readonly hostname: string; readonly port: number };

/** How long what listens somewhere may take to say what it is. */
const ANSWER_MS = 1000;

const log = roomLogger("service");
const warn = sparseWarning(log);

/**
 * Chooses the Redis that was named and nothing else; without one, what listens at the usual address, or our own store,
 * which `stack` then owns. Rejects with StoreError for a URL that is none.
 */
export async function selectRedis(
  url: string | undefined,
  stack: AsyncDisposableStack,
): Promise<RedisChoice> {
  const target = url === undefined ? undefined : parseRedisUrl(url);
  if (target?.kind === "fault") throw new StoreError(target.text);
  if (target?.kind === "redis") {
    const address = localAddress(target);
    if (address !== undefined && await look(address) === "embedded") warnOfEmbedded(target.shown);
    return { url: url as string, shown: target.shown, embedded: false };
  }
  const address = target ?? DEFAULT_ADDRESS;
  const found = target === undefined ? await look(address) : undefined;
  if (found !== undefined) {
    const shown = `redis://${address.hostname}:${address.port}`;
    if (found === "embedded") warnOfEmbedded(shown);
    return { url: shown, shown, embedded: false };
  }
  const embedded = stack.use(openEmbedded(address));
  const why = target === undefined ? "No Redis was named and none is at hand: using" : "Using";
  log.warn(`${why} the embedded store, which forgets all when okws stops`, { redis: embedded.url });
  return { url: embedded.url, shown: embedded.url, embedded: true };
}

/** Throws StoreError where the port cannot be had. */
function openEmbedded({ hostname, port }: Address): EmbeddedServer {
  try {
    return startEmbedded({
      hostname,
      port,
      onRefused: ({ foreign, ...counts }) => {
        if (foreign > 0) {
          warn("The embedded store ended connections that spoke HTTP or TLS", { connections: foreign });
        }
        if (Object.values(counts).some((count) => count > 0)) {
          warn("The embedded store refuses or cuts off clients", counts);
        }
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(message("store.no_embedded", { host: hostname, port, reason }), {
      cause: error,
    });
  }
}

/** Returns where a Redis on this machine is that is spoken to without TLS; undefined: it is none of that kind. */
function localAddress({ mode, options }: RedisTarget & { readonly kind: "redis" }): Address | undefined {
  const { host = "", port = DEFAULT_ADDRESS.port, tls } = options;
  if (mode !== "single" || tls !== undefined || !isLoopbackAddress(host)) return undefined;
  return { hostname: host, port };
}

/** Returns what listens there: a Redis unless it says that it is the embedded store of an okws; undefined: nothing. */
async function look(address: Address): Promise<"redis" | "embedded" | undefined> {
  const connection = await Deno.connect(address).catch(() => undefined);
  if (connection === undefined) return undefined;
  using _ = connection;
  const said = await withDeadline(askInfo(connection), ANSWER_MS, () => "").catch(() => "");
  return said.includes("okws_store:") ? "embedded" : "redis";
}

/** Returns the beginning of the answer, which of the embedded store is all of it. */
async function askInfo(connection: Deno.Conn): Promise<string> {
  await connection.write(new TextEncoder().encode("INFO server\r\n"));
  const reply = new Uint8Array(4096);
  const size = await connection.read(reply);
  return new TextDecoder().decode(reply.subarray(0, size ?? 0));
}

function warnOfEmbedded(redis: string): void {
  log.warn("This Redis is the embedded store of another okws, which ends with that one", {
    ...{ redis, remedy: "run a Redis for what has to last" },
  });
}
