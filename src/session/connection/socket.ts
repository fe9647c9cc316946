/** One WebSocket to the exchange, as values: open it, send, and pass on what comes, as fast as it is taken. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { within } from "../../shared/async/within.ts";
import { redactText } from "../../okx/redact.ts";
import { type Message, message } from "../../shared/messages/message.ts";
import { usesProxies } from "../../shared/proxy.ts";
import { openIpv4Wire, openWire, type Wire } from "./wire.ts";

/** Whom a socket calls. After `close` nothing more comes. */
export type SocketHandlers = {
  /** Returns what the next message has to wait for; undefined: nothing. */
  onMessage(data: string | ArrayBuffer): Promise<void> | void;
  /** `reason` is for people: the close code with its text, or the network error. */
  onClose(reason: string): void;
};

/** An open connection. */
export type Socket = {
  /** Returns false when the connection is no longer open. */
  send(text: string): boolean;
  /** Stops all handlers at once and closes; may be called twice. Resolves when the other side has closed too, or soon. */
  close(): Promise<void>;
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
  /** Called when the connection is open. */
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
export async function openSocket(
  url: string,
  handlers: SocketHandlers,
  options: DialOptions,
): Promise<Socket> {
  const wire = await dial(url, options);
  const tap = options.tap?.();
  let state: "open" | "ended" | "closed" = "open";
  const receive = async (): Promise<string> => {
    try {
      for (;;) {
        const { value, done } = await wire.read();
        if (done) return closeReason(await wire.closed);
        // Late events of a connection that is given up must not be taken for those of the one that follows it.
        if (state === "closed") continue;
        const data = value instanceof Uint8Array ? value.slice().buffer : value;
        tap?.onReceived(data);
        const room = handlers.onMessage(data);
        if (room !== undefined) await room;
      }
    } catch (error) {
      return brokenReason(error);
    }
  };
  void receive().then((reason) => {
    if (state === "closed") return;
    state = "ended";
    tap?.onEnd(reason);
    handlers.onClose(reason);
  });
  return {
    send(text) {
      if (state !== "open") return false;
      wire.send(text);
      tap?.onSent(text);
      return true;
    },
    async close() {
      const isOpen = state === "open";
      state = "closed";
      tap?.onEnd("closed by okws");
      if (!isOpen) return;
      wire.close();
      await withDeadline(wire.closed.catch(() => {}), CLOSE_MS, () => {});
      // The runtime sets a timer of its own when it closes, which is over before this one.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

async function dial(url: string, { dialMs, signal, ipv4Only = false }: DialOptions): Promise<Wire> {
  const dialling = new AbortController();
  const onAbort = () => dialling.abort();
  const timer = setTimeout(onAbort, dialMs);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await (ipv4Only ? openIpv4Wire : openWire)(url, dialling.signal);
  } catch (error) {
    if (signal.aborted) throw new Error("stopped");
    if (dialling.signal.aborted) throw await silentError(url, dialMs, ipv4Only);
    throw new Error(brokenReason(error));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function silentError(url: string, ms: number, ipv4Only: boolean): Promise<SilentError> {
  const { hostname } = new URL(url);
  const addresses = await addressesOf(hostname);
  const host = addresses.length === 0 ? hostname : `${hostname} (${addresses.slice(0, 8).join(", ")})`;
  const key = ipv4Only ? "connection.silent_ipv4" : "connection.silent";
  return new SilentError(message(key, { ms, host }).english, addresses);
}

/** How long the other side may take to close. */
const CLOSE_MS = 50;

/** How long a name may take to be looked up once more. */
const LOOKUP_MS = 1000;

/** Returns what a name stands for here: which of its addresses is silent, the runtime does not say. */
async function addressesOf(hostname: string): Promise<string[]> {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return [];
  const resolving = lookup(hostname, { all: true }).then((found) => found.map(({ address }) => address));
  return await within(resolving, AbortSignal.timeout(LOOKUP_MS)).catch(() => []);
}

/** What the runtime says of a connection that broke, or was not opened. */
function brokenReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === "" ? closeReason({ closeCode: BROKEN }) : redactText(text).slice(0, MAX_REASON);
}

function closeReason({ closeCode: code = BROKEN, reason: said = "" }: Awaited<Wire["closed"]>): string {
  const reason = redactText(said) || CLOSE_MEANINGS.get(code);
  return reason === undefined
    ? message("connection.closed", { code }).english
    : message("connection.closed_because", { code, reason }).english;
}

/** Characters of a network error that are passed on: one of a handshake may quote what the other side sent. */
const MAX_REASON = 300;

/** What RFC 6455 calls a connection that ended without a code. */
const BROKEN = 1006;

/** Close codes of the exchange (OKX v5 documentation, "Connection close codes") and of the protocol itself. */
const CLOSE_MEANINGS: ReadonlyMap<number, Message> = new Map([
  [BROKEN, message("connection.broke")],
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
