/** Login signatures. The secret stays inside the closure: nothing else in the program holds it. */
import { createHmac } from "node:crypto";
import { createMask, type Mask } from "./redact.ts";

/** What a v5 login needs. */
export type Credentials = {
  readonly apiKey: string;
  readonly secret: string;
  readonly passphrase: string;
};

/** Makes the args of a v5 login for a time in Unix seconds. */
export type Signer = ((timestampSeconds: number) => Record<string, string>) & {
  /** Takes the login and its last signatures out of a text. */
  readonly mask: Mask;
  /** Makes the headers of a REST call for a time in Unix milliseconds; `requestPath` with its query. */
  headers(requestPath: string, nowMs: number): Record<string, string>;
};

/** Makes the headers of a REST call from its path and query. */
export type RequestSigner = ((requestPath: string) => Record<string, string>) & { readonly mask: Mask };

/**
 * Creates what signs a login. Prehash is `<timestamp>GET/users/self/verify`, signed with HMAC-SHA256 and written in Base64
 * (OKX v5 documentation, "Login"); of a REST call the time is in ISO 8601 and the path its own ("REST authentication").
 */
export function createSigner(credentials: Credentials): Signer {
  const { apiKey, secret, passphrase } = credentials;
  const maskLogin = createMask([apiKey, secret, passphrase]);
  const last: Record<"login" | "call", string[]> = { login: [], call: [] };
  let maskSigns: Mask = createMask([]);
  const remember = (kind: keyof typeof last, sign: string) => {
    last[kind] = [sign, ...last[kind]].slice(0, REMEMBERED);
    maskSigns = createMask([...last.login, ...last.call]);
  };
  const signer = (timestampSeconds: number) => {
    const timestamp = String(timestampSeconds);
    const sign = hmac(secret, `${timestamp}GET/users/self/verify`);
    remember("login", sign);
    return { apiKey, passphrase, timestamp, sign };
  };
  return Object.assign(signer, {
    mask: (text: string) => maskLogin(maskSigns(text)),
    headers(requestPath: string, nowMs: number) {
      const timestamp = new Date(nowMs).toISOString();
      const sign = hmac(secret, `${timestamp}GET${requestPath}`);
      remember("call", sign);
      return {
        "OK-ACCESS-KEY": apiKey,
        "OK-ACCESS-SIGN": sign,
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": passphrase,
      };
    },
  });
}

/** Signatures of each kind that are known: what repeats one may come after the next was made. */
const REMEMBERED = 4;

/** HMAC-SHA256 in Base64. */
function hmac(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64");
}
