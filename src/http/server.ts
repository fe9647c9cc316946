/**
 * The HTTP listener. The only `Deno.serve` of the service. A listener that fails, as it does when there are no file
 * descriptors left, costs its pages for a moment and nothing else.
 */
import { sleep } from "../shared/async/sleep.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { parseHttpAddress } from "../shared/http_address.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";

/** A running listener; disposing waits for its end, but not for readers that do not go. */
export type HttpServer = AsyncDisposable & {
  /** Undefined while its address cannot be had. */
  readonly url: string | undefined;
};

/** How long requests under way may take at a stop. */
const SHUTDOWN_MS = 1000;

/** How long the end of connections that were cut off may take. */
const CUT_MS = 200;

/** How long a listener that failed, or an address that cannot be had, is left alone. */
const AGAIN_MS = 1000;

const log = roomLogger("http");

/**
 * Listens at `HOST:PORT`. An address that cannot be had is logged and tried again, since data matters more and the program that
 * has it may end, as a service does that another one replaces.
 */
export function serveHttp(
  address: string,
  handler: (request: Request, from: string) => Promise<Response>,
): HttpServer {
  const { hostname, port } = parseHttpAddress(address);
  const abort = new AbortController();
  const closing = new AbortController();
  let at = port;
  let server: Deno.HttpServer<Deno.NetAddr> | undefined;
  const listen = () => {
    server = Deno.serve({ hostname, port: at, signal: abort.signal, onListen: () => {}, onError }, (
      request,
      { remoteAddr },
    ) => handler(request, "hostname" in remoteAddr ? remoteAddr.hostname : ""));
    at = server.addr.port;
    return server;
  };
  const url = () => `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${at}`;
  try {
    listen();
  } catch (error) {
    log.warn("The dashboard, health and metrics are not served, trying again", {
      address,
      reason: error instanceof Error ? withoutNumber(error.message) : "",
      ...(error instanceof Deno.errors.AddrInUse ? { remedy: PORT_TAKEN } : {}),
    });
  }
  const kept = keepListening(server, { listen, url }, closing.signal);
  return {
    get url() {
      return server === undefined ? undefined : url();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      // One that has failed is closed already.
      const end = Promise.all([server?.shutdown().catch(() => {}), kept]);
      if (await endsWithin(end, SHUTDOWN_MS)) return;
      cutOff(abort);
      await endsWithin(end, CUT_MS);
    },
  };
}

/** What to do where another program has the address. */
const PORT_TAKEN = "end the program that has this port, or set HTTP to another HOST:PORT, or to off";

/** Returns the system's reason without the number that the runtime puts behind it. */
function withoutNumber(reason: string): string {
  return reason.replace(/ \(os error \d+\)/, "");
}

/** Listens again whenever the listener has failed, or none could be had, until the signal is aborted. */
async function keepListening(
  first: Deno.HttpServer | undefined,
  { listen, url }: { readonly listen: () => Deno.HttpServer; readonly url: () => string },
  signal: AbortSignal,
): Promise<void> {
  const warn = sparseWarning(log);
  let server = first;
  let hasListened = server !== undefined;
  while (!signal.aborted) {
    try {
      server ??= listen();
      if (!hasListened) log.info("Serving the dashboard, health and metrics", { url: url() });
      hasListened = true;
      return await server.finished;
    } catch (error) {
      server = undefined;
      if (hasListened && !signal.aborted) {
        warn("The pages cannot be served, trying again", { reason: String(error) });
      }
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

/** Returns whether a promise settles within a time. */
async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return await withDeadline(promise.then(() => true), ms, () => false);
}

function onError(error: unknown): Response {
  log.error("A page failed", { reason: String(error) });
  return new Response("internal error\n", { status: 500 });
}
