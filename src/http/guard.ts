/**
 * Who is answered. Without a password only requests that name this machine are, so that a page of somebody else cannot
 * reach okws through a name of its own that leads to 127.0.0.1 (DNS rebinding); with one, whoever knows it.
 */
import { auth } from "hono/utils/basic-auth";
import { timingSafeEqual } from "hono/utils/buffer";
import { isLoopback } from "../http_address.ts";

/** How the pages may be reached. */
export type Access = {
  /** The configured host name, without brackets. */
  readonly hostname: string;
  readonly user: string;
  readonly password: string | undefined;
};

/** `reasons`: readiness alone, without its reasons, since a probe has no password. */
export type Verdict = "all" | "reasons" | Response;

/** Longest address of a request; a path of the exchange fits many times. */
const MAX_URL = 2048;

/** Decides about one request; a response refuses it. */
export async function admit(request: Request, access: Access): Promise<Verdict> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(405, "Only GET is answered", { allow: "GET, HEAD" });
  }
  if (request.url.length > MAX_URL) return refuse(414, "The address is too long");
  const url = new URL(request.url);
  if (access.password === undefined && !isOurs(url.hostname, access.hostname)) {
    return refuse(403, "Without HTTP_PASSWORD okws answers to localhost and loopback addresses only");
  }
  // No other site has a reason to read these, and each open stream costs a place.
  if (url.pathname.startsWith("/api/") && request.headers.get("sec-fetch-site") === "cross-site") {
    return refuse(403, "Other sites may not read this");
  }
  if (await isKnown(request, access)) return "all";
  if (url.pathname === "/livez") return "all";
  if (url.pathname === "/readyz") return "reasons";
  return refuse(401, "A user name and password are needed", {
    "www-authenticate": 'Basic realm="okws", charset="UTF-8"',
  });
}

function isOurs(hostname: string, configured: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return isLoopback(name) || name === configured.toLowerCase();
}

/** Both are compared in full and in the same time, whatever is wrong. */
async function isKnown(request: Request, { user, password }: Access): Promise<boolean> {
  if (password === undefined) return true;
  const given = auth(request);
  const names = await timingSafeEqual(user, given?.username ?? "");
  const passwords = await timingSafeEqual(password, given?.password ?? "");
  return given !== undefined && names && passwords;
}

function refuse(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  });
}
