/**
 * HMAC-SHA256 (RFC 2104) out of two plain hashes. Not the runtime's own `createHmac`: older runtimes warn of it on stderr
 * by themselves, and where stderr cannot be written (a full disk) that warning ends the program.
 */
import { createHash } from "node:crypto";

/** The block size of SHA-256 in bytes. */
const BLOCK = 64;

/** The code of a text under a secret, in Base64. */
export function hmacSha256(secret: string, text: string): string {
  const bytes = new TextEncoder().encode(secret);
  const key = new Uint8Array(BLOCK);
  key.set(bytes.length > BLOCK ? createHash("sha256").update(bytes).digest() : bytes);
  const inner = createHash("sha256").update(key.map((byte) => byte ^ 0x36)).update(text).digest();
  return createHash("sha256").update(key.map((byte) => byte ^ 0x5c)).update(inner).digest("base64");
}
