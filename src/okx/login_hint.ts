/**
 * What a person can look at where the exchange refuses a login. Source: OKX v5 documentation, "Error codes" (50100 to
 * 50121 over REST, 60004 to 60032 over WebSocket); that a key of another region is answered with 60032, 50101 or 50119 is
 * known from reports of users, not from the documentation.
 */

import { errorAction } from "./error_codes.ts";
import { type Message, message } from "../shared/messages/message.ts";

const KEY = message("login.region");
const ENVIRONMENT = message("login.demo");
const ADDRESS = message("login.ip");
const PASSPHRASE = message("login.passphrase");
const SECRET = message("login.secret");
const CLOCK = message("login.clock");
const FROZEN = message("login.frozen");
const ANY = message("login.other");

const HINTS: ReadonlyMap<string, Message> = new Map([
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

/** Returns a refusal of a login, with what to look at behind it; one that will pass by itself stays as it is. */
export function withLoginHint(code: string, said: string): string {
  const hint = HINTS.get(code) ?? (errorAction(code) === "retry" ? undefined : ANY);
  return hint === undefined ? said : message("join.remedy", { reason: said, remedy: hint }).english;
}

/** Returns the answer to a signed REST call, with what to look at where it is the login that was refused. */
export function withCallHint(code: string, message: string): string {
  return HINTS.has(code) ? withLoginHint(code, message) : message;
}

/** Returns what to check where the exchange refused a login with this code. */
export function loginHint(code: string): Message {
  return HINTS.get(code) ?? (errorAction(code) === "retry" ? message("login.later") : ANY);
}
