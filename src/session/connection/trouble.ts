/** Why there is no connection, as a code that programs act on and words for people. */
import type { ExchangeRejection } from "../../model/events.ts";
import { message } from "../../shared/messages/message.ts";
import { SilentError } from "./socket.ts";

/** How the runtime, Deno 2.9 and the older one of offline builds, names what failed when it dials. */
const KINDS: readonly (readonly [code: string, pattern: RegExp])[] = [
  ["dns", /\bdns error\b|\blookup address\b/i],
  ["connect", /\btcp connect error\b|connection refused|unreachable/i],
  ["tls", /certificate|\btls\b|corrupt message|handshake/i],
  ["handshake", /status code|http/i],
];

/** What the runtime says before each of its reasons, and the number that it puts behind those of the system. */
const PREFACE =
  /^(?:NetworkError: )?failed to connect to WebSocket: |^error sending request for url \(\S*\): |\bclient error \(\w+\): | \(os error \d+\)/g;

/** Returns what the runtime says of a failed dial or request without its own calls and numbers. */
export function dialReason(said: string): string {
  return said.replace(PREFACE, "");
}

/** Returns why a dial failed; `reason` is the error in words, without secrets. */
export function dialTrouble(url: string, error: unknown, reason: string): ExchangeRejection {
  const { host } = new URL(url);
  if (error instanceof SilentError) return troubleOf("timeout", host, reason);
  const [code = "connect"] = KINDS.find(([, pattern]) => pattern.test(reason)) ?? [];
  return troubleOf(code, host, reason);
}

/** Returns why an open connection ended: the exchange's code where it refused the login. */
export function lossTrouble(
  { reason, loginCode }: { readonly reason: string; readonly loginCode: string | undefined },
): ExchangeRejection {
  if (loginCode !== undefined) return { code: loginCode, message: reason };
  return { code: "closed", message: message("reason.closed", { reason }).english };
}

function troubleOf(code: string, host: string, reason: string): ExchangeRejection {
  switch (code) {
    case "dns":
      return { code, message: message("reason.dns", { host, reason }).english };
    case "tls":
      return { code, message: message("reason.tls", { host, reason }).english };
    case "handshake":
      return { code, message: message("reason.handshake", { host, reason }).english };
    case "timeout":
      return { code, message: message("reason.timeout", { reason }).english };
    default:
      return { code, message: message("reason.connect", { host, reason }).english };
  }
}
