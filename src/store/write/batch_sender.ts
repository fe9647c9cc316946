/**
 * Sends one batch after the other, each again and again until Redis has taken it. When Redis is back after an outage,
 * everything that it should hold is written again, statuses first, and what it lost of the events before.
 */
import { StoreError } from "../../shared/errors.ts";
import { type Attempt, retry } from "../../shared/async/retry.ts";
import { type BoundedWait, createBoundedWait } from "../../shared/async/within.ts";
import { observe } from "../../shared/histogram.ts";
import { message } from "../../shared/messages/message.ts";
import type { Stats } from "../../model/stats.ts";
import { refusalOf } from "../../shared/redis_errors.ts";
import type { Applied } from "./applied.ts";
import type { Marks } from "./latency_tracker.ts";
import { type RefusedWrite, RefusedWrites } from "./refused_writes.ts";
import type { WaitingWrites } from "./waiting_writes.ts";
import { isTrim, type Prepended, slotOf, type Write } from "./write.ts";

/** What batches are sent to. */
export type BatchTarget = {
  apply(writes: readonly Write[]): Promise<Applied>;
};

/** Settings of {@link BatchSender}. */
export type SenderOptions = {
  readonly stats: Stats;
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
  /** Keys that had something else, with which whatever okws had under them before is gone. */
  readonly onReplaced?: (keys: readonly string[]) => void;
  /** Rows went before those of streams; none of them where there was no room. */
  readonly onPrepended?: (prepended: readonly Prepended[]) => void;
  /** Called with when the batch under way was first sent, Unix ms; 0 when none is any more. */
  readonly onWriting?: (since: number) => void;
};

/** When sending ends, whatever is under way: a Redis that does not answer must not hold up a stop. */
export type SendingEnd = { readonly signal: AbortSignal; readonly unlessEnded: BoundedWait };

/** Returns the end that a signal makes. */
export function createSendingEnd(signal: AbortSignal): SendingEnd {
  return {
    signal,
    unlessEnded: createBoundedWait(signal, () => new StoreError(message("redis.no_answer"))),
  };
}

/** Pauses between two attempts. */
const RETRY = { baseMs: 50, capMs: 2000 };

/** Sends the batches of one lane. */
export class BatchSender {
  readonly #target: BatchTarget;
  readonly #waiting: WaitingWrites;
  readonly #options: SenderOptions;
  readonly #stats: Stats;
  /** What Redis refused for its own sake. */
  readonly refused = new RefusedWrites();
  /** Redis may have lost what it had. */
  #isStale = false;
  /** It may lack events too. */
  #isUncompared = false;
  #hasBegun = false;
  /** Ends the wait between two attempts. */
  #pause = new AbortController();

  constructor(target: BatchTarget, waiting: WaitingWrites, options: SenderOptions) {
    this.#target = target;
    this.#waiting = waiting;
    this.#options = options;
    this.#stats = options.stats;
  }

  /** Whether the next batch has to bring everything that Redis should hold. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Redis may have lost what it had: all of it goes with the next batch. */
  restate(): void {
    this.#isStale = true;
  }

  /**
   * Handles a connection that was lost, and with it perhaps what was under way or taken last: as {@link restate}, and events
   * are compared.
   */
  reconnect(): void {
    this.#isUncompared = true;
    this.#isStale = true;
  }

  /** Makes the next attempt now: there is a connection. */
  tryNow(): void {
    this.#pause.abort();
  }

  /**
   * Returns what Redis should hold now, then those of the writes that this or what still waits does not replace anyway. With
   * that it is no longer stale.
   */
  renew(writes: readonly Write[]): Write[] {
    this.#isStale = false;
    const { state } = this.#options;
    const again = state === undefined ? [] : [...state.statuses(), ...state.rows()];
    const replaced = new Set(again.map(slotOf));
    const rest = writes.filter((write) => {
      const slot = slotOf(write);
      // What goes last says more than what is said first.
      const isReplaced = replaced.has(slot) && !("last" in write && write.last === true);
      return slot === undefined || !(isReplaced || this.#waiting.isNewer(write, slot));
    });
    return [...again, ...rest];
  }

  /** Sends one batch, again and again until Redis has taken it; false when time ran out first. */
  async send(first: readonly Write[], marks: Marks, end: SendingEnd): Promise<boolean> {
    const { onOutage, onWriting = (since: number) => this.#stats.writingSince = since } = this.#options;
    onWriting(Date.now());
    let recovered: readonly Write[] = [];
    const attempt = async ({ number }: Attempt) => {
      const start = performance.now();
      if (!this.#hasBegun) await this.#begin(end);
      if (this.#isUncompared) recovered = await this.#recover(end);
      const batch = number === 0 ? first : await this.#renewWhenBack(first, end);
      const applied = await end.unlessEnded(this.#target.apply(withEvents(batch, recovered)));
      if (number > 0) {
        this.#isStale = false;
        onOutage?.(undefined, true);
      }
      onWriting(0);
      this.#onApplied(batch, applied);
      this.#measure(start, applied.commands, marks);
      return true;
    };
    const reported = new Set<string>();
    const report = (error: unknown) => {
      if (error instanceof StoreError) {
        const kind = outageKindOf(error);
        onOutage?.(error, !reported.has(kind));
        reported.add(kind);
      }
      throw error;
    };
    const isSent = await retry((each) => attempt(each).catch(report), {
      ...RETRY,
      signal: end.signal,
      isTemporary: (error) => error instanceof StoreError,
      onFailure: () => void (this.#stats.retries += 1),
      untilWoken: () => (this.#pause = new AbortController()).signal,
    });
    return isSent === true;
  }

  async #begin({ unlessEnded }: SendingEnd): Promise<void> {
    const { begin } = this.#options;
    if (begin !== undefined) await unlessEnded(begin());
    this.#hasBegun = true;
  }

  /** Compares what Redis has with what it had taken, as it stands after the last loss of the connection. */
  async #recover({ unlessEnded }: SendingEnd): Promise<Write[]> {
    const { recover } = this.#options;
    this.#isUncompared = false;
    try {
      return recover === undefined ? [] : await unlessEnded(recover());
    } catch (error) {
      this.#isUncompared = true;
      throw error;
    }
  }

  /** The few statuses find out whether Redis is back, and say first what has become of everything else. */
  async #renewWhenBack(
    first: readonly Write[],
    { unlessEnded }: SendingEnd,
  ): Promise<readonly Write[]> {
    const { state } = this.#options;
    if (state === undefined) return first;
    await unlessEnded(this.#target.apply(state.statuses()));
    return this.renew(first);
  }

  /** What became of the writes of a batch that Redis has taken. */
  #onApplied(
    batch: readonly Write[],
    { commands, rejected, refused = [], replaced = [], prepended = [] }: Applied,
  ): void {
    this.#stats.batches += 1;
    this.#stats.writes += commands;
    this.#stats.rejected += rejected;
    // Rows of a stream that is not to be written are lost, as those that were dropped.
    for (const { write } of refused) if (write.kind === "append") this.#waiting.giveUp(write);
    if (this.refused.update(batch, refused)) this.#options.onRefused?.(this.refused.values());
    if (replaced.length > 0) this.#options.onReplaced?.(replaced);
    if (prepended.length > 0) this.#options.onPrepended?.(prepended);
    const unkept = new Set(refused.map(({ write }) => write));
    this.#options.onWritten?.(unkept.size === 0 ? batch : batch.filter((write) => !unkept.has(write)));
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
}

/** Returns a batch with older events in front of its own, behind the states that say what has become of everything. */
function withEvents(batch: readonly Write[], older: readonly Write[]): readonly Write[] {
  if (older.length === 0) return batch;
  const at = batch.findIndex((write) => slotOf(write) === undefined || isTrim(write));
  return at < 0 ? [...batch, ...older] : [...batch.slice(0, at), ...older, ...batch.slice(at)];
}

/**
 * Returns what names an outage, of which each is reported once: the word of Redis, or none where the connection itself is gone.
 */
export function outageKindOf({ cause }: StoreError): string {
  const message = cause instanceof Error ? cause.message : "";
  return refusalOf(message) === undefined ? "" : message.split(" ", 1)[0] as string;
}
