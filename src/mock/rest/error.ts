/**
 * The refusals of REST: code, HTTP status and text as the official documentation lists them ("Error code", REST API, public).
 */

/** An answer other than code 0. */
export class RestError extends Error {
  override name = "RestError";
  readonly code: string;
  /** What the code's text names, in its order. */
  constructor(code: string, ...params: readonly string[]) {
    super(messageOf(code, ...params));
    this.code = code;
  }

  get status(): number {
    return statusOf(this.code);
  }
}

const CODES: Readonly<Record<string, readonly [status: number, text: string]>> = {
  "404": [404, "Not Found"],
  "50001": [503, "Service temporarily unavailable. Please try again later."],
  "50004": [400, "API endpoint request timeout. (does not mean that the request was successful or failed)"],
  "50011": [429, "Too Many Requests"],
  "50013": [429, "Systems are busy. Please try again later."],
  "50014": [400, "Parameter {0} can not be empty."],
  "50015": [400, "Either parameter {0} or {1} is required"],
  "50016": [400, "Parameter {0} does not match parameter {1}"],
  "50026": [500, "System error. Try again later"],
  "50030": [200, "You don't have permission to use this API endpoint"],
  "50038": [200, "This feature is unavailable in demo trading"],
  "50039": [200, 'Parameter "before" isn\'t supported for timestamp pagination'],
  "50061": [200, "You've reached the maximum order rate limit for this account."],
  "50101": [401, "APIKey does not match current environment."],
  "50102": [401, "Timestamp request expired."],
  "50103": [401, 'Request header "OK-ACCESS-KEY" cannot be empty.'],
  "50104": [401, 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.'],
  "50105": [401, 'Request header "OK-ACCESS-PASSPHRASE" incorrect.'],
  "50106": [401, 'Request header "OK-ACCESS-SIGN" cannot be empty.'],
  "50107": [401, 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.'],
  "50110": [401, "Your IP {0} is not included in your API key's IP whitelist."],
  "50111": [401, "Invalid OK-ACCESS-KEY."],
  "50112": [401, "Invalid OK-ACCESS-TIMESTAMP."],
  "50113": [401, "Invalid signature."],
  "50119": [200, "API key doesn't exist"],
  "50120": [200, "This API key doesn't have permission to use this function"],
  "51000": [400, "Parameter {0} error"],
  "51001": [200, "Instrument ID, Instrument ID code or Spread ID doesn't exist."],
  "51003": [200, "Either client order ID or order ID is required."],
  "51014": [200, "Index doesn't exist."],
  "51015": [200, "Instrument ID doesn't match instrument type."],
  "51603": [200, "Order does not exist."],
};

export function statusOf(code: string): number {
  return CODES[code]?.[0] ?? 200;
}

export function messageOf(code: string, ...params: readonly string[]): string {
  return (CODES[code]?.[1] ?? "Operation failed.").replace(
    /\{(\d)\}/g,
    (_, index) => params[Number(index)] ?? "",
  );
}
