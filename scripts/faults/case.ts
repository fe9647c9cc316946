/** The vocabulary of the matrix: what a fault is, what it may use while it strikes, and what is said of it afterwards. */
import type { Gap } from "./compare/gaps.ts";
import type { Landed, TradeCount } from "./compare/trades.ts";
import type { Environment, EnvironmentOptions } from "./environment.ts";

/** What a fault works with. */
export type Run = {
  readonly environment: Environment;
  /** The fault strikes now; what is seen from now on counts as its sign. The start of `strike`, unless called. */
  struck(): void;
  /** The fault is over now: from here the recovery is timed. The end of `strike`, unless called. */
  lifted(): void;
  /** Waits for something to be seen since the fault struck. */
  seen(sign: RegExp, deadlineMs?: number): Promise<void>;
  /** Waits until new trades have come through after this call. */
  flows(deadlineMs?: number): Promise<void>;
  pause(ms: number): Promise<void>;
  /** Adds to what is said of the row. */
  note(text: string): void;
  /** Something that should be is not. */
  fault(text: string): void;
  /** The service's clock was this much ahead for a while: its records may be in that time. */
  clockMoved(ms: number): void;
  /** Keeps what Redis has by now, because it is about to forget it. */
  archive(): Promise<void>;
};

/** One row of the matrix. */
export type FaultCase = {
  readonly name: string;
  readonly title: string;
  readonly environment?: EnvironmentOptions;
  /** Strikes, waits until it can be seen, and lifts. */
  readonly strike: (run: Run) => Promise<void>;
  /** What must have been seen: signs of {@link Observer}, `gaps …` and `log …`. */
  readonly announced: readonly RegExp[];
  /** How long the recovery may take at most. */
  readonly recoveryMs?: number;
  /** Whether the recovery is timed from the strike, because the fault never ends by itself. */
  readonly fromStrike?: boolean;
};

/** What came of one row. */
export type Outcome = {
  readonly name: string;
  readonly title: string;
  readonly trades: TradeCount | undefined;
  /** What could be seen, shortened for people. */
  readonly announced: readonly string[];
  /** Milliseconds until the first sign. */
  readonly announcedMs: number | undefined;
  readonly recoveredMs: number | undefined;
  readonly notes: readonly string[];
  /** Empty: recovered, and nothing lost that is not recorded. */
  readonly faults: readonly string[];
  readonly seconds: number;
};

/** What was read of a Redis before it forgot. */
export type Archive = { readonly at: number; readonly landed: Landed; readonly gaps: readonly Gap[] };
