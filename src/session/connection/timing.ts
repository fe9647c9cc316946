/** The deadlines of a connection, in one place so that tests can shorten them. */
import type { BackoffOptions } from "../../shared/async/backoff.ts";
import type { BookTiming } from "../recovery/books.ts";
import type { BackfillTiming } from "../recovery/backfill.ts";
import type { HistoryTiming } from "../recovery/history.ts";
import type { ListTiming } from "../recovery/missing_from_lists.ts";

/** The times of a connection in milliseconds, and its count of requests. */
export type Timing = {
  readonly dialMs: number;
  /** Silence after which a ping is sent; the exchange closes after 30 s of it. */
  readonly idleMs: number;
  readonly pongMs: number;
  readonly loginMs: number;
  /** A refused login is tried again, since keys get repaired, but rarely. */
  readonly loginRetryMs: number;
  readonly tickMs: number;
  /** Subscribe, unsubscribe and login requests that the exchange takes from a connection in an hour. */
  readonly requestsPerHour: number;
  /** How many times the silence that a channel promises may pass before its subscription is asked for again. */
  readonly patience: number;
  /** How long events of the old connection are still taken when everything flows on the one that replaces it. */
  readonly overlapMs: number;
  /** How long a replacement may take, once it is connected, until it takes over whatever flows. */
  readonly handoverMs: number;
  /** How often the exchange's clock is compared with ours. */
  readonly clockMs: number;
  /** Bounds of the pause before another dial; those of `backoff()` unless given. */
  readonly backoff?: BackoffOptions;
  readonly books?: BookTiming;
  readonly backfill?: BackfillTiming;
  readonly history?: HistoryTiming;
  readonly lists?: ListTiming;
};

/** What suits the live exchange; 480 requests an hour is its published limit (OKX v5 documentation, "Connect"). */
export const DEFAULT_TIMING: Timing = {
  dialMs: 10_000,
  idleMs: 15_000,
  pongMs: 10_000,
  loginMs: 10_000,
  loginRetryMs: 60_000,
  tickMs: 500,
  requestsPerHour: 480,
  patience: 1.5,
  overlapMs: 1000,
  handoverMs: 40_000,
  clockMs: 600_000,
};
