/**
 * The demo credentials and the check of a login: the signature over timestamp, `GET` and
 * `/users/self/verify`, and the window of 30 seconds, as the official documentation describes.
 */
import { createHmac } from "node:crypto";

export const DEMO_CREDENTIALS = {
  apiKey: "demo-key",
  secret: "demo-secret",
  passphrase: "demo-pass",
} as const;

/**
 * Keys that exist but not here: of an account in another region, of the other environment (production or demo trading), and
 * bound to other addresses. Their codes at a WebSocket login and in REST.
 */
export const REFUSED_KEYS = [
  { key: "other-region-key", socket: "60032", rest: "50119" },
  { key: "other-environment-key", socket: "50101", rest: "50101" },
  { key: "other-address-key", socket: "50110", rest: "50110" },
] as const;

export type LoginArgs = { apiKey: string; passphrase: string; timestamp: string; sign: string };

/** Why a login was refused; `codes` differ between the two protocols. */
export type LoginFault = "key" | "passphrase" | "timestamp" | "expired" | "sign";

const WINDOW_MS = 30_000;

export function checkLogin(args: LoginArgs, nowMs: number): LoginFault | undefined {
  const { apiKey, passphrase, timestamp, sign } = args;
  if (apiKey !== DEMO_CREDENTIALS.apiKey) return "key";
  if (!/^\d{9,11}(\.\d+)?$/.test(timestamp)) return "timestamp";
  if (Math.abs(Number(timestamp) * 1000 - nowMs) > WINDOW_MS) return "expired";
  if (sign !== signLogin(timestamp)) return "sign";
  if (passphrase !== DEMO_CREDENTIALS.passphrase) return "passphrase";
  return undefined;
}

/** Returns the right signature for a timestamp in seconds. */
export function signLogin(timestamp: string, secret: string = DEMO_CREDENTIALS.secret): string {
  return hmac(secret, `${timestamp}GET/users/self/verify`);
}

/** Returns the HMAC-SHA256 of a text in Base64. */
export function hmac(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64");
}
