/**
 * Who may steer the simulated exchange and read what it reports about itself: programs, and no page of another site that a
 * browser on this machine has open. A page may send a plain POST anywhere, but the browser says of which site it is; and a
 * name of its own that leads here (DNS rebinding) is not the name of this machine.
 */

/** Returns why a request is not answered; undefined: it is. `hostname` is what the server listens on. */
export function controlRefusal(request: Request, hostname: string): string | undefined {
  const { host, hostname: named } = new URL(request.url);
  if (!isHere(named, hostname)) {
    return "Only requests that name this machine may steer the simulated exchange";
  }
  const { headers } = request;
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isForeign = (origin !== null && !isOf(origin, host)) || site === "cross-site" || site === "same-site";
  return isForeign ? "Pages of other sites may not steer the simulated exchange" : undefined;
}

function isOf(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host;
  } catch {
    // `null`, as pages without a site of their own have it.
    return false;
  }
}

/** A server that listens everywhere is reached by names that nobody here knows. */
function isHere(named: string, hostname: string): boolean {
  const name = named.replace(/^\[|\]$/g, "");
  return hostname === "0.0.0.0" || hostname === "::" || name === hostname || name === "localhost" ||
    name === "::1" || /^127\.\d+\.\d+\.\d+$/.test(name);
}
