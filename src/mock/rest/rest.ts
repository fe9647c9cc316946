/**
 * A REST call from its URL to its answer: envelope, errors and, when asked for, the rate limits of the official documentation.
 * The calls themselves are in tables: what anybody may ask, and what is asked about an account.
 */
import type { Market } from "../market/market.ts";
import { ACCOUNT_CALLS } from "./account.ts";
import { checkSignature } from "./auth.ts";
import type { Call, RestAnswer } from "./call.ts";
import { RestError } from "./error.ts";
import type { RestFault } from "../faults/fault.ts";
import { foreignParams } from "./foreign.ts";
import { PUBLIC_CALLS } from "./public.ts";

export type RestRequest = {
  readonly nowMs: number;
  /** The address that asks. */
  readonly client: string;
  readonly headers?: Headers;
  readonly faults?: readonly RestFault[];
};

export type Rest = (url: URL, request: RestRequest) => RestAnswer;

export type RestOptions = {
  /** The market of the environment that this exchange is: production, or demo trading. */
  readonly market: Market;
  /** Whether it is demo trading. */
  readonly demo?: boolean;
  /** The market of the other environment, which the same REST host serves. */
  readonly other?: (nowMs: number) => Market;
  readonly limits?: boolean;
};

const PREFIX = "/api/v5";

export function createRest(options: RestOptions): Rest {
  const { market, demo = false, other, limits = false } = options;
  const used = new Map<string, number[]>();

  /** Demo trading is asked for by a header; without it, production answers. */
  const marketOf = (headers: Headers | undefined, nowMs: number): Market =>
    simulated(headers) === demo || other === undefined ? market : other(nowMs);

  const ask = (url: URL, request: RestRequest): readonly unknown[] => {
    const path = url.pathname.slice(PREFIX.length);
    const { nowMs, client, headers, faults = [] } = request;
    const ofAccount = ACCOUNT_CALLS.get(path);
    const call = ofAccount ?? PUBLIC_CALLS.get(path);
    if (call === undefined) throw new RestError("404");
    if (limits) {
      const key = [client, path, call.per === undefined ? "" : url.searchParams.get(call.per)].join(" ");
      countCall(used, key, call, nowMs);
    }
    if (ofAccount !== undefined) {
      checkSignature(url, headers, { nowMs, client, matches: simulated(headers) === demo });
    }
    const lagMs = Math.max(0, ...faults.map((fault) => fault.lagMs ?? 0));
    const known = marketOf(headers, nowMs);
    const params = faults.some(({ foreign }) => foreign)
      ? foreignParams(known, url.searchParams)
      : url.searchParams;
    const rows = call.answer({ market: known, params, nowMs: nowMs - lagMs });
    return faults.reduce((left, fault) => fault.rows?.(left) ?? left, rows);
  };

  return (url, request) => {
    try {
      return { status: 200, body: { code: "0", msg: "", data: ask(url, request) } };
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      return { status: error.status, body: { code: error.code, msg: error.message, data: [] } };
    }
  };
}

function simulated(headers: Headers | undefined): boolean {
  return headers?.get("x-simulated-trading") === "1";
}

function countCall(used: Map<string, number[]>, key: string, call: Call, nowMs: number): void {
  const { limit, windowMs = 2000 } = call;
  const times = (used.get(key) ?? []).filter((timeMs) => nowMs - timeMs < windowMs);
  if (times.length >= limit) throw new RestError("50011");
  used.set(key, [...times, nowMs]);
}
