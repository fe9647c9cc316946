/** Which Redis the service uses: the one that was named, one that is at hand, or its own. */
import { type EmbeddedServer, startEmbedded } from "../embedded/server.ts";
import { StoreError } from "../shared/errors.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { DEFAULT_ADDRESS, parseRedisUrl } from "../shared/redis_url.ts";
import { message } from "../shared/messages/message.ts";

/** Where it is; `shown` is the URL without its secrets. */
export type RedisChoice = { readonly url: string; readonly shown: string; readonly embedded: boolean };

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
  if (target?.kind === "redis") return { url: url as string, shown: target.shown, embedded: false };
  const address = target ?? DEFAULT_ADDRESS;
  const found = `redis://${address.hostname}:${address.port}`;
  if (target === undefined && await answers(address)) return { url: found, shown: found, embedded: false };
  const embedded = stack.use(openEmbedded(address));
  const why = target === undefined ? "No Redis was named and none is at hand: using" : "Using";
  log.warn(`${why} the embedded store, which forgets all when okws stops`, { redis: embedded.url });
  return { url: embedded.url, shown: embedded.url, embedded: true };
}

/** Throws StoreError where the port cannot be had. */
function openEmbedded(
  { hostname, port }: { readonly hostname: string; readonly port: number },
): EmbeddedServer {
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

async function answers(address: { hostname: string; port: number }): Promise<boolean> {
  try {
    const connection = await Deno.connect(address);
    connection.close();
    return true;
  } catch {
    return false;
  }
}
