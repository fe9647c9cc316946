/** The HTTP listener. The only `Deno.serve` of the service. */
import { roomLogger } from "../log.ts";

/** A running listener; disposing waits for its end. */
export type HttpServer = AsyncDisposable & { readonly url: string };

const log = roomLogger("http");

/** Listens at `HOST:PORT`. Answers undefined, and logs why, when the address cannot be had: data matters more. */
export function serveHttp(
  address: string,
  handler: (request: Request) => Response | Promise<Response>,
): HttpServer | undefined {
  const split = address.lastIndexOf(":");
  const hostname = address.slice(0, split).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(split + 1));
  try {
    const server = Deno.serve({ hostname, port, onListen: () => {}, onError }, handler);
    const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.addr.port}`;
    return { url, [Symbol.asyncDispose]: () => server.shutdown() };
  } catch (error) {
    log.warn("Health and metrics are not served", {
      address,
      reason: error instanceof Error ? error.message : "",
    });
    return undefined;
  }
}

function onError(error: unknown): Response {
  log.error("A page failed", { reason: String(error) });
  return new Response("internal error\n", { status: 500 });
}
