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

/** Settings of {@link Batcher}. */
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
  /** Redis has taken a batch: these writes, but for those that it has refused. */
  readonly onWritten?: (writes: readonly Write[]) => void;
  /** What has to be read before the first batch hides it; rejects with StoreError. */
  readonly begin?: () => Promise<void>;
  /** What Redis lacks of what it had taken before a connection was lost; rejects with StoreError. */
  readonly recover?: () => Promise<Write[]>;
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
  /** Called when more than `maxBytes` wait; drops the oldest events here, unless somebody else decides. */
  readonly makeRoom?: () => void;
  /** Called with when the batch under way was first sent, Unix ms; 0 when none is any more. */
  readonly onWriting?: (since: number) => void;
};

/** Largest share of waiting events taken into one batch; keeps one pipeline's memory bounded. */
const BATCH_EVENTS = 10_000;

/** Rows and states of different keys that may wait; more than a server with every instrument has. */
const MAX_SLOTS = 500_000;

const NO_CALLBACKS = {
  lastMinute: (_whole: boolean): Write[] => [],
  onOutage: (_error: Error | undefined, _isNew: boolean): void => {},
  onRefused: (_refused: readonly RefusedWrite[]): void => {},
  onReplaced: (_keys: readonly string[]): void => {},
  isWanted: (_write: Write): boolean => true,
  onWritten: (_writes: readonly Write[]): void => {},
  recover: (): Promise<Write[]> => Promise.resolve([]),
  onUnkept: (_write: Write & { readonly kind: "append" }): void => {},
};

/** Queues writes and sends them in batches. Idle until {@link run}. */
export class Batcher {
  readonly #target: BatchTarget;
  readonly #options:
    & BatcherOptions
    & typeof NO_CALLBACKS
    & Required<Pick<BatcherOptions, "makeRoom" | "onWriting">>;
  readonly #stats: Stats;
  #slots = new Map<string, Write>();
  #trims = new Map<string, Write>();
  #events: Write[] = [];
  #head = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;
  readonly #receipts = createLatencyTracker();
  readonly #drops = new DroppedEventLog();
  readonly #refused = new RefusedWrites();
  /** Redis may have lost what it had. */
  #stale = false;
  #hasBegun = false;
  /** It may lack events too. */
  #isUncompared = false;
  /** Ends the wait between two attempts. */
  #pause = new AbortController();
  #retrying = false;
  /** The next batch is due whether or not something waits for it. */
  #due = false;
  /** Who waits for what is queued, and for the batch under way. */
  #waiters: (() => void)[] = [];
  #waitersNow: (() => void)[] = [];
  #sending = false;
  /** Events ever queued, and those of them that were taken or dropped. */
  #queued = 0;
  #left = 0;

  constructor(target: BatchTarget, options: BatcherOptions) {
    this.#target = target;
    this.#stats = options.stats;
    this.#options = {
      ...NO_CALLBACKS,
      makeRoom: () => this.shrink(this.#stats.queuedBytes - options.maxBytes),
      onWriting: (since) => this.#stats.writingSince = since,
      ...options,
    };
  }

  /** Bytes of events that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `receivedAt`, in Unix milliseconds, where the writes are those of something received: its way is measured. */
  add(writes: readonly Write[], receivedAt?: number): void {
    for (const write of writes) {
      const slot = slotOf(write);
      if (slot === undefined) {
        this.#events.push(write);
        this.#queued += 1;
        const bytes = sizeOf(write);
        this.#bytes += bytes;
        this.#stats.queuedBytes += bytes;
      } else {
        const map = isTrim(write) ? this.#trims : this.#slots;
        if (map.has(slot)) this.#stats.replaced += 1;
        else if (map.size >= MAX_SLOTS) {
          this.#stats.dropped += 1;
          continue;
        }
        map.set(slot, write);
        // One that goes last would come after this newer one.
        if (map === this.#slots && this.#trims.size > 0) this.#trims.delete(slot);
      }
    }
    if (receivedAt !== undefined) {
      this.#receipts.note(receivedAt, this.#queued);
      this.#drops.tick(receivedAt, this.#queued);
    }
    if (this.#stats.queuedBytes > this.#options.maxBytes) this.#options.makeRoom();
    if (this.#stats.queuedBytes > this.#stats.queuedBytesPeak) {
      this.#stats.queuedBytesPeak = this.#stats.queuedBytes;
    }
    this.#wake?.();
  }

  /** Redis may have lost what it held: all of it goes with the next batch, statuses first. */
  restate(): void {
    this.#stale = true;
    this.#wake?.();
  }

  /** Sends a batch soon, with what {@link BatcherOptions.lastMinute} has to say. */
  hurry(): void {
    this.#due = true;
    this.#wake?.();
  }

  /** A connection was lost, and with it perhaps what was under way or taken last: as {@link restate}, and events are compared. */
  reconnect(): void {
    this.#isUncompared = true;
    this.restate();
  }

  /** There is a connection: the next attempt is made now. */
  tryNow(): void {
    this.#pause.abort();
  }

  /** What Redis refused for its own sake is tried again with the next batch. */
  retry(): void {
    if (this.#refused.size === 0) return;
    this.#retrying = true;
    this.#wake?.();
  }

  /** Whether Redis has refused the newest of these writes. */
  isRefused(write: Write): boolean {
    return this.#refused.has(write);
  }

  /** Whether something was dropped, or refused, of which there is no record yet. */
  hasDropped(): boolean {
    return this.#drops.isPending;
  }

  /** Resolves when all that was added so far is written, or the batcher has ended. */
  idle(): Promise<void> {
    if (!this.#sending && !this.#waiting()) return Promise.resolve();
    return new Promise((resolve) => (this.#waiting() ? this.#waiters : this.#waitersNow).push(resolve));
  }

  /** Whether more events wait than two batches hold: more comes in than goes out. */
  congested(): boolean {
    return this.#events.length - this.#head > 2 * BATCH_EVENTS;
  }

  /** Sends until the signal is aborted, then what still waits, within `drainMs`. */
  async run(signal: AbortSignal, { drainMs = 3000 } = {}): Promise<void> {
    const drained = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The deadline runs from the stop on, also while a batch is under way or waits for Redis to come back.
    const onAbort = () => {
      timer ??= setTimeout(() => drained.abort(), drainMs);
      this.#wake?.();
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      while (true) {
        if (!this.#waiting()) {
          if (signal.aborted) return;
          await new Promise<void>((resolve) => this.#wake = resolve);
          this.#wake = undefined;
          continue;
        }
        const { batch, marks } = this.#take();
        this.#sending = true;
        if (!await this.#send(batch, marks, drained.signal)) {
          this.#stats.dropped += batch.length + this.#events.length - this.#head;
          return;
        }
        this.#sending = false;
        for (const resolve of this.#waitersNow.splice(0)) resolve();
        this.#report();
      }
    } finally {
      for (const resolve of [...this.#waiters, ...this.#waitersNow]) resolve();
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #giveUp(write: Write): void {
    if (write.kind === "append" && write.backfilled === true) this.#options.onUnkept(write);
    else this.#drops.note(write, this.#left);
  }

  /** Drops the oldest events, of `bytes` together or a little more. */
  shrink(bytes: number): void {
    const target = this.#bytes - bytes;
    while (this.#bytes > target && this.#head < this.#events.length) {
      const write = this.#events[this.#head++] as Write;
      this.#weigh(-sizeOf(write));
      this.#giveUp(write);
      this.#left += 1;
      this.#stats.dropped += 1;
    }
    this.#compact();
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    this.#stats.queuedBytes += bytes;
  }

  #compact(): void {
    if (this.#head === this.#events.length) {
      this.#events = [];
      this.#head = 0;
    } else if (this.#head > BATCH_EVENTS && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }

  #waiting(): boolean {
    return this.#stale || this.#retrying || this.#due || this.#slots.size + this.#trims.size > 0 ||
      this.#head < this.#events.length;
  }

  #take(): { batch: Write[]; marks: Marks } {
    this.add(
      this.#options.lastMinute(this.#events.length - this.#head <= BATCH_EVENTS && !this.#drops.isPending),
    );
    if (this.#retrying) this.#requeueRefused();
    const end = Math.min(this.#events.length, this.#head + BATCH_EVENTS);
    this.#left += end - this.#head;
    this.#drops.left(this.#left);
    const batch = this.#stale ? this.#renewed([...this.#slots.values()]) : [...this.#slots.values()];
    this.#stale = this.#due = false;
    // A mark goes before the entries that are left of its stream, which have higher ids.
    for (const mark of this.#drops.marks()) batch.push(mark);
    for (; this.#head < end; this.#head++) {
      const write = this.#events[this.#head] as Write;
      this.#weigh(-sizeOf(write));
      if (write.kind === "publish") this.#stats.publishes += 1;
      batch.push(write);
    }
    this.#compact();
    // Events beyond this batch are waited for too.
    if (this.#head === this.#events.length) {
      this.#waitersNow = this.#waiters;
      this.#waiters = [];
    }
    for (const write of this.#trims.values()) batch.push(write);
    this.#slots = new Map();
    this.#trims = new Map();
    return { batch, marks: this.#receipts.take(this.#left) };
  }

  /** What was refused goes again unless a newer one of its slot waits. */
  #requeueRefused(): void {
    this.#retrying = false;
    this.#refused.forget(this.#options.isWanted);
    for (const write of this.#refused.retries()) {
      const slot = slotOf(write) as string;
      if (!this.#slots.has(slot) && !this.#trims.has(slot)) {
        (isTrim(write) ? this.#trims : this.#slots).set(slot, write);
      }
    }
  }

  /** Whether another write of the same slot waits, which is newer. */
  #isNewer(write: Write, slot: string): boolean {
    return [this.#slots.get(slot), this.#trims.get(slot)].some((waits) =>
      waits !== undefined && waits !== write
    );
  }

  /** What Redis should hold now, then those of the writes that this or what still waits does not replace anyway. */
  #renewed(writes: readonly Write[]): Write[] {
    const again = this.#options.state === undefined
      ? []
      : [...this.#options.state.statuses(), ...this.#options.state.rows()];
    const replaced = new Set(again.map(slotOf));
    const rest = writes.filter((write) => {
      const slot = slotOf(write);
      // What goes last says more than what is said first.
      const isReplaced = replaced.has(slot) && !("last" in write && write.last === true);
      return slot === undefined || !(isReplaced || this.#isNewer(write, slot));
    });
    return [...again, ...rest];
  }

  #measure(startedAt: number, commands: number, marks: Marks): void {
    const now = performance.now();
    this.#stats.batchMs = now - startedAt;
    observe(this.#stats.batchSize, commands);
    observe(this.#stats.batchSeconds, this.#stats.batchMs / 1000);
    for (const [i, time] of marks.times.entries()) {
      observe(this.#stats.writtenSeconds, (now - time) / 1000, marks.counts[i]);
    }
  }

  /** One batch, again and again until Redis has taken it; false when time ran out first. */
  async #send(first: readonly Write[], marks: Marks, signal: AbortSignal): Promise<boolean> {
    this.#options.onWriting(Date.now());
    let batch = first;
    let recovered: readonly Write[] = [];
    const reported = new Set<string>();
    for (let attempt = 0;; attempt++) {
      const start = performance.now();
      try {
        if (!this.#hasBegun) await this.#begin(signal);
        if (this.#isUncompared) recovered = await this.#recover(signal);
        if (attempt > 0 && this.#options.state !== undefined) {
          // The few statuses find out whether Redis is back, and say first what has become of everything else.
          await unlessAborted(this.#target.apply(this.#options.state.statuses()), signal);
          batch = this.#renewed(first);
        }
        const { commands, rejected, refused: now = [], replaced = [] } = await unlessAborted(
          this.#target.apply(withEvents(batch, recovered)),
          signal,
        );
        if (attempt > 0) {
          this.#stale = false;
          this.#options.onOutage(undefined, true);
        }
        this.#stats.batches += 1;
        this.#stats.writes += commands;
        this.#stats.rejected += rejected;
        this.#options.onWriting(0);
        // Rows of a stream that is not to be written are lost, as those that were dropped.
        for (const { write } of now) if (write.kind === "append") this.#giveUp(write);
        if (this.#refused.settle(batch, now)) this.#options.onRefused(this.#refused.values());
        if (replaced.length > 0) this.#options.onReplaced(replaced);
        const unkept = new Set(now.map(({ write }) => write));
        this.#options.onWritten(unkept.size === 0 ? batch : batch.filter((write) => !unkept.has(write)));
        this.#measure(start, commands, marks);
        return true;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        const kind = kindOf(error);
        this.#options.onOutage(error, !reported.has(kind));
        reported.add(kind);
        if (signal.aborted) return false;
        this.#stats.retries += 1;
        this.#pause = new AbortController();
        const until = AbortSignal.any([signal, this.#pause.signal]);
        await sleep(backoff(attempt, Math.random, { baseMs: 50, capMs: 2000 }), until);
      }
    }
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { begin } = this.#options;
    if (begin !== undefined) await unlessAborted(begin(), signal);
    this.#hasBegun = true;
  }

  /** Compares what Redis has with what it had taken, as it stands after the last loss of the connection. */
  async #recover(signal: AbortSignal): Promise<Write[]> {
    this.#isUncompared = false;
    try {
      return await unlessAborted(this.#options.recover(), signal);
    } catch (error) {
      this.#isUncompared = true;
      throw error;
    }
  }

  /** Records what was dropped, from time to time and when nothing waits any more. */
  #report(): void {
    const dropped = this.#drops.report(Date.now(), !this.#waiting());
    if (dropped.length > 0 && this.#options.onDropped !== undefined) {
      this.add(this.#options.onDropped(dropped));
    }
  }
}

/** A batch with older events in front of its own, behind the states that say what has become of everything. */
function withEvents(batch: readonly Write[], older: readonly Write[]): readonly Write[] {
  if (older.length === 0) return batch;
  const at = batch.findIndex((write) => slotOf(write) === undefined || isTrim(write));
  return at < 0 ? [...batch, ...older] : [...batch.slice(0, at), ...older, ...batch.slice(at)];
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

/** What names an outage and is reported once: the word of Redis, or none where the connection itself is gone. */
export function kindOf({ cause }: StoreError): string {
  const message = cause instanceof Error ? cause.message : "";
  return refusalOf(message) === undefined ? "" : message.split(" ", 1)[0] as string;
}
