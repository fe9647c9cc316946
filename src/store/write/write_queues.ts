/**
 * The queues of everything that is to be written: one {@link Batcher} for each lane of the store, so that what Redis does not
 * take holds up nothing else. A single server has one lane; in a cluster the keys of one server are a lane, which stays the
 * same when another node comes to serve them. Lanes share one budget of bytes, and the one that waits most pays for it.
 */
import { StoreError } from "../../shared/errors.ts";
import { type BatchTarget, outageKindOf } from "./batch_sender.ts";
import { Batcher, type BatcherOptions, type RunOptions } from "./batcher.ts";
import type { RefusedWrite } from "./refused_writes.ts";
import { keyOf } from "./refused_writes.ts";
import type { WaitingWrites } from "./waiting_writes.ts";
import type { Write } from "./write.ts";

/** Whether what is under a key is meant. */
export type InLane = (key: string) => boolean;

/** What the queues send to. */
export type QueueTarget = BatchTarget & { laneOf(key: string): string };

/** Settings of {@link WriteQueues}: as those of one queue, where what is asked for is that of one lane. */
export type WriteQueuesOptions =
  & Omit<
    BatcherOptions,
    "lastMinute" | "onWritten" | "begin" | "recover" | "state" | "makeRoom" | "onWriting"
  >
  & {
    readonly lastMinute?: (whole: boolean, inLane: InLane) => Write[];
    /** Whether `lastMinute` has something to say. */
    readonly hasDue?: (inLane: InLane) => boolean;
    readonly onWritten?: (writes: readonly Write[], inLane: InLane) => void;
    readonly begin?: ((inLane: InLane) => Promise<void>) | undefined;
    readonly recover?: (inLane: InLane) => Promise<Write[]>;
    readonly state?: { statuses(inLane: InLane): Write[]; rows(inLane: InLane): Write[] };
  };

type Lane = {
  /** One of its keys. */
  readonly key: string;
  readonly batcher: Batcher;
  readonly inLane: InLane;
  /** Why Redis takes no writes of it. */
  away: StoreError | undefined;
  /** Who waits for it to be written, or to be away. */
  readonly waiters: Set<() => void>;
};

/** Queues writes by lane and sends them. Idle until {@link run}. */
export class WriteQueues {
  readonly #target: QueueTarget;
  readonly #options: WriteQueuesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** When the batch under way of each lane was first sent, in that order. */
  readonly #writing = new Map<string, number>();
  readonly #refused = new Map<string, readonly RefusedWrite[]>();
  /** What was said of the outages that are not over. */
  readonly #reported = new Set<string>();
  #run: ((lane: Lane) => void) | undefined;

  constructor(target: QueueTarget, options: WriteQueuesOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Adds as {@link WaitingWrites.add} does. What is of one lane keeps its order. */
  add(writes: readonly Write[], receivedAt?: number): void {
    const [first] = writes;
    if (first === undefined) return;
    const key = keyOf(first);
    const name = this.#target.laneOf(key);
    if (name === "" || writes.every((write) => this.#target.laneOf(keyOf(write)) === name)) {
      return this.#lane(name, key).batcher.waiting.add(writes, receivedAt);
    }
    for (const [lane, some] of Map.groupBy(writes, (write) => this.#target.laneOf(keyOf(write)))) {
      this.#lane(lane, keyOf(some[0] as Write)).batcher.waiting.add(some, receivedAt);
    }
  }

  /** Redis may have lost what it had under these keys: all that is in their lanes goes again, statuses first. */
  restate(affected: InLane = () => true): void {
    for (const { key, batcher } of this.#lanes.values()) if (affected(key)) batcher.restate();
  }

  /** Handles a connection that was lost, and with it perhaps what was taken last under these keys: events are compared too. */
  reconnect(affected: InLane): void {
    for (const { key, batcher } of this.#lanes.values()) if (affected(key)) batcher.reconnect();
  }

  /** Redis takes what is under these keys, as far as is known: the next attempt is made now. */
  tryNow(affected: InLane): void {
    for (const { key, batcher } of this.#lanes.values()) if (affected(key)) batcher.tryNow();
  }

  /** Sends a batch soon where something is due. */
  hurry(): void {
    const { hasDue } = this.#options;
    for (const { batcher, inLane } of this.#lanes.values()) if (hasDue?.(inLane) !== false) batcher.hurry();
  }

  /** Does what {@link Batcher.retry} does, for every lane. */
  retry(): void {
    for (const { batcher } of this.#lanes.values()) batcher.retry();
  }

  /** Returns what shares a lane with this key; a Redis that has lost it has lost that too. */
  inLaneOf(key: string): InLane {
    const name = this.#target.laneOf(key);
    return (other) => this.#target.laneOf(other) === name;
  }

  /** Returns whether Redis has refused the newest of these writes. */
  isRefused(write: Write): boolean {
    return this.#of(keyOf(write))?.batcher.isRefused(write) === true;
  }

  /** Returns whether something of the lane of a key was dropped, or refused, of which there is no record yet. */
  hasDropped(key: string): boolean {
    return this.#of(key)?.batcher.waiting.hasDropped === true;
  }

  /** Returns whether more waits in the lane of a key than goes out. */
  congested(key: string): boolean {
    return this.#of(key)?.batcher.waiting.isCongested === true;
  }

  /** Returns what {@link WaitingWrites.room} does, of the lane of a key. */
  room(key: string): Promise<void> | undefined {
    return this.#of(key)?.batcher.waiting.room();
  }

  /** As {@link WaitingWrites.leaveOut}, of the lane of a key. */
  leaveOut(key: string, isKnown: (write: Write) => boolean): void {
    this.#of(key)?.batcher.waiting.leaveOut(isKnown);
  }

  /** Returns whether Redis takes no writes under a key. */
  isAway(key: string): boolean {
    return this.#of(key)?.away !== undefined;
  }

  /** Whether Redis takes writes of some lanes, and of others not. */
  get isPartlyAway(): boolean {
    const away = [...this.#lanes.values()].filter((lane) => lane.away !== undefined).length;
    return away > 0 && away < this.#lanes.size;
  }

  /** Resolves when all that was added so far is written, but for lanes of which Redis takes no writes. */
  async idle(): Promise<void> {
    const single = this.#lanes.get("");
    if (single !== undefined) return await single.batcher.idle();
    await Promise.all([...this.#lanes.values()].map(async (lane) => {
      if (lane.away !== undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      lane.waiters.add(resolve);
      await Promise.race([lane.batcher.idle(), promise]);
      lane.waiters.delete(resolve);
    }));
  }

  /** Runs every lane as {@link Batcher.run} does. */
  async run(signal: AbortSignal, options: RunOptions = {}): Promise<void> {
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {});
    const running = new Set<Promise<void>>();
    this.#run = ({ batcher }) => {
      const work = batcher.run(signal, options).catch(ended.reject).finally(() => running.delete(work));
      running.add(work);
    };
    for (const lane of this.#lanes.values()) this.#run(lane);
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
      if (signal.aborted) resolve();
    });
    await Promise.race([aborted, ended.promise]);
    while (running.size > 0) await Promise.race([Promise.all(running), ended.promise]);
  }

  #of(key: string): Lane | undefined {
    return this.#lanes.get(this.#target.laneOf(key));
  }

  #lane(name: string, key: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const { lastMinute, onWritten, begin, recover, state, onRefused, hasDue: _hasDue, ...options } =
      this.#options;
    const inLane: InLane = name === "" ? () => true : (other) => this.#target.laneOf(other) === name;
    const batcher = new Batcher(this.#target, {
      ...options,
      ...(lastMinute === undefined ? {} : { lastMinute: (whole) => lastMinute(whole, inLane) }),
      ...(onWritten === undefined ? {} : { onWritten: (writes) => onWritten(writes, inLane) }),
      ...(begin === undefined ? {} : { begin: () => begin(inLane) }),
      ...(recover === undefined ? {} : { recover: () => recover(inLane) }),
      ...(state === undefined
        ? {}
        : { state: { statuses: () => state.statuses(inLane), rows: () => state.rows(inLane) } }),
      ...(onRefused === undefined ? {} : {
        onRefused: (refused) => {
          this.#refused.set(name, refused);
          onRefused([...this.#refused.values()].flat());
        },
      }),
      makeRoom: () => this.#makeRoom(),
      onWriting: (since) => this.#noteWriting(name, since),
      onOutage: (error) => this.#onOutage(lane, error),
    });
    const lane: Lane = { key, batcher, inLane, away: undefined, waiters: new Set() };
    this.#lanes.set(name, lane);
    this.#run?.(lane);
    return lane;
  }

  /** The lane with most waiting gives up the oldest of it: one that is taken at once has next to nothing. */
  #makeRoom(): void {
    const { stats, maxBytes } = this.#options;
    let most: WaitingWrites | undefined;
    for (const { batcher: { waiting } } of this.#lanes.values()) {
      if (waiting.bytes > (most?.bytes ?? 0)) most = waiting;
    }
    most?.shrink(stats.queuedBytes - maxBytes);
  }

  #noteWriting(name: string, since: number): void {
    this.#writing.delete(name);
    if (since > 0) this.#writing.set(name, since);
    const [oldest = 0] = this.#writing.values();
    this.#options.stats.writingSince = oldest;
  }

  /** Several lanes may wait for one node: what is the matter is said once for all of them. */
  #onOutage(lane: Lane, error: Error | undefined): void {
    lane.away = error instanceof StoreError ? error : undefined;
    if (lane.away !== undefined) {
      for (const resolve of lane.waiters) resolve();
      lane.waiters.clear();
      const kind = outageKindOf(lane.away);
      const isNew = !this.#reported.has(kind);
      this.#reported.add(kind);
      this.#options.onOutage?.(lane.away, isNew);
      return;
    }
    const other = [...this.#lanes.values()].find(({ away }) => away !== undefined)?.away;
    if (other === undefined) this.#reported.clear();
    this.#options.onOutage?.(other, other === undefined);
  }
}
