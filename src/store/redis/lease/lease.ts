/**
 * The lease of a KEY_PREFIX: the service that holds it is the one that writes. It is a key that runs out unless its holder
 * renews it. Times are those of a clock that only runs; a clock that is set decides nothing.
 */
import { sleep } from "../../../shared/async/sleep.ts";
import type { LeaseStatus } from "../../../model/status.ts";
import { LeaseError } from "../../../shared/errors.ts";
import { formatShard } from "../../../shared/shard.ts";
import { TransportError } from "../transport.ts";
import { type Acquired, Acquisition } from "./acquisition.ts";
import type { Holder } from "./holder.ts";
import { type FoundLease, isUnknown, LeaseKeys, type SendCommands } from "./lease_keys.ts";
import type { LeaseClock, LeaseOptions, LeaseParts } from "./lease_options.ts";
import { type Rival, Rivals } from "./rivals.ts";
import { LeaseWaiting, LOOK_MS } from "./waiting.ts";

const CLOCK: LeaseClock = { now: () => performance.now(), sleep };

/** How often another number is looked at before ours ends for it: one that has only begun sees ours, and gives way. */
const RIVAL_LOOKS = 10;

/** The lease of a prefix; it is nobody's until {@link check} has taken it. */
export class Lease implements Disposable {
  readonly #options: LeaseOptions;
  readonly #keys: LeaseKeys;
  readonly #rivals: Rivals;
  readonly #clock: LeaseClock;
  readonly #closing = new AbortController();
  readonly #waiting: LeaseWaiting;
  readonly #acquisition: Acquisition;
  #state: "none" | "held" | "lost" = "none";
  #own: FoundLease | undefined;
  #heldAt = -Infinity;
  /** When it was sent what Redis has answered with our own name. */
  #provenAt = -Infinity;
  #error: LeaseError | undefined;
  #isRefused = false;
  readonly #begun = Promise.withResolvers<void>();
  /** For whom the term is given back, if anybody has asked for it. */
  #next = "";
  #isInUse: ((clients: string) => boolean) | undefined;
  #ask: SendCommands = () => Promise.reject(new TransportError("nothing is connected"));
  #last: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#keys = new LeaseKeys(options.keyPrefix, options.shard);
    this.#rivals = new Rivals(options.keyPrefix, options.shard, options.clustered === true);
    this.#clock = options.clock ?? CLOCK;
    const parts: LeaseParts = {
      ...{ options, keys: this.#keys, rivals: this.#rivals, clock: this.#clock },
      signal: this.#closing.signal,
    };
    this.#waiting = new LeaseWaiting(parts, (holder, rival) => this.#lose(holder, rival));
    this.#acquisition = new Acquisition(parts, this.#waiting);
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

  /** Whether its holder is waited for as long as it takes. */
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
    return this.#clock.now() - this.#waiting.othersUntil;
  }

  /** Milliseconds to go until nobody who had it before writes any more, by that one's own clock alone. */
  get settlingMs(): number {
    return this.#acquisition.isAbrupt
      ? Math.max(0, this.#heldAt + 2 * this.#options.leaseMs - this.#clock.now())
      : 0;
  }

  /**
   * Renews it from now on; `ask` is used where nothing else is given. `isInUse`: whether a list of clients has somebody who may
   * have had it before Redis lost all of it.
   */
  begin(ask: SendCommands, isInUse?: (clients: string) => boolean): void {
    this.#ask = ask;
    this.#isInUse = isInUse;
    void this.#keep(ask);
  }

  /**
   * Resolves once Redis has said that it is ours; it is taken where nobody has it, and waited for where another had it. Rejects
   * with LeaseError where it is another's; with what Redis said where it says nothing of it.
   */
  check(ask: SendCommands = this.#ask): Promise<void> {
    return this.#inTurn(() => this.#check(ask));
  }

  /** Makes the service that has asked for it the next holder. */
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
    // So that no number comes twice, whatever has removed or damaged it.
    const { epoch } = await this.#keys.term(ask);
    if (epoch < own.holder.epoch) await this.#keys.restore(ask, own.holder.epoch);
  }

  async #check(ask: SendCommands): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#closing.signal.aborted) throw new TransportError("the service stops");
    if (this.#own === undefined) return this.#hold(await this.#acquisition.run(ask, this.#isInUse));
    const { text, holder } = this.#own;
    while (true) {
      const at = this.#clock.now();
      const found = await this.#keys.read(ask);
      if (found?.text === text) {
        await this.#loseToRival(ask, text);
        // Of one that has been out of reach little may be left.
        const renewed = await this.#keys.extend(ask, text, this.#options.leaseMs);
        if (renewed?.text !== text) continue;
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
      await this.#waiting.outwait(ask, found, { isFirst: false });
    }
  }

  /** Ends for another number of shards that has begun meanwhile and goes on: `taken` is given back. */
  async #loseToRival(ask: SendCommands, taken?: string): Promise<void> {
    let [rival] = await this.#rivals.find(ask);
    for (let looks = 1; rival !== undefined && looks < RIVAL_LOOKS; looks++) {
      await this.#waiting.pause(LOOK_MS);
      [rival] = await this.#rivals.find(ask);
    }
    if (rival === undefined) return;
    if (taken !== undefined) await this.#keys.remove(ask, taken);
    this.#lose(rival.found.holder, rival);
  }

  #hold({ own, at }: Acquired): void {
    this.#own = own;
    this.#provenAt = at;
    this.#heldAt = this.#clock.now();
    this.#state = "held";
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
}
