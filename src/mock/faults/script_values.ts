/** The values that fault names take: a time, a share, an endpoint. Each reader says what it could not read. */

/** The WebSocket paths of the simulated exchange. */
export type ServerEndpoint = "public" | "private" | "business" | "v3";

const ENDPOINTS: readonly ServerEndpoint[] = ["public", "private", "business", "v3"];
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Parses `250ms`, `2s` or `1m` into milliseconds; a bare number is milliseconds. */
export function parseDuration(fault: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text ?? "");
  const value = match === null ? NaN : Number(match[1]) * (UNITS[match[2] ?? "ms"] ?? NaN);
  if (!(value > 0)) {
    throw new SyntaxError(`Cannot read fault ${fault}: not a time such as 20s: ${text ?? "none"}`);
  }
  return value;
}

export function parseShare(fault: string, text: string | undefined): number {
  const share = text === undefined || text === "" ? NaN : Number(text);
  if (!(share >= 0 && share <= 1)) {
    throw new SyntaxError(`Cannot read fault ${fault}: not a share between 0 and 1: ${text ?? "none"}`);
  }
  return share;
}

export function parseEndpoint(fault: string, text: string): ServerEndpoint {
  const endpoint = ENDPOINTS.find((one) => one === text);
  if (endpoint === undefined) {
    throw new SyntaxError(
      `Cannot read fault ${fault}: no such endpoint: ${text} (known: ${ENDPOINTS.join(", ")})`,
    );
  }
  return endpoint;
}
