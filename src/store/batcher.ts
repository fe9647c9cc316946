/**
 * Gathers writes while one batch is under way and sends what has gathered as the next one: a quiet feed gets the
 * latency of one message, a busy one gets large batches, and no timer is needed.
 *
 * When Redis does not keep up: of the writes with a slot (rows, states) only the newest per key waits; events
 * (publishes, stream entries) wait up to a byte budget, beyond which the oldest are dropped. Both are counted.
 */
import { StoreError } from "../errors.ts";
import { backoff } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Stats } from "../stats.ts";
import { isTrim, sizeOf, slotOf, type Write } from "./write.ts";

/** What a batcher sends to. */
export type BatchTarget = {
  apply(writes: readonly Write[]): Promise<{ readonly commands: number; readonly rejected: number }>;
};

/** Settings of {@link createBatcher}. */
export type BatcherOptions = {
  readonly stats: Stats;
  /** Bytes of events that may wait. */
  readonly maxBytes: number;
  /** Writes that are only needed once per batch; asked just before it is sent. */
  readonly lastMinute?: () => Write[];
  /** Called when Redis goes away and when it is back, once each. */
  readonly onOutage?: (error: Error | undefined) => void;
};

/** See the module comment. */
export type Batcher = {
  add(writes: readonly Write[]): void;
  /** Whether more events wait than two batches hold: more comes in than goes out. */
  congested(): boolean;
  /** Sends until the signal is aborted, then what still waits, within `drainMs`. */
  run(signal: AbortSignal, options?: { drainMs?: number }): Promise<void>;
};

/** Largest share of waiting events taken into one batch; keeps one pipeline's memory bounded. */
const BATCH_EVENTS = 10_000;

/** Creates an idle batcher; `run` makes it send. */
export function createBatcher(target: BatchTarget, options: BatcherOptions): Batcher {
  const { stats, maxBytes, lastMinute = () => [], onOutage = () => {} } = options;
  let slots = new Map<string, Write>();
  let trims = new Map<string, Write>();
  let events: Write[] = [];
  let head = 0;
  let wake: (() => void) | undefined;

  const add = (writes: readonly Write[]): void => {
    for (const write of writes) {
      const slot = slotOf(write);
      if (slot === undefined) {
        events.push(write);
        stats.queuedBytes += sizeOf(write);
      } else {
        const map = isTrim(write) ? trims : slots;
        if (map.has(slot)) stats.replaced += 1;
        map.set(slot, write);
      }
    }
    if (stats.queuedBytes > maxBytes) dropOldest();
    if (stats.queuedBytes > stats.queuedBytesPeak) stats.queuedBytesPeak = stats.queuedBytes;
    wake?.();
  };

  const dropOldest = (): void => {
    while (stats.queuedBytes > maxBytes && head < events.length) {
      stats.queuedBytes -= sizeOf(events[head++] as Write);
      stats.dropped += 1;
    }
    compact();
  };

  const compact = (): void => {
    if (head === events.length) {
      events = [];
      head = 0;
    } else if (head > BATCH_EVENTS && head * 2 > events.length) {
      events = events.slice(head);
      head = 0;
    }
  };

  const waiting = (): boolean => slots.size + trims.size > 0 || head < events.length;

  const take = (): Write[] => {
    add(lastMinute());
    const end = Math.min(events.length, head + BATCH_EVENTS);
    const batch = [...slots.values()];
    for (; head < end; head++) {
      const write = events[head] as Write;
      stats.queuedBytes -= sizeOf(write);
      if (write.kind === "publish") stats.publishes += 1;
      batch.push(write);
    }
    compact();
    for (const write of trims.values()) batch.push(write);
    slots = new Map();
    trims = new Map();
    return batch;
  };

  /** One batch, again and again until Redis has taken it; false when time ran out first. */
  const send = async (batch: readonly Write[], signal: AbortSignal): Promise<boolean> => {
    for (let attempt = 0;; attempt++) {
      const start = performance.now();
      try {
        const { commands, rejected } = await unlessAborted(target.apply(batch), signal);
        if (attempt > 0) onOutage(undefined);
        stats.batches += 1;
        stats.writes += commands;
        stats.rejected += rejected;
        stats.batchMs = performance.now() - start;
        return true;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (attempt === 0) onOutage(error);
        if (signal.aborted) return false;
        stats.retries += 1;
        await sleep(backoff(attempt, Math.random, { baseMs: 50, capMs: 2000 }), signal);
      }
    }
  };

  return {
    add,
    congested: () => events.length - head > 2 * BATCH_EVENTS,
    async run(signal, { drainMs = 3000 } = {}) {
      const drained = new AbortController();
      let timer: ReturnType<typeof setTimeout> | undefined;
      // The deadline runs from the stop on, also while a batch is under way or waits for Redis to come back.
      const onAbort = () => {
        timer ??= setTimeout(() => drained.abort(), drainMs);
        wake?.();
      };
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      try {
        while (true) {
          if (!waiting()) {
            if (signal.aborted) return;
            await new Promise<void>((resolve) => wake = resolve);
            wake = undefined;
            continue;
          }
          const batch = take();
          if (!await send(batch, drained.signal)) {
            stats.dropped += batch.length;
            return;
          }
        }
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

/** As `promise`, but rejects once the signal is aborted: a Redis that does not answer must not hold up a stop. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new StoreError("Redis did not answer in time"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
