/**
 * What the exchange's error codes ask of us, as data. Source of every row: OKX v5 documentation, "WebSocket error
 * codes" (60000 to 64008), and its list of close codes.
 */

/** `refuse`: this argument will not work; `retry`: later; `login`: the credentials will not work; `move`: wrong endpoint. */
export type FaultAction = "refuse" | "retry" | "login" | "move";

const ACTIONS: ReadonlyMap<string, FaultAction> = new Map([
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
  ["50011", "retry"], // general rate limit
]);

/** What to do about an error code; an unknown one refuses the argument it belongs to. */
export function faultAction(code: string): FaultAction {
  return ACTIONS.get(code) ?? "refuse";
}
