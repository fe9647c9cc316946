/** The check of a signed REST call: key, time, signature and passphrase, in the codes of the official documentation. */
import { DEMO_CREDENTIALS, hmac, REFUSED_KEYS } from "../login.ts";
import { RestError } from "./error.ts";

const WINDOW_MS = 30_000;

/**
 * Throws unless a call is signed as the exchange wants it. `matches`: the call is for the environment that the key was made in.
 */
export function checkSignature(
  url: URL,
  headers: Headers | undefined,
  call: { readonly nowMs: number; readonly client: string; readonly matches: boolean },
): void {
  const given = (name: string) => headers?.get(`OK-ACCESS-${name}`) ?? "";
  const { apiKey, secret, passphrase } = DEMO_CREDENTIALS;
  if (given("KEY") === "") throw new RestError("50103");
  if (given("PASSPHRASE") === "") throw new RestError("50104");
  if (given("SIGN") === "") throw new RestError("50106");
  if (given("TIMESTAMP") === "") throw new RestError("50107");
  const refused = REFUSED_KEYS.find(({ key }) => key === given("KEY"));
  if (refused !== undefined) throw new RestError(refused.rest, call.client);
  if (given("KEY") !== apiKey) throw new RestError("50111");
  if (!call.matches) throw new RestError("50101");
  const sentAt = Date.parse(given("TIMESTAMP"));
  if (Number.isNaN(sentAt)) throw new RestError("50112");
  if (Math.abs(sentAt - call.nowMs) > WINDOW_MS) throw new RestError("50102");
  const right = hmac(secret, `${given("TIMESTAMP")}GET${url.pathname}${url.search}`);
  if (given("SIGN") !== right) throw new RestError("50113");
  if (given("PASSPHRASE") !== passphrase) throw new RestError("50105");
}
