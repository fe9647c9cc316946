/** The exchange's signature of a login or a REST call. */
import { createHmac } from "node:crypto";

export function signature(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64");
}
