/**
 * Reasons that okws itself gives for a state, written in the form of the exchange's own rejections so that readers of
 * `P/subs` find both in one place. The codes are part of the contract (docs/reference/redis.md).
 */
import type { ExchangeRejection } from "../../model/events.ts";
import { message } from "../../shared/messages/message.ts";

/** Codes of reasons that concern a connection as a whole. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "dns",
  "connect",
  "tls",
  "handshake",
  "timeout",
  "closed",
]);

/** The connection is ended by the end of okws, or of the server. */
export const STOPPED: ExchangeRejection = { code: "stopped", message: message("reason.stopped").english };

/** The exchange has been silent for longer than it promises. */
export const SILENT: ExchangeRejection = { code: "silent", message: message("reason.silent").english };

/** The exchange has ended the subscription unasked. */
export const ENDED: ExchangeRejection = { code: "ended", message: message("reason.ended").english };

/** Returns whether a reason is one of a connection, and goes with it. */
export function isOfConnection(refusal: ExchangeRejection | undefined): boolean {
  return refusal !== undefined && OF_CONNECTION.has(refusal.code);
}

/** The newest row of the subscription cannot be read, so what is stored is not the newest. */
export const UNREADABLE_ROW: ExchangeRejection = {
  code: "unreadable",
  message: message("reason.unreadable_row").english,
};

/** A snapshot came without one of its pages, so what is open is not known though every row could be read. */
export const MISSING_PAGE: ExchangeRejection = {
  code: "unreadable",
  message: message("reason.missing_page").english,
};

/** Redis says that more was open at the last stop than its lists were compared with at the start. */
export const RECALLED: ExchangeRejection = {
  code: "recalled",
  message: message("reason.recalled").english,
};

/** An order book is complete and consistent, but older than what another connection has shown of it. */
export const BEHIND: ExchangeRejection = {
  code: "behind",
  message: message("reason.behind").english,
};

/** The code of {@link missingRows}. */
export const MISSING = "missing";

/**
 * Returns the reason that so many rows are known to be open, or listed, and no list of the exchange has them; the lists are
 * fetched again.
 */
export function missingRows(count: number): ExchangeRejection {
  return {
    code: MISSING,
    message: message("reason.missing_rows", { count }).english,
  };
}

/**
 * Returns the reason that the account has as many connections with a channel as it may have (OKX v5, "Connection count limit").
 */
export function tooManyConnections(channel: string, connections: string): ExchangeRejection {
  return {
    code: "channel-conn-count-error",
    message: message("reason.many_connections", { connections, channel }).english,
  };
}

/** Returns the reason that the exchange has pushed or listed the instrument as no longer traded. */
export function expired(instId: string): ExchangeRejection {
  return { code: "expired", message: message("reason.expired", { instrument: instId }).english };
}
