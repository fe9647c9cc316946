/**
 * Who is answered. Without a password only requests that name this machine are, so that a page of somebody else cannot
 * reach okws through a name of its own that leads to 127.0.0.1 (DNS rebinding); with one, everybody who knows it.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { auth } from "hono/utils/basic-auth";
import { isLoopback } from "../shared/http_address.ts";
import { refuseCommand } from "./command_guard.ts";
import { COMMANDS_PATH } from "./commands.ts";
import type { Logins, LoginVerdict } from "./logins.ts";
import { plainText } from "./plain_text.ts";

/** How the pages may be reached. */
export type Access = {
  /** The configured host name, without brackets. */
  readonly hostname: string;
  readonly user: string;
  readonly password: string | undefined;
};

/** `reasons`: readiness alone, without its reasons, since a probe has no password. */
export type Admission = "all" | "reasons" | Response;

/** Longest address of a request; a path of the exchange fits many times. */
const MAX_URL = 2048;

/** Decides about one request of the address `from`; a response refuses it. */
export async function admit(
  request: Request,
  from: string,
  access: Access,
  logins: Logins,
): Promise<Admission> {
  if (request.url.length > MAX_URL) return plainText(414, "The address is too long");
  const url = new URL(request.url);
  const isCommand = url.pathname === COMMANDS_PATH;
  if (isCommand && request.method !== "POST") {
    return plainText(405, "Commands are sent by POST", { allow: "POST" });
  }
  if (!isCommand && request.method !== "GET" && request.method !== "HEAD") {
    return plainText(405, "Only GET is answered", { allow: "GET, HEAD" });
  }
  if (access.password === undefined && !isOurs(url.hostname, access.hostname)) {
    return plainText(403, "Without HTTP_PASSWORD okws answers to localhost and loopback addresses only");
  }
  if (isCommand) {
    const refusal = refuseCommand(request, access.password !== undefined);
    if (refusal !== undefined) return plainText(refusal.status, refusal.message);
  }
  // No other site has a reason to read these, and each open stream uses up one of few.
  if (url.pathname.startsWith("/api/") && request.headers.get("sec-fetch-site") === "cross-site") {
    return plainText(403, "Other sites may not read this");
  }
  if (url.pathname === "/livez") return "all";
  const known = await isKnown(request, from, access, logins);
  if (known === "busy") {
    return plainText(429, "Too many logins were wrong; try again in a moment", { "retry-after": "2" });
  }
  if (known) return "all";
  if (url.pathname === "/readyz") return "reasons";
  return plainText(401, "A user name and password are needed", {
    "www-authenticate": 'Basic realm="okws", charset="UTF-8"',
  });
}

function isOurs(hostname: string, configured: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return isLoopback(name) || name === configured.toLowerCase();
}

async function isKnown(
  request: Request,
  from: string,
  { user, password }: Access,
  logins: Logins,
): Promise<LoginVerdict> {
  if (password === undefined) return true;
  const given = auth(request);
  if (given === undefined) return false;
  return await logins.try(from, () => {
    // Both are compared in full and in the same time, whatever is wrong.
    const names = isSame(user, given.username);
    const passwords = isSame(password, given.password);
    return names && passwords;
  });
}

function isSame(expected: string, given: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
