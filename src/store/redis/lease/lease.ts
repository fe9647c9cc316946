/**
 * The lease of a KEY_PREFIX: whoever holds it is the one who writes. It is a key that runs out unless its holder renews it.
 * Times are those of a clock that only runs; a clock that is set decides nothing. The file is long because whose a lease is is
 * decided in one place.
 */
import { sleep } from "../../../shared/async/sleep.ts";
import type { LeaseStatus } from "../../../model/status.ts";
import { LeaseError } from "../../../shared/errors.ts";
import { formatShard, type Shard } from "../../../shared/shard.ts";
import { TransportError } from "../transport.ts";
import { type Contender, type Holder, renderHolder } from "./holder.ts";
import { type FoundLease, isUnknown, LeaseKeys, type SendCommands } from "./lease_keys.ts";
import { type Rival, Rivals } from "./rivals.ts";

/** Settings of {@link Lease}. */
export type LeaseOptions = {
  readonly keyPrefix: string;
  /** It is that of one shard; undefined: there are none. */
  readonly shard?: Shard | undefined;
  readonly clustered?: boolean;
  readonly contender: Contender;
  /** How long the lease lasts after it was renewed. */
  readonly leaseMs: number;
  /** A holder that goes on is asked to hand over, and replaced where it does not. */
  readonly isTakeover?: boolean;
  /** A holder that goes on is waited for as long as it does. */
  readonly isStandby?: boolean;
  /** Another had the lease and may be gone: it is waited for its end. */
  readonly onWaiting?: (holder: Holder | undefined, ms: number, rival?: Rival) => void;
  /** A term of ours has begun. */
  readonly onHeld?: (holder: Holder) => void;
  /** Redis does not let this account have it: nothing is known of others. */
  readonly onRefused?: (reason: string) => void;
  /** Another holds it: this process has written for the last time. */
  readonly onLost?: (error: LeaseError) => void;
  readonly clock?: LeaseClock;
};

/** Milliseconds of a clock that only runs, and waiting by it. */
export type LeaseClock = { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };

const CLOCK: LeaseClock = { now: () => performance.now(), sleep };

/** How often a lease of another is looked at. */
const LOOK_MS = 100;

/** The time that is left grows by more than this only when somebody renews it. */
const GROWN_MS = 20;

/** What lasts longer is no lease of okws: it is made to run out. */
const MAX_MS = 600_000;

/** Beyond the length of a lease, where Redis does not say how much is left of it. */
const EXTRA_MS = 1000;

/** How often a holder is asked to hand over: one that has only begun may not listen yet. */
const REQUEST_MS = 1000;

/** How often another number is looked at before ours ends for it: one that has only begun sees ours, and gives way. */
const RIVAL_LOOKS = 10;

/** How long a holder has to drain its queues and end, when it is asked to hand over. */
const HANDOVER_MS = 10_000;

/** Nobody's until {@link check} has taken it. */
export class Lease implements Disposable {
  readonly #options: LeaseOptions;
  readonly #keys: LeaseKeys;
  readonly #rivals: Rivals;
  readonly #clock: LeaseClock;
  readonly #closing = new AbortController();
  #state: "none" | "held" | "lost" = "none";
  #own: FoundLease | undefined;
  #heldAt = -Infinity;
  /** When it was sent what Redis has answered with our own name. */
  #provenAt = -Infinity;
  /** Whoever had it before may not know yet that it is over. */
  #isAbrupt = false;
  #error: LeaseError | undefined;
  #isRefused = false;
  readonly #begun = Promise.withResolvers<void>();
  /** For whom the term is given back, if anybody has asked for it. */
  #next = "";
  /** The term of the one that is waited for: a Redis that does not know of it has lost what was in it. */
  #othersEpoch = 0;
  /** Until when, by our clock, another one surely had it. */
  #othersUntil = -Infinity;
  /** The one of another number that was seen last: a Redis that does not know of its end has lost what was in it. */
  #lastRival: Rival | undefined;
  #ask: SendCommands = () => Promise.reject(new TransportError("nothing is connected"));
  #last: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#keys = new LeaseKeys(options.keyPrefix, options.shard);
    this.#rivals = new Rivals(options.keyPrefix, options.shard, options.clustered === true);
    this.#clock = options.clock ?? CLOCK;
  }

  /** The number of our term; 0: none has begun. */
  get epoch(): number {
    return this.#own?.holder.epoch ?? 0;
  }

  /** Who holds it, where it is us. */
  get holder(): Holder | undefined {
    return this.#state === "held" ? this.#own?.holder : undefined;
  }

  /** Why it cannot be had any more. */
  get error(): LeaseError | undefined {
    return this.#error;
  }

  /** Whether whoever holds it is waited for as long as it takes. */
  get isStandby(): boolean {
    return this.#options.isStandby === true;
  }

  /** Resolves when a term of ours begins. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Whether Redis does not let this account have it. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Whether it may still be had, and is not. */
  get isWaiting(): boolean {
    return this.#state === "none" && !this.#isRefused && !this.isStandby;
  }

  /** Returns what is shown of it. */
  status(): LeaseStatus {
    const ageMs = this.ageMs === Infinity ? null : Math.round(this.ageMs);
    const waiting = this.isStandby && this.#state === "none" ? "standby" : "waiting";
    const role = this.#state === "held"
      ? "active"
      : this.#isRefused && !this.isStandby
      ? "unprotected"
      : waiting;
    return { role, epoch: this.epoch, ageMs };
  }

  /** Milliseconds since it was sure last; Infinity: it never was. */
  get ageMs(): number {
    return this.#clock.now() - this.#provenAt;
  }

  /** Whether somebody else could have it by now. */
  get isOverdue(): boolean {
    return this.ageMs > this.#options.leaseMs;
  }

  /** Milliseconds since another one surely had it, as it was seen while we stood by; infinite: it never was. */
  get sinceOthersMs(): number {
    return this.#clock.now() - this.#othersUntil;
  }

  /** Milliseconds to go until nobody who had it before writes any more, by that one's own clock alone. */
  get settlingMs(): number {
    return this.#isAbrupt ? Math.max(0, this.#heldAt + 2 * this.#options.leaseMs - this.#clock.now()) : 0;
  }

  /** Renews it from now on; `ask` is used where nothing else is given. */
  begin(ask: SendCommands): void {
    this.#ask = ask;
    void this.#keep(ask);
  }

  /**
   * Resolves once Redis has said that it is ours; it is taken where nobody has it, and waited for where another had it. Rejects
   * with LeaseError where it is another's; with what Redis said where it says nothing of it.
   */
  check(ask: SendCommands = this.#ask): Promise<void> {
    return this.#inTurn(() => this.#check(ask));
  }

  /** Whoever has asked for it is to be the next one to have it. */
  promise(instance: string): void {
    this.#next = instance;
  }

  /** Gives it back, so that the next one need not wait. What Redis says against it changes nothing: it runs out. */
  async release(): Promise<void> {
    const ask = this.#ask;
    this[Symbol.dispose]();
    await this.#inTurn(async () => {
      const own = this.#own;
      if (this.#state !== "held" || own === undefined) return;
      this.#state = "lost";
      await this.#keys.noteReleased(ask, own.holder.epoch, this.#next);
      await this.#keys.remove(ask, own.text);
    }).catch(() => {});
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work).then(() => void (this.#isRefused = false), (error) => {
      if (isUnknown(error) && !this.#isRefused) {
        this.#isRefused = true;
        this.#options.onRefused?.(error.message);
      }
      throw error;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #keep(ask: SendCommands): Promise<void> {
    const { signal } = this.#closing;
    while (true) {
      await this.#clock.sleep(this.#options.leaseMs / 3, signal);
      if (signal.aborted || this.#error !== undefined) return;
      if (this.#state === "held" || this.#isRefused) {
        await this.#inTurn(() => this.#renew(ask)).catch(() => {});
      }
    }
  }

  async #renew(ask: SendCommands): Promise<void> {
    const own = this.#own;
    // One that may be over is looked at before anything is written.
    if (own === undefined || this.isOverdue) return await this.#check(ask);
    const at = this.#clock.now();
    const found = await this.#keys.extend(ask, own.text, this.#options.leaseMs);
    if (found?.text !== own.text) return await this.#check(ask);
    this.#provenAt = at;
    await this.#rivals.announce(ask);
    if ((await this.#rivals.findListed(ask)).length > 0) await this.#loseToRival(ask, own.text);
    // So that no number comes twice, whoever has removed or damaged it.
    const { epoch } = await this.#keys.term(ask);
    if (epoch < own.holder.epoch) await this.#keys.restore(ask, own.holder.epoch);
  }

  async #check(ask: SendCommands): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#closing.signal.aborted) throw new TransportError("the service stops");
    if (this.#own === undefined) return await this.#acquire(ask);
    const { text, holder } = this.#own;
    while (true) {
      const at = this.#clock.now();
      const found = await this.#keys.read(ask);
      if (found?.text === text) {
        await this.#loseToRival(ask, text);
        this.#provenAt = at;
        return;
      }
      if (found === undefined) {
        // Somebody who had it meanwhile has written.
        await this.#rivals.announce(ask);
        await this.#loseToRival(ask);
        const { epoch } = await this.#keys.term(ask);
        if (epoch > holder.epoch) this.#lose(undefined);
        if (!await this.#keys.take(ask, text, this.#options.leaseMs)) continue;
        await this.#loseToRival(ask, text);
        this.#provenAt = at;
        if (epoch < holder.epoch) await this.#keys.restore(ask, holder.epoch);
        return;
      }
      // An older one may be that of a copy of Redis that was behind.
      if (found.holder.epoch >= holder.epoch) this.#lose(found.holder);
      await this.#outwait(ask, found);
    }
  }

  async #acquire(ask: SendCommands): Promise<void> {
    const { contender, leaseMs } = this.#options;
    let hasWaited = false;
    let hasYielded = false;
    let hasWaitedForRivals = false;
    while (true) {
      const at = this.#clock.now();
      const found = await this.#keys.read(ask);
      if (found !== undefined && found.holder.instance !== contender.instance) {
        hasWaited = await this.#outwait(ask, found);
        hasYielded = false;
        continue;
      }
      const [rival, ...others] = await this.#rivals.find(ask);
      if (rival !== undefined && found !== undefined) {
        await this.#keys.remove(ask, found.text);
        continue;
      }
      if (rival !== undefined) {
        // All of them end at the same time.
        const asked = this.#options.isTakeover === true ? others : [];
        for (const { keys } of asked) await keys.request(ask, contender.instance);
        this.#lastRival = rival;
        const isOver = await this.#outwait(ask, rival.found, rival);
        // Where its epoch is gone too, all of Redis is.
        hasWaitedForRivals = isOver && (await rival.keys.term(ask)).epoch >= rival.found.holder.epoch;
        continue;
      }
      if (found === undefined && !hasWaitedForRivals && await this.#isRivalOpen(ask)) {
        await this.#giveChance(ask);
        hasWaitedForRivals = true;
        continue;
      }
      const term = await this.#keys.term(ask);
      if (found !== undefined) {
        // Redis has taken it, and was cut off before it could say so.
        if (await this.#isBegun(ask, found.holder, term.epoch)) return this.#hold(found, at);
        await this.#pause(LOOK_MS);
        continue;
      }
      const isForgotten = term.epoch < this.#othersEpoch;
      if ((term.epoch > 0 || isForgotten) && !term.isReleased && !hasWaited) {
        await this.#giveChance(ask);
        hasWaited = true;
        continue;
      }
      if (isForgotten) {
        await this.#keys.restore(ask, this.#othersEpoch);
        continue;
      }
      if (term.isReleased && term.next !== "" && term.next !== contender.instance && !hasYielded) {
        await this.#giveChance(ask);
        hasYielded = true;
        continue;
      }
      this.#isAbrupt = hasWaitedForRivals || (!term.isReleased && (term.epoch > 0 || hasWaited));
      const holder = { ...contender, epoch: term.epoch + 1, since: Date.now() };
      const text = renderHolder(holder);
      await this.#rivals.announce(ask);
      if (!await this.#keys.take(ask, text, leaseMs)) continue;
      // Of two numbers that begin at the same moment each sees the other.
      if ((await this.#rivals.find(ask)).length > 0) {
        await this.#keys.remove(ask, text);
        await this.#pause(LOOK_MS * (1 + Math.random()));
        continue;
      }
      // Otherwise somebody else had a whole term meanwhile: this one is let run out.
      if (await this.#isBegun(ask, holder, term.epoch)) return this.#hold({ text, holder }, at);
    }
  }

  /** Returns whether a holder of another number may take its lease again. */
  async #isRivalOpen(ask: SendCommands): Promise<boolean> {
    const last = this.#lastRival;
    if (last !== undefined && !(await last.keys.term(ask)).isReleased) return true;
    return await this.#rivals.isOpen(ask);
  }

  /** Returns whether the term of this holder is the one that begins, or has begun. */
  async #isBegun(ask: SendCommands, { epoch }: Holder, before: number): Promise<boolean> {
    await this.#rivals.outdate(ask);
    if (before === epoch) return true;
    return before === epoch - 1 && await this.#keys.begin(ask, before) === epoch;
  }

  /** Ends for another number of shards that has begun meanwhile and goes on: `taken` is given back. */
  async #loseToRival(ask: SendCommands, taken?: string): Promise<void> {
    let [rival] = await this.#rivals.find(ask);
    for (let looks = 1; rival !== undefined && looks < RIVAL_LOOKS; looks++) {
      await this.#pause(LOOK_MS);
      [rival] = await this.#rivals.find(ask);
    }
    if (rival === undefined) return;
    if (taken !== undefined) await this.#keys.remove(ask, taken);
    this.#lose(rival.found.holder, rival);
  }

  #hold(own: FoundLease, at: number): void {
    this.#own = own;
    this.#provenAt = at;
    this.#heldAt = this.#clock.now();
    this.#state = "held";
    this.#lastRival = undefined;
    this.#options.onHeld?.(own.holder);
    this.#begun.resolve();
  }

  #lose(holder: Holder | undefined, rival?: Rival): never {
    const { keyPrefix, shard } = this.#options;
    const error = this.#error = new LeaseError(keyPrefix, holder, {
      ...(shard === undefined ? {} : { shard: formatShard(shard) }),
      ...(rival === undefined ? {} : { rival: rival.shard === undefined ? "" : formatShard(rival.shard) }),
    });
    this.#state = "lost";
    this.#options.onLost?.(error);
    throw error;
  }

  /** A holder that lost the key, with all of Redis or alone, takes it again: nobody else does for as long as a lease lasts. */
  async #giveChance(ask: SendCommands): Promise<void> {
    const { leaseMs, onWaiting } = this.#options;
    const until = this.#clock.now() + leaseMs;
    onWaiting?.(undefined, leaseMs);
    while (this.#clock.now() < until) {
      await this.#pause(LOOK_MS);
      if (await this.#keys.read(ask) !== undefined) return;
      if ((await this.#rivals.find(ask)).length > 0) return;
    }
  }

  /**
   * Resolves when this lease is over, with whether it has run out, or was to be taken away: one that was removed before its
   * time may be taken again. One that is renewed goes on: that is an end for us, unless we stand by.
   */
  async #outwait(ask: SendCommands, { text, holder }: FoundLease, rival?: Rival): Promise<boolean> {
    const { leaseMs, contender, onWaiting } = this.#options;
    const keys = rival?.keys ?? this.#keys;
    const isTakeover = this.#options.isTakeover === true && this.#own === undefined;
    const isPatient = this.isStandby && this.#own === undefined;
    const begun = this.#clock.now();
    let before: number | undefined;
    let overAt = begun + leaseMs;
    let requestedAt = -Infinity;
    while (true) {
      if (isTakeover && this.#clock.now() - requestedAt >= REQUEST_MS) {
        requestedAt = this.#clock.now();
        await keys.request(ask, contender.instance);
      }
      const at = this.#clock.now();
      const { found, ttlMs } = await keys.look(ask);
      if (found?.text !== text) {
        return (!isPatient && rival === undefined) || at >= overAt - LOOK_MS;
      }
      const waitedMs = this.#clock.now() - begun;
      overAt = at + Math.max(0, ttlMs ?? leaseMs);
      if (before === undefined) onWaiting?.(holder, ttlMs ?? leaseMs, rival);
      if (isTakeover) {
        if (waitedMs > HANDOVER_MS) {
          if (rival !== undefined) await this.#rivals.remove(ask, rival);
          else await keys.remove(ask, text);
          return true;
        }
      } else if (isPatient) {
        // Of another number nothing says which paths it had, and until when.
        if (rival !== undefined) {
          before = ttlMs ?? leaseMs;
          await this.#pause(LOOK_MS);
          continue;
        }
        this.#othersEpoch = Math.max(this.#othersEpoch, holder.epoch);
        this.#othersUntil = Math.max(this.#othersUntil, overAt - leaseMs);
      } else if (ttlMs === undefined ? waitedMs > leaseMs + EXTRA_MS : ttlMs > (before ?? ttlMs) + GROWN_MS) {
        this.#lose(holder, rival);
      }
      if (ttlMs === -1 || (ttlMs ?? 0) > MAX_MS) await keys.extend(ask, text, leaseMs);
      before = ttlMs === -1 ? leaseMs : ttlMs ?? leaseMs;
      await this.#pause(LOOK_MS);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    await this.#clock.sleep(ms, signal);
    if (signal.aborted) throw new TransportError("the service stops");
  }
}
