/**
 * Gathers writes while one batch is under way and sends what has gathered as the next one: a quiet feed gets the
 * latency of one message, a busy one gets large batches, and no timer is needed.
 *
 * When Redis does not keep up: of the writes with a slot (rows, states) only the newest per key waits; events
 * (publishes, stream entries) wait up to a byte budget, beyond which the oldest are dropped. Both are counted, and what
 * was dropped is reported. When Redis is back everything that it should hold is written again, statuses first.
 */
import { StoreError } from "../../shared/errors.ts";
import { backoff } from "../../shared/async/backoff.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { observe } from "../../shared/histogram.ts";
import type { Stats } from "../../model/stats.ts";
import { type Drop, DroppedEventLog } from "./dropped_events.ts";
import { createLatencyTracker, type Marks } from "./latency_tracker.ts";
import { refusalOf } from "../redis/redis_errors.ts";
import { type RefusedWrite, RefusedWrites } from "./refused_writes.ts";
import type { Applied } from "../store.ts";
import { isTrim, sizeOf, slotOf, type Write } from "./write.ts";
import { message } from "../../shared/messages/message.ts";

/** What a batcher sends to. */
export type BatchTarget = {
  apply(writes: readonly Write[]): Promise<Applied>;
};

/** Settings of {@link createBatcher}. */
export type BatcherOptions = {
  readonly stats: Stats;
  /** Bytes of events that may wait. */
  readonly maxBytes: number;
  /**
   * Writes that are only needed once per batch; asked just before it is sent. `whole`: it takes every event that was queued,
   * and what was dropped before them is recorded.
   */
  readonly lastMinute?: (whole: boolean) => Write[];
  /** A row that was backfilled is dropped, or refused. */
  readonly onUnkept?: (write: Write & { readonly kind: "append" }) => void;
  /** Redis has taken a batch. */
  readonly onWritten?: () => void;
  /**
   * Called with each failed attempt, and with nothing when Redis is back. `isNew` is a kind of reason that was not reported
   * yet in this outage: worth a line.
   */
  readonly onOutage?: (error: Error | undefined, isNew: boolean) => void;
  /** Everything that Redis should hold now: what is said of it, and the rows. */
  readonly state?: { statuses(): Write[]; rows(): Write[] };
  /** Called when Redis refuses other writes for their own sake than before, with all of them. */
  readonly onRefused?: (refused: readonly RefusedWrite[]) => void;
  /** Keys that held something else, with which whatever okws had under them before is gone. */
  readonly onReplaced?: (keys: readonly string[]) => void;
  /** Whether a refused write is worth another attempt. */
  readonly isWanted?: (write: Write) => boolean;
  /** The writes that record what was dropped; asked when Redis takes writes. */
  readonly onDropped?: (drops: readonly Drop[]) => Write[];
};

/** Queues writes and sends them in batches. */
export type Batcher = {
  /** `receivedAt`, in Unix milliseconds, where the writes are those of something received: its way is measured. */
  add(writes: readonly Write[], receivedAt?: number): void;
  /** Redis may have lost what it held: all of it goes with the next batch, statuses first. */
  restate(): void;
  /** What Redis refused for its own sake is tried again with the next batch. */
  retry(): void;
  /** Whether Redis has refused the newest of these writes. */
  isRefused(write: Write): boolean;
  /** Whether something was dropped, or refused, of which there is no record yet. */
  hasDropped(): boolean;
  /** Resolves when all that was added so far is written, or the batcher has ended. */
  idle(): Promise<void>;
  /** Whether more events wait than two batches hold: more comes in than goes out. */
  congested(): boolean;
  /** Sends until the signal is aborted, then what still waits, within `drainMs`. */
  run(signal: AbortSignal, options?: { drainMs?: number }): Promise<void>;
};

/** Largest share of waiting events taken into one batch; keeps one pipeline's memory bounded. */
const BATCH_EVENTS = 10_000;

/** Rows and states of different keys that may wait; more than a server with every instrument has. */
const MAX_SLOTS = 500_000;

/** Creates an idle batcher; `run` makes it send. */
export function createBatcher(target: BatchTarget, options: BatcherOptions): Batcher {
  const { stats, maxBytes, state, lastMinute = () => [], onOutage = () => {}, onDropped } = options;
  const { onRefused = () => {}, onReplaced = () => {}, isWanted = () => true } = options;
  const { onWritten = () => {}, onUnkept = () => {} } = options;
  let slots = new Map<string, Write>();
  let trims = new Map<string, Write>();
  let events: Write[] = [];
  let head = 0;
  let wake: (() => void) | undefined;
  const receipts = createLatencyTracker();
  const drops = new DroppedEventLog();
  let stale = false;
  const refused = new RefusedWrites();
  let retrying = false;
  /** Who waits for what is queued, and for the batch under way. */
  let waiters: (() => void)[] = [];
  let waitersNow: (() => void)[] = [];
  let sending = false;
  /** Events ever queued, and those of them that were taken or dropped. */
  let queued = 0;
  let left = 0;

  const add = (writes: readonly Write[], receivedAt?: number): void => {
    for (const write of writes) {
      const slot = slotOf(write);
      if (slot === undefined) {
        events.push(write);
        queued += 1;
        stats.queuedBytes += sizeOf(write);
      } else {
        const map = isTrim(write) ? trims : slots;
        if (map.has(slot)) stats.replaced += 1;
        else if (map.size >= MAX_SLOTS) {
          stats.dropped += 1;
          continue;
        }
        map.set(slot, write);
        // One that goes last would come after this newer one.
        if (map === slots && trims.size > 0) trims.delete(slot);
      }
    }
    if (receivedAt !== undefined) {
      receipts.note(receivedAt, queued);
      drops.tick(receivedAt, queued);
    }
    if (stats.queuedBytes > maxBytes) dropOldest();
    if (stats.queuedBytes > stats.queuedBytesPeak) stats.queuedBytesPeak = stats.queuedBytes;
    wake?.();
  };

  const giveUp = (write: Write): void => {
    if (write.kind === "append" && write.backfilled === true) onUnkept(write);
    else drops.note(write, left);
  };

  const dropOldest = (): void => {
    while (stats.queuedBytes > maxBytes && head < events.length) {
      const write = events[head++] as Write;
      stats.queuedBytes -= sizeOf(write);
      giveUp(write);
      left += 1;
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

  const waiting = (): boolean => stale || retrying || slots.size + trims.size > 0 || head < events.length;

  const take = (): { batch: Write[]; marks: Marks } => {
    add(lastMinute(events.length - head <= BATCH_EVENTS && !drops.isPending));
    if (retrying) requeueRefused();
    const end = Math.min(events.length, head + BATCH_EVENTS);
    left += end - head;
    drops.left(left);
    const batch = stale ? renewed([...slots.values()]) : [...slots.values()];
    stale = false;
    // A mark goes before the entries that are left of its stream, which have higher ids.
    for (const mark of drops.marks()) batch.push(mark);
    for (; head < end; head++) {
      const write = events[head] as Write;
      stats.queuedBytes -= sizeOf(write);
      if (write.kind === "publish") stats.publishes += 1;
      batch.push(write);
    }
    compact();
    // Events beyond this batch are waited for too.
    if (head === events.length) {
      waitersNow = waiters;
      waiters = [];
    }
    for (const write of trims.values()) batch.push(write);
    slots = new Map();
    trims = new Map();
    return { batch, marks: receipts.take(left) };
  };

  /** What was refused goes again unless a newer one of its slot waits. */
  const requeueRefused = (): void => {
    retrying = false;
    refused.forget(isWanted);
    for (const write of refused.retries()) {
      const slot = slotOf(write) as string;
      if (!slots.has(slot) && !trims.has(slot)) (isTrim(write) ? trims : slots).set(slot, write);
    }
  };

  /** Whether another write of the same slot waits, which is newer. */
  const isNewer = (write: Write, slot: string): boolean => {
    return [slots.get(slot), trims.get(slot)].some((waits) => waits !== undefined && waits !== write);
  };

  /** What Redis should hold now, then those of the writes that this or what still waits does not replace anyway. */
  const renewed = (writes: readonly Write[]): Write[] => {
    const again = state === undefined ? [] : [...state.statuses(), ...state.rows()];
    const replaced = new Set(again.map(slotOf));
    const rest = writes.filter((write) => {
      const slot = slotOf(write);
      // What goes last says more than what is said first.
      const isReplaced = replaced.has(slot) && !("last" in write && write.last === true);
      return slot === undefined || !(isReplaced || isNewer(write, slot));
    });
    return [...again, ...rest];
  };

  const measure = (startedAt: number, commands: number, marks: Marks): void => {
    const now = performance.now();
    stats.batchMs = now - startedAt;
    observe(stats.batchSize, commands);
    observe(stats.batchSeconds, stats.batchMs / 1000);
    for (const [i, time] of marks.times.entries()) {
      observe(stats.writtenSeconds, (now - time) / 1000, marks.counts[i]);
    }
  };

  /** One batch, again and again until Redis has taken it; false when time ran out first. */
  const send = async (first: readonly Write[], marks: Marks, signal: AbortSignal): Promise<boolean> => {
    stats.writingSince = Date.now();
    let batch = first;
    const told = new Set<string>();
    for (let attempt = 0;; attempt++) {
      const start = performance.now();
      try {
        if (attempt > 0 && state !== undefined) {
          // The few statuses find out whether Redis is back, and tell first what has become of everything else.
          await unlessAborted(target.apply(state.statuses()), signal);
          batch = renewed(first);
        }
        const { commands, rejected, refused: now = [], replaced = [] } = await unlessAborted(
          target.apply(batch),
          signal,
        );
        if (attempt > 0) {
          stale = false;
          onOutage(undefined, true);
        }
        stats.batches += 1;
        stats.writes += commands;
        stats.rejected += rejected;
        stats.writingSince = 0;
        // Rows of a stream that is not to be written are lost, as those that were dropped.
        for (const { write } of now) if (write.kind === "append") giveUp(write);
        if (refused.settle(batch, now)) onRefused(refused.values());
        if (replaced.length > 0) onReplaced(replaced);
        measure(start, commands, marks);
        return true;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const kind = kindOf(error);
        onOutage(error, !told.has(kind));
        told.add(kind);
        if (signal.aborted) return false;
        stats.retries += 1;
        await sleep(backoff(attempt, Math.random, { baseMs: 50, capMs: 2000 }), signal);
      }
    }
  };

  /** Records what was dropped, from time to time and when nothing waits any more. */
  const report = (): void => {
    const dropped = drops.report(Date.now(), !waiting());
    if (dropped.length > 0 && onDropped !== undefined) add(onDropped(dropped));
  };

  return {
    add,
    restate() {
      stale = true;
      wake?.();
    },
    retry() {
      if (refused.size === 0) return;
      retrying = true;
      wake?.();
    },
    isRefused: (write) => refused.has(write),
    hasDropped: () => drops.isPending,
    idle() {
      if (!sending && !waiting()) return Promise.resolve();
      return new Promise((resolve) => (waiting() ? waiters : waitersNow).push(resolve));
    },
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
          const { batch, marks } = take();
          sending = true;
          if (!await send(batch, marks, drained.signal)) {
            stats.dropped += batch.length + events.length - head;
            return;
          }
          sending = false;
          onWritten();
          for (const resolve of waitersNow.splice(0)) resolve();
          report();
        }
      } finally {
        for (const resolve of [...waiters, ...waitersNow]) resolve();
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

/** As `promise`, but rejects once the signal is aborted: a Redis that does not answer must not hold up a stop. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new StoreError(message("redis.no_answer")));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** What names an outage: the word of Redis, or none where the connection itself is gone. */
function kindOf({ cause }: StoreError): string {
  const message = cause instanceof Error ? cause.message : "";
  return refusalOf(message) === undefined ? "" : message.split(" ", 1)[0] as string;
}
