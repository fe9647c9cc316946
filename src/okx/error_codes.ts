/**
 * What the exchange's error codes ask of us, as data. Source of every row: OKX v5 documentation, "WebSocket error
 * codes" (60000 to 64008), and its list of close codes; of 30xxx: OKEx v3 documentation, "Error codes".
 */

/** `refuse`: this argument will not work; `retry`: later; `login`: the credentials will not work; `move`: wrong endpoint. */
export type ErrorAction = "refuse" | "retry" | "login" | "move";

const ACTIONS: ReadonlyMap<string, ErrorAction> = new Map([
  ["60004", "login"], // timestamp has the wrong form
  ["60005", "login"], // key invalid
  ["60006", "retry"], // timestamp more than 30 s off
  ["60007", "login"], // signature invalid
  ["60009", "login"], // login failed
  ["60014", "retry"], // too many requests
  ["60023", "retry"], // logins too frequent
  ["60024", "login"], // passphrase wrong
  ["60032", "login"], // key does not exist
  ["63999", "retry"], // login failed inside the exchange
  ["64001", "move"], // channel lives on /business
  ["64002", "move"], // channel is not on /business
  ["64007", "retry"], // internal error
  ["50001", "retry"], // temporarily unavailable
  ["50004", "retry"], // endpoint timed out
  ["50011", "retry"], // general rate limit
  ["50013", "retry"], // busy
  ["50026", "retry"], // system error
  ["50061", "retry"], // too many requests of the account
  ["30001", "login"], // key missing
  ["30002", "login"], // signature missing
  ["30003", "login"], // timestamp missing
  ["30004", "login"], // passphrase missing
  ["30005", "login"], // timestamp has the wrong form
  ["30006", "login"], // key invalid
  ["30008", "retry"], // timestamp more than 30 s off
  ["30009", "retry"], // internal error
  ["30010", "login"], // API validation failed
  ["30011", "login"], // address not allowed
  ["30012", "login"], // authorisation invalid
  ["30013", "login"], // signature invalid
  ["30014", "retry"], // too many requests
  ["30015", "login"], // passphrase wrong
  ["30016", "login"], // key of another version
  ["30017", "login"], // broker does not match
  ["30018", "login"], // domain does not match
  ["30026", "retry"], // too many requests
  ["30027", "login"], // login failed
  ["30028", "login"], // not authorised
  ["30029", "login"], // account suspended
  ["30030", "retry"], // endpoint failed
  ["30037", "retry"], // endpoint offline
  ["30038", "login"], // user does not exist
  ["30040", "refuse"], // channel does not exist
  ["30041", "refuse"], // channel needs a login, and there was none
]);

/** Returns what to do about an error code; an unknown one refuses the argument it belongs to. */
export function errorAction(code: string): ErrorAction {
  return ACTIONS.get(code) ?? "refuse";
}
