/**
 * One WebSocket to the exchange, as values: open it, send, and be told what came. The only `new WebSocket`. The runtime
 * closes a connection on which a message of more than 64 MB comes, and tells the owner so.
 */
import { redactText } from "../okx/redact.ts";

/** What a socket tells its owner. After `close` nothing more comes. */
export type SocketHandlers = {
  readonly onMessage: (data: string | ArrayBuffer) => void;
  /** `reason` is for people: the close code with its text, or the network error. */
  readonly onClose: (reason: string) => void;
};

/** An open connection. */
export type Socket = {
  /** Answers false when the connection is no longer open. */
  send(text: string): boolean;
  /** Stops all handlers at once and closes; may be called twice. */
  close(): void;
};

/**
 * Dials, and resolves when the connection is open. Rejects with an Error in words for people when it cannot be opened,
 * when `dialMs` has passed, or when `signal` is aborted.
 */
export function openSocket(
  url: string,
  handlers: SocketHandlers,
  options: { readonly dialMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  const { dialMs, signal } = options;
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url);
    webSocket.binaryType = "arraybuffer";
    let networkError = "";
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (reason: string) => {
      release();
      silence(webSocket);
      closeQuietly(webSocket);
      reject(new Error(reason));
    };
    const onAbort = () => fail("stopped");
    const timer = setTimeout(() => fail(`no answer within ${dialMs} ms`), dialMs);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();

    webSocket.onerror = (event) =>
      networkError = event instanceof ErrorEvent ? event.message : "network error";
    webSocket.onclose = (event) => fail(closeReason(event, networkError));
    webSocket.onopen = () => {
      release();
      webSocket.onmessage = (event) => handlers.onMessage(event.data);
      webSocket.onclose = (event) => handlers.onClose(closeReason(event, networkError));
      resolve({
        send(text) {
          if (webSocket.readyState !== WebSocket.OPEN) return false;
          webSocket.send(text);
          return true;
        },
        close() {
          silence(webSocket);
          closeQuietly(webSocket);
        },
      });
    };
  });
}

function closeReason(event: CloseEvent, networkError: string): string {
  if (networkError !== "") return redactText(networkError).slice(0, MAX_REASON);
  const meaning = redactText(event.reason) || CLOSE_MEANINGS.get(event.code) || "";
  return meaning === "" ? `closed with code ${event.code}` : `closed with code ${event.code}: ${meaning}`;
}

/** Characters of a network error that are told: one of a handshake may quote what the other side sent. */
const MAX_REASON = 300;

/** Close codes of the exchange (OKX v5 documentation, "Connection close codes") and of the protocol itself. */
const CLOSE_MEANINGS: ReadonlyMap<number, string> = new Map([
  [1006, "the connection broke"],
  [1009, "a request was too long"],
  [4001, "login failed"],
  [4002, "invalid request"],
  [4003, "more than 100 subscriptions of the API key"],
  [4004, "no data received for 30 s"],
  [4005, "read too slowly"],
  [4006, "abnormal disconnect"],
  [4007, "API key changed or deleted"],
  [4008, "too many subscribed channels"],
  [4009, "too many subscriptions on this connection"],
]);

/** Late events of a connection that is given up must not speak for the one that follows it. */
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
    // Already closed, or never opened: what was wanted.
  }
}
