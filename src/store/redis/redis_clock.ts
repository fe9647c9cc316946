/**
 * The clock of Redis against ours. Writers and readers run on machines whose clocks differ, so the times in `P/subs` are
 * those of the one clock that both can ask for. While ours jumps or this machine sleeps, a time is said to be older rather
 * than younger: age must never be understated.
 */
import type { Store } from "../store.ts";

/** The time of Redis' clock for a time of ours. Times are Unix milliseconds. */
export type RedisClock = {
  /** Milliseconds that Redis is ahead of this machine; undefined: not measured yet. */
  offsetMs(): number | undefined;
  /** Returns a moment that has just passed here, as Redis counts it; unchanged before the first measurement. */
  at(here: number): number;
  /** Asks Redis; rejects with StoreError when it does not answer. */
  measure(): Promise<void>;
};

/** The two clocks of this machine: one that is set, one that only runs. */
export type Clocks = { now(): number; running(): number };

const CLOCKS: Clocks = { now: () => Date.now(), running: () => performance.now() };

/** An answer that took longer than this says too little. */
const SLOWEST_MS = 2000;

/** A measurement is kept for so long before one whose answer took longer replaces it. */
const KEPT_MS = 30_000;

/** Our clocks may drift apart by this much before one of them has jumped. */
const JUMP_MS = 50;

type Measured = {
  readonly here: number;
  readonly running: number;
  readonly redis: number;
  readonly took: number;
};

/** Creates a clock that has measured nothing yet; `onFirst` is called with the first offset. */
export function createRedisClock(
  store: Pick<Store, "time">,
  options: { readonly onFirst?: (offsetMs: number) => void; readonly clocks?: Clocks } = {},
): RedisClock {
  const { onFirst = () => {}, clocks = CLOCKS } = options;
  let measured: Measured | undefined;
  return {
    offsetMs: () => measured === undefined ? undefined : measured.redis - measured.here,
    at(here) {
      if (measured === undefined) return here;
      const sinceSet = here - measured.here;
      const sinceRun = clocks.running() - (clocks.now() - here) - measured.running;
      return Math.round(measured.redis + Math.min(sinceSet, sinceRun));
    },
    async measure() {
      const running = clocks.running();
      const redis = await store.time();
      const took = clocks.running() - running;
      if (took > SLOWEST_MS) return;
      const next = { here: clocks.now() - took / 2, running: running + took / 2, redis, took };
      if (measured !== undefined && took > measured.took && !isOver(measured, next)) return;
      const isFirst = measured === undefined;
      measured = next;
      if (isFirst) onFirst(next.redis - next.here);
    },
  };
}

/** Returns whether a measurement is too old, or one of our clocks has jumped since. */
function isOver(before: Measured, next: Measured): boolean {
  const ran = next.running - before.running;
  return ran > KEPT_MS || Math.abs(next.here - before.here - ran) > JUMP_MS;
}
