/**
 * The HTTP listener. The only `Deno.serve` of the service. A listener that fails, as it does when there are no file
 * descriptors left, costs its pages for a moment and nothing else.
 */
import { sleep } from "../shared/async/sleep.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { parseHttpAddress } from "../shared/http_address.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";

/** A running listener; disposing waits for its end, but not for readers that do not go. */
export type HttpServer = AsyncDisposable & { readonly url: string };

/** How long requests under way may take at a stop. */
const SHUTDOWN_MS = 1000;

/** How long the end of connections that were cut off may take. */
const CUT_MS = 200;

/** How long a listener that failed is left alone. */
const AGAIN_MS = 1000;

const log = roomLogger("http");

/** Listens at `HOST:PORT`. Returns undefined, and logs why, when the address cannot be had: data matters more. */
export function serveHttp(
  address: string,
  handler: (request: Request, from: string) => Promise<Response>,
): HttpServer | undefined {
  const { hostname, port } = parseHttpAddress(address);
  const abort = new AbortController();
  const closing = new AbortController();
  const listen = (at: number) =>
    Deno.serve({ hostname, port: at, signal: abort.signal, onListen: () => {}, onError }, (
      request,
      { remoteAddr },
    ) => handler(request, "hostname" in remoteAddr ? remoteAddr.hostname : ""));
  try {
    let server = listen(port);
    const at = server.addr.port;
    const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${at}`;
    const kept = keepListening(() => server.finished, () => server = listen(at), closing.signal);
    return {
      url,
      async [Symbol.asyncDispose]() {
        closing.abort();
        // One that has failed is closed already.
        const end = Promise.all([server.shutdown().catch(() => {}), kept]);
        if (await endsWithin(end, SHUTDOWN_MS)) return;
        cutOff(abort);
        await endsWithin(end, CUT_MS);
      },
    };
  } catch (error) {
    log.warn("The dashboard, health and metrics are not served", {
      address,
      reason: error instanceof Error ? error.message : "",
    });
    return undefined;
  }
}

/** Listens again whenever the listener has failed, until the signal is aborted. */
async function keepListening(
  finished: () => Promise<void>,
  again: () => void,
  signal: AbortSignal,
): Promise<void> {
  const warn = sparseWarning(log);
  let failed = false;
  while (!signal.aborted) {
    try {
      if (failed) again();
      failed = false;
      return await finished();
    } catch (error) {
      failed = true;
      if (!signal.aborted) warn("The pages cannot be served, trying again", { reason: String(error) });
      await sleep(AGAIN_MS, signal);
    }
  }
}

/**
 * Ends connections that are left. Deno 2.4, unlike 2.9, has given up the listener's resource by then: it throws in its own
 * listener of the signal, where nobody can catch it, and the process would end with a stack trace.
 */
function cutOff(abort: AbortController): void {
  const onFault = (event: ErrorEvent) => {
    if (event.error instanceof Deno.errors.BadResource) event.preventDefault();
  };
  globalThis.addEventListener("error", onFault);
  try {
    abort.abort();
  } finally {
    globalThis.removeEventListener("error", onFault);
  }
}

/** Whether a promise settles within a time. */
async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return await withDeadline(promise.then(() => true), ms, () => false);
}

function onError(error: unknown): Response {
  log.error("A page failed", { reason: String(error) });
  return new Response("internal error\n", { status: 500 });
}
