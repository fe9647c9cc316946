/**
 * What is to be written and was not sent yet. Of the writes with a slot (rows, states) only the newest per key waits; events
 * (publishes, stream entries) wait in order up to a byte budget, beyond which the oldest are dropped. Both are counted, and
 * of what was dropped there is a log.
 */
import type { Stats } from "../../model/stats.ts";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { Fifo } from "../../shared/fifo.ts";
import { type Drop, DroppedEventLog } from "./dropped_events.ts";
import { createLatencyTracker, type Marks } from "./latency_tracker.ts";
import { bytesOf, isTrim, slotOf, type Write } from "./write.ts";

/** Settings of {@link WaitingWrites}. */
export type WaitingOptions = {
  readonly stats: Stats;
  /** Bytes of events that may wait. */
  readonly maxBytes: number;
  /** Called when more than `maxBytes` wait; drops the oldest events here, unless somebody else decides. */
  readonly makeRoom?: () => void;
  /** A row that was backfilled is dropped, or refused. */
  readonly onUnkept?: (write: Write & { readonly kind: "append" }) => void;
};

/**
 * Largest share of waiting events taken into one batch; keeps the memory of one bounded. Of 300,000 tickers a second as many
 * land with 10,000, at twice the memory.
 */
const BATCH_EVENTS = 5000;

/** Above so many waiting events, with which the next batch takes all that there is, receiving waits for it, */
export const FULL_EVENTS = 4000;

/** but so long at most: the exchange closes a connection that is read too slowly, and newer rows are worth more. */
const FULL_MS = 100;

/** Above so many waiting events frames that a newer one will replace are not decoded. */
export const CONGESTED_EVENTS = 20_000;

/** Rows and states of different keys that may wait; more than a server with every instrument has. */
const MAX_SLOTS = 500_000;

/** The queue of one lane. Who sends takes a batch of it at a time. */
export class WaitingWrites {
  readonly #stats: Stats;
  readonly #maxBytes: number;
  readonly #makeRoom: () => void;
  readonly #onUnkept: (write: Write & { readonly kind: "append" }) => void;
  #slots = new Map<string, Write>();
  /** Writes that come after the rows and events that they are about. */
  #trims = new Map<string, Write>();
  readonly #events = new Fifo<Write>();
  #bytes = 0;
  /** Events ever queued, and those of them that were taken or dropped. */
  #queued = 0;
  #left = 0;
  #wake: (() => void) | undefined;
  /** Resolves for those that wait for room. */
  #room: PromiseWithResolvers<void> | undefined;
  /** There was none for too long, and no batch was taken since. */
  #isOverdue = false;
  /** Events that Redis has already; undefined: none of those that wait. */
  #known: WeakSet<Write> | undefined;
  readonly #latency = createLatencyTracker();
  readonly #drops = new DroppedEventLog();

  constructor(
    { stats, maxBytes, makeRoom = () => this.shrink(stats.queuedBytes - maxBytes), onUnkept = () => {} }:
      WaitingOptions,
  ) {
    this.#stats = stats;
    this.#maxBytes = maxBytes;
    this.#makeRoom = makeRoom;
    this.#onUnkept = onUnkept;
  }

  /** Bytes of events that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many events wait. */
  get events(): number {
    return this.#events.length;
  }

  get isEmpty(): boolean {
    return this.#slots.size + this.#trims.size === 0 && this.events === 0;
  }

  /** Whether the next batch takes every event, and what was dropped before them is recorded. */
  get fitsOneBatch(): boolean {
    return this.events <= BATCH_EVENTS && !this.#drops.isPending;
  }

  /** Whether more comes in than goes out. */
  get isCongested(): boolean {
    return this.events > CONGESTED_EVENTS;
  }

  /** Returns what receiving should wait for; undefined: there is room, or it has waited long enough until the next batch. */
  room(): Promise<void> | undefined {
    if (this.events <= FULL_EVENTS || this.#isOverdue) return undefined;
    if (this.#room === undefined) {
      const room = Promise.withResolvers<void>();
      this.#room = room;
      void withDeadline(room.promise, FULL_MS, () => {
        this.#isOverdue = true;
        this.#endWait();
      });
    }
    return this.#room.promise;
  }

  /** Whether something was dropped, or refused, of which there is no record yet. */
  get hasDropped(): boolean {
    return this.#drops.isPending;
  }

  /** Adds writes. `receivedAt`, in Unix milliseconds, where the writes are those of something received: its way is measured. */
  add(writes: readonly Write[], receivedAt?: number): void {
    for (const write of writes) {
      const slot = slotOf(write);
      if (slot === undefined) {
        this.#events.push(write);
        this.#queued += 1;
        const bytes = bytesOf(write);
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
      this.#latency.note(receivedAt, this.#queued);
      this.#drops.tick(receivedAt, this.#queued);
    }
    if (this.#stats.queuedBytes > this.#maxBytes) this.#makeRoom();
    if (this.#stats.queuedBytes > this.#stats.queuedBytesPeak) {
      this.#stats.queuedBytesPeak = this.#stats.queuedBytes;
    }
    this.#wake?.();
  }

  /** Adds those of which nothing newer waits. */
  addOlder(writes: Iterable<Write>): void {
    for (const write of writes) {
      const slot = slotOf(write) as string;
      if (!this.#slots.has(slot) && !this.#trims.has(slot)) {
        (isTrim(write) ? this.#trims : this.#slots).set(slot, write);
      }
    }
  }

  /** Resolves when something was added since, or {@link wake} was called. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake = resolve);
    this.#wake = undefined;
  }

  /** Wakes what awaits a {@link change}. */
  wake(): void {
    this.#wake?.();
  }

  /** Returns whether another write of the same slot waits, which is newer. */
  isNewer(write: Write, slot: string): boolean {
    return [this.#slots.get(slot), this.#trims.get(slot)].some((waits) =>
      waits !== undefined && waits !== write
    );
  }

  /** Leaves those of the events that wait out of the next batches that Redis has already. */
  leaveOut(isKnown: (write: Write) => boolean): void {
    for (const write of this.#events.toArray()) {
      if (isKnown(write)) (this.#known ??= new WeakSet()).add(write);
    }
  }

  /** Drops the oldest events, of `bytes` together or a little more. */
  shrink(bytes: number): void {
    const target = this.#bytes - bytes;
    while (this.#bytes > target) {
      const write = this.#events.shift();
      if (write === undefined) break;
      this.#weigh(-bytesOf(write));
      this.giveUp(write);
      this.#left += 1;
      this.#stats.dropped += 1;
    }
  }

  /** Notes that an event is lost. */
  giveUp(write: Write): void {
    if (write.kind === "append" && write.backfilled === true) this.#onUnkept(write);
    else this.#drops.note(write, this.#left);
  }

  /** Returns what was dropped and is to be recorded now: from time to time, or `quiet` when nothing waits any more. */
  reportDrops(quiet: boolean): Drop[] {
    return this.#drops.report(Date.now(), quiet);
  }

  /** Takes the next batch; `first` makes what goes first of the writes with a slot. */
  take(first?: (writes: Write[]) => Write[]): { batch: Write[]; marks: Marks } {
    const count = Math.min(this.#events.length, BATCH_EVENTS);
    this.#left += count;
    this.#drops.left(this.#left);
    const rows = [...this.#slots.values()];
    const batch = first === undefined ? rows : first(rows);
    // A mark goes before the entries that are left of its stream, which have higher ids.
    for (const mark of this.#drops.marks()) batch.push(mark);
    for (let i = 0; i < count; i++) {
      const write = this.#events.shift() as Write;
      this.#weigh(-bytesOf(write));
      if (this.#known?.has(write) === true) continue;
      if (write.kind === "publish") this.#stats.publishes += 1;
      batch.push(write);
    }
    if (this.events === 0) this.#known = undefined;
    this.#isOverdue = false;
    if (this.events <= FULL_EVENTS) this.#endWait();
    for (const write of this.#trims.values()) batch.push(write);
    this.#slots = new Map();
    // Streams get longer with the events that are left.
    const again = this.events === 0 ? [] : [...this.#trims].filter(([, { kind }]) => kind === "trimStream");
    this.#trims = new Map(again);
    return { batch, marks: this.#latency.take(this.#left) };
  }

  #endWait(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes;
    this.#stats.queuedBytes += bytes;
  }
}
