/** Login signatures. The secret stays inside the closure: nothing else in the program holds it. */
import { hmacSha256 } from "./hmac.ts";
import { createMask, type Mask } from "./redact.ts";

/** What a v5 login needs. */
export type Credentials = {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
};

/** Makes the args of a v5 login for a time in Unix seconds. */
export type Signer = ((timestampSeconds: number) => Record<string, string>) & {
  /** Takes the login and its last signature out of a text. */
  readonly mask: Mask;
};

/**
 * Prehash is `<timestamp>GET/users/self/verify`, signed with HMAC-SHA256 and written in Base64
 * (OKX v5 documentation, "Login").
 */
export function createSigner(credentials: Credentials): Signer {
  const { apiKey, secret, passphrase } = credentials;
  const maskLogin = createMask([apiKey, secret, passphrase]);
  let last: string | undefined;
  const signer = (timestampSeconds: number) => {
    const timestamp = String(timestampSeconds);
    const sign = hmacSha256(secret, `${timestamp}GET/users/self/verify`);
    last = sign;
    return { apiKey, passphrase, timestamp, sign };
  };
  return Object.assign(signer, {
    mask: (text: string) => maskLogin(last === undefined ? text : text.replaceAll(last, "***")),
  });
}
