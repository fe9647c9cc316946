/**
 * What a person can look at where the exchange refuses a login. Source: OKX v5 documentation, "Error codes" (50100 to
 * 50121 over REST, 60004 to 60032 over WebSocket); that a key of another region is answered with 60032, 50101 or 50119 is
 * known from reports of users, not from the documentation.
 */

import { errorAction } from "./error_codes.ts";

const KEY = "does ENDPOINT name the region of this key, and demo trading where it was made there? " +
  "okx is global, okx-eea Europe, okx-us USA and Australia, okx-tr Turkey, and -demo behind them demo trading";
const ENVIRONMENT = "keys of demo trading need an ENDPOINT with -demo, all others one without; " +
  "okx-eea is Europe, okx-us USA and Australia, okx-tr Turkey";
const ADDRESS = "the address of this machine is not in the IP list of the key: add it where the key was made";
const PASSPHRASE =
  "password is the passphrase that was chosen when the key was made, not that of the account";
const SECRET = "secret is not the one of this apiKey, or was not copied whole";
const CLOCK = "the clock of this machine is off: let NTP set it";
const FROZEN = "the key or the account is frozen, or has expired: look at it at the exchange";
const ANY =
  "check apiKey, secret and password, the region and demo trading of ENDPOINT, and the IP list of the key";

const HINTS: ReadonlyMap<string, string> = new Map([
  ["50100", FROZEN],
  ["50101", ENVIRONMENT],
  ["50102", CLOCK],
  ["50105", PASSPHRASE],
  ["50110", ADDRESS],
  ["50111", KEY],
  ["50113", SECRET],
  ["50114", ANY],
  ["50119", KEY],
  ["50121", ANY],
  ["60001", ANY],
  ["60002", ANY],
  ["60003", ANY],
  ["60004", CLOCK],
  ["60005", KEY],
  ["60006", CLOCK],
  ["60007", SECRET],
  ["60009", ANY],
  ["60024", PASSPHRASE],
  ["60032", KEY],
]);

/** A refusal of a login, with what to look at behind it; one that will pass by itself stays as it is. */
export function withLoginHint(code: string, message: string): string {
  const hint = HINTS.get(code) ?? (errorAction(code) === "retry" ? undefined : ANY);
  return hint === undefined ? message : `${message} (${hint})`;
}

/** The answer to a signed REST call, with what to look at where it is the login that was refused. */
export function withCallHint(code: string, message: string): string {
  return HINTS.has(code) ? withLoginHint(code, message) : message;
}

/** What to look at where a login was refused, for whoever tries one. */
export function loginHint(code: string): string {
  return HINTS.get(code) ?? (errorAction(code) === "retry" ? "try again in a minute" : ANY);
}
