/** The `HTTP` setting taken apart, and which host names mean this machine alone. */

/** `hostname` is without the brackets of an IPv6 address. */
export type HttpAddress = { readonly hostname: string; readonly port: number };

/** Takes `HOST:PORT`, as the configuration has checked it. */
export function parseHttpAddress(address: string): HttpAddress {
  const split = address.lastIndexOf(":");
  return {
    hostname: address.slice(0, split).replace(/^\[|\]$/g, ""),
    port: Number(address.slice(split + 1)),
  };
}

/** Returns whether a name or address leads to this machine only; without brackets. */
export function isLoopback(hostname: string): boolean {
  return isLoopbackAddress(hostname) || hostname.toLowerCase().endsWith(".localhost");
}

/**
 * Returns whether it can be listened on by this machine alone: names below `localhost` lead here, but need not have an
 * address.
 */
export function isLoopbackAddress(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name === "localhost" || name === "::1") return true;
  return /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}
