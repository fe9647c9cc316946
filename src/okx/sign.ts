/** Login signatures. The secret stays inside the closure: nothing else in the program holds it. */
import { createHmac } from "node:crypto";

/** What a v5 login needs. */
export type Credentials = {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
};

/** Makes the args of a v5 login for a time in Unix seconds. */
export type Signer = (timestampSeconds: number) => Record<string, string>;

/**
 * Prehash is `<timestamp>GET/users/self/verify`, signed with HMAC-SHA256 and written in Base64
 * (OKX v5 documentation, "Login").
 */
export function createSigner(credentials: Credentials): Signer {
  const { apiKey, secret, passphrase } = credentials;
  return (timestampSeconds) => {
    const timestamp = String(timestampSeconds);
    const sign = createHmac("sha256", secret).update(`${timestamp}GET/users/self/verify`).digest("base64");
    return { apiKey, passphrase, timestamp, sign };
  };
}
