/**
 * One WebSocket to the exchange, as values: open it, send, and pass on what comes. The only `new WebSocket`. The runtime
 * closes a connection on which a message of more than 64 MB comes, with a reason.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { within } from "../../shared/async/within.ts";
import { redactText } from "../../okx/redact.ts";
import { type Message, message } from "../../shared/messages/message.ts";
import { usesProxies } from "../../shared/proxy.ts";

/** Whom a socket calls. After `close` nothing more comes. */
export type SocketHandlers = {
  onMessage(data: string | ArrayBuffer): void;
  /** `reason` is for people: the close code with its text, or the network error. */
  onClose(reason: string): void;
};

/** An open connection. */
export type Socket = {
  /** Returns false when the connection is no longer open. */
  send(text: string): boolean;
  /** Stops all handlers at once and closes; may be called twice. */
  close(): void;
};

/** Who sees every frame as it is on the wire, before anything is made of it. */
export type FrameTap = {
  onReceived(data: string | ArrayBuffer): void;
  onSent(text: string): void;
  /** The connection is closed, by whichever side; may be called twice. */
  onEnd(reason: string): void;
};

/** How to dial. */
export type DialOptions = {
  readonly dialMs: number;
  readonly signal: AbortSignal;
  /** Leaves the IPv6 addresses of the host out; only where {@link CAN_CHOOSE_FAMILY}. */
  readonly ipv4Only?: boolean;
  /** Called when the connection is open; without it the way of a frame has no step more. */
  readonly tap?: (() => FrameTap) | undefined;
};

/** Whether the runtime lets a socket choose its addresses; since Deno 2.5.1. */
export const CAN_CHOOSE_FAMILY: boolean = usesProxies(Deno.version.deno);

/** No answer came in time. A host with several addresses may have answered at another one. */
export class SilentError extends Error {
  override readonly name = "SilentError";
  /** What the name of the host stands for here; empty for an address. */
  readonly addresses: readonly string[];

  constructor(message: string, addresses: readonly string[]) {
    super(message);
    this.addresses = addresses;
  }

  /** Whether the host has addresses of both families, so that the other one may answer. */
  get hasBothFamilies(): boolean {
    return this.addresses.some((each) => each.includes(":")) &&
      this.addresses.some((each) => !each.includes(":"));
  }
}

/**
 * Dials, and resolves when the connection is open. Rejects with an Error in words for people when it cannot be opened,
 * when `dialMs` has passed, or when `signal` is aborted.
 */
export function openSocket(
  url: string,
  handlers: SocketHandlers,
  options: DialOptions,
): Promise<Socket> {
  const { dialMs, signal, ipv4Only = false, tap: openTap } = options;
  return new Promise((resolve, reject) => {
    let client = ipv4Only ? Deno.createHttpClient({ localAddress: "0.0.0.0" }) : undefined;
    const webSocket = client === undefined ? new WebSocket(url) : new WebSocket(url, withClient(client));
    webSocket.binaryType = "arraybuffer";
    const closeClient = () => {
      client?.close();
      client = undefined;
    };
    let networkError = "";
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const giveUp = () => {
      release();
      silence(webSocket);
      closeQuietly(webSocket);
      closeClient();
    };
    const fail = (reason: string) => {
      giveUp();
      reject(new Error(reason));
    };
    const onAbort = () => fail("stopped");
    const timer = setTimeout(async () => {
      giveUp();
      const { hostname } = new URL(url);
      const addresses = await addressesOf(hostname);
      const where = addresses.length === 0 ? hostname : `${hostname} (${addresses.slice(0, 8).join(", ")})`;
      const key = ipv4Only ? "connection.silent_ipv4" : "connection.silent";
      reject(new SilentError(message(key, { ms: dialMs, host: where }).english, addresses));
    }, dialMs);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();

    webSocket.onerror = (event) =>
      networkError = event instanceof ErrorEvent ? event.message : "network error";
    webSocket.onclose = (event) => fail(closeReason(event, networkError));
    webSocket.onopen = () => {
      release();
      const tap = openTap?.();
      webSocket.onmessage = tap === undefined ? (event) => handlers.onMessage(event.data) : (event) => {
        tap.onReceived(event.data);
        handlers.onMessage(event.data);
      };
      webSocket.onclose = (event) => {
        closeClient();
        const reason = closeReason(event, networkError);
        tap?.onEnd(reason);
        handlers.onClose(reason);
      };
      resolve({
        send(text) {
          if (webSocket.readyState !== WebSocket.OPEN) return false;
          webSocket.send(text);
          tap?.onSent(text);
          return true;
        },
        close() {
          silence(webSocket);
          closeQuietly(webSocket);
          closeClient();
          tap?.onEnd("closed by okws");
        },
      });
    };
  });
}

/** The options of a WebSocket that the runtime takes and its types do not have yet. */
function withClient(client: Deno.HttpClient): string[] {
  return { client } as unknown as string[];
}

/** How long a name may take to be looked up once more. */
const LOOKUP_MS = 1000;

/** Returns what a name stands for here: which of its addresses is silent, the runtime does not say. */
async function addressesOf(hostname: string): Promise<string[]> {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return [];
  const looking = lookup(hostname, { all: true }).then((found) => found.map(({ address }) => address));
  return await within(looking, AbortSignal.timeout(LOOKUP_MS)).catch(() => []);
}

function closeReason(event: CloseEvent, networkError: string): string {
  if (networkError !== "") return redactText(networkError).slice(0, MAX_REASON);
  const { code } = event;
  const reason = redactText(event.reason) || CLOSE_MEANINGS.get(code);
  return reason === undefined
    ? message("connection.closed", { code }).english
    : message("connection.closed_because", { code, reason }).english;
}

/** Characters of a network error that are passed on: one of a handshake may quote what the other side sent. */
const MAX_REASON = 300;

/** Close codes of the exchange (OKX v5 documentation, "Connection close codes") and of the protocol itself. */
const CLOSE_MEANINGS: ReadonlyMap<number, Message> = new Map([
  [1006, message("connection.broke")],
  [1009, message("connection.long_request")],
  [4001, message("connection.login_failed")],
  [4002, message("connection.invalid_request")],
  [4003, message("connection.many_of_key")],
  [4004, message("connection.no_data")],
  [4005, message("connection.slow")],
  [4006, message("connection.abnormal")],
  [4007, message("connection.key_changed")],
  [4008, message("connection.many_channels")],
  [4009, message("connection.many_here")],
]);

/** Late events of a connection that is given up must not be taken for those of the one that follows it. */
function silence(webSocket: WebSocket): void {
  webSocket.onopen =
    webSocket.onmessage =
    webSocket.onclose =
    webSocket.onerror =
      null;
}

function closeQuietly(webSocket: WebSocket): void {
  try {
    webSocket.close();
  } catch {
    // Already closed, or never opened: what was desired.
  }
}
