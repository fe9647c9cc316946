/**
 * Whether a request may send a command at all, before anybody looks at its login: a browser adds the password to whatever a page
 * asks of okws, also to what a page of somebody else asks. So what a browser says of the asking page has to name okws itself, and
 * the body has to be of a type that no form can send and no other page may send without asking first.
 */

import { message } from "../shared/messages/message.ts";

/** Why a request is refused, as a status and a sentence. */
export type Refusal = { readonly status: number; readonly message: string };

/** Returns why it may not; undefined: it may, given the right login. */
export function refuseCommand(request: Request, hasPassword: boolean): Refusal | undefined {
  const { headers } = request;
  if (!hasPassword) {
    return {
      status: 403,
      message: message("http.only_shows").english,
    };
  }
  if (!isOwnPage(headers, new URL(request.url).host)) {
    return {
      status: 403,
      message: message("http.own_page").english,
    };
  }
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return { status: 415, message: message("http.not_json").english };
  }
}

/** Returns whether it was sent by our own page, or by what is no browser: that sends neither of the two headers. */
function isOwnPage(headers: Headers, host: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  const origin = headers.get("origin");
  if (origin === null) return true;
  // A proxy may use TLS where okws does not: the name and the port have to be the same, the scheme need not.
  const parsed = URL.parse(origin);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.host === host;
}
