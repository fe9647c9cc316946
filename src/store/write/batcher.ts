/**
 * Gathers writes while one batch is under way and sends what has gathered as the next one: a quiet feed gets the
 * latency of one message, a busy one gets large batches, and no timer is needed. What waits is in {@link WaitingWrites},
 * and what becomes of a batch decides {@link BatchSender}.
 */
import { BatchSender, type BatchTarget, createSendingEnd, type SenderOptions } from "./batch_sender.ts";
import type { Drop } from "./dropped_events.ts";
import { type WaitingOptions, WaitingWrites } from "./waiting_writes.ts";
import type { Write } from "./write.ts";

/** Settings of {@link Batcher}. */
export type BatcherOptions = WaitingOptions & SenderOptions & {
  /**
   * Writes that are only needed once per batch; asked just before it is sent. `whole`: it takes every event that was queued,
   * and what was dropped before them is recorded.
   */
  readonly lastMinute?: (whole: boolean) => Write[];
  /** Whether a refused write is worth another attempt. */
  readonly isDesired?: (write: Write) => boolean;
  /** The writes that record what was dropped; asked when Redis takes writes. */
  readonly onDropped?: (drops: readonly Drop[]) => Write[];
};

/** How {@link Batcher.run} ends. */
export type RunOptions = {
  /** Milliseconds for what still waits. */
  readonly drainMs?: number;
  /** Aborted: nothing can be written any more. */
  readonly lost?: AbortSignal;
};

/** Sends what waits in batches. Idle until {@link run}. */
export class Batcher {
  /** What is to be written; whatever is added here is sent. */
  readonly waiting: WaitingWrites;
  readonly #sender: BatchSender;
  readonly #options: BatcherOptions;
  #isRetrying = false;
  /** The next batch is due whether or not something waits for it. */
  #isDue = false;
  #isSending = false;
  /** Who waits for what is queued, and for the batch under way. */
  #waiters: (() => void)[] = [];
  #waitersNow: (() => void)[] = [];

  constructor(target: BatchTarget, options: BatcherOptions) {
    this.#options = options;
    this.waiting = new WaitingWrites(options);
    this.#sender = new BatchSender(target, this.waiting, options);
  }

  /** Redis may have lost what it had: all of it goes with the next batch, statuses first. */
  restate(): void {
    this.#sender.restate();
    this.waiting.wake();
  }

  /** Sends a batch soon, with what {@link BatcherOptions.lastMinute} has to say. */
  hurry(): void {
    this.#isDue = true;
    this.waiting.wake();
  }

  /**
   * Handles a connection that was lost, and with it perhaps what was under way or taken last: as {@link restate}, and events
   * are compared.
   */
  reconnect(): void {
    this.#sender.reconnect();
    this.waiting.wake();
  }

  /** Makes the next attempt now: there is a connection. */
  tryNow(): void {
    this.#sender.tryNow();
  }

  /** Tries what Redis refused for its own sake again with the next batch. */
  retry(): void {
    if (this.#sender.refused.size === 0) return;
    this.#isRetrying = true;
    this.waiting.wake();
  }

  /** Returns whether Redis has refused the newest of these writes. */
  isRefused(write: Write): boolean {
    return this.#sender.refused.has(write);
  }

  /** Resolves when all that was added so far is written, or the batcher has ended. */
  idle(): Promise<void> {
    if (!this.#isSending && !this.#hasWork()) return Promise.resolve();
    return new Promise((resolve) => (this.#hasWork() ? this.#waiters : this.#waitersNow).push(resolve));
  }

  /** Sends until the signal is aborted, then what still waits, within `drainMs`, unless it is lost. */
  async run(signal: AbortSignal, { drainMs = 3000, lost }: RunOptions = {}): Promise<void> {
    const drained = new AbortController();
    const end = createSendingEnd(
      lost === undefined ? drained.signal : AbortSignal.any([drained.signal, lost]),
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The deadline runs from the stop on, also while a batch is under way or waits for Redis to come back.
    const onAbort = () => {
      timer ??= setTimeout(() => drained.abort(), drainMs);
      this.waiting.wake();
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    try {
      while (true) {
        if (!this.#hasWork()) {
          if (signal.aborted) return;
          await this.waiting.change();
          continue;
        }
        const { batch, marks } = this.#take();
        this.#isSending = true;
        if (!await this.#sender.send(batch, marks, end)) {
          this.#options.stats.dropped += batch.length + this.waiting.events;
          return;
        }
        this.#isSending = false;
        for (const resolve of this.#waitersNow.splice(0)) resolve();
        this.#recordDrops();
      }
    } finally {
      for (const resolve of [...this.#waiters, ...this.#waitersNow]) resolve();
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #hasWork(): boolean {
    return this.#sender.isStale || this.#isRetrying || this.#isDue || !this.waiting.isEmpty;
  }

  #take(): ReturnType<WaitingWrites["take"]> {
    const { lastMinute, isDesired = () => true } = this.#options;
    if (lastMinute !== undefined) this.waiting.add(lastMinute(this.waiting.fitsOneBatch));
    if (this.#isRetrying) {
      this.#isRetrying = false;
      this.#sender.refused.forget(isDesired);
      this.waiting.addOlder(this.#sender.refused.retries());
    }
    this.#isDue = false;
    const taken = this.waiting.take(this.#sender.isStale ? (rows) => this.#sender.renew(rows) : undefined);
    // Events beyond this batch are waited for too.
    if (this.waiting.events === 0) {
      this.#waitersNow = this.#waiters;
      this.#waiters = [];
    }
    return taken;
  }

  /** Records what was dropped, from time to time and when nothing waits any more. */
  #recordDrops(): void {
    const dropped = this.waiting.reportDrops(!this.#hasWork());
    if (dropped.length > 0 && this.#options.onDropped !== undefined) {
      this.waiting.add(this.#options.onDropped(dropped));
    }
  }
}
