/** Waiting for a lease that is another's: for its end, and for its last holder, which may take it again. */
import { TransportError } from "../transport.ts";
import { type Holder, MAX_LEASE_MS } from "./holder.ts";
import type { FoundLease, SendCommands } from "./lease_keys.ts";
import type { LeaseParts } from "./lease_options.ts";
import { isRenewed, Renewals } from "./renewals.ts";
import type { Rival } from "./rivals.ts";

/** How often a lease of another is looked at. */
export const LOOK_MS = 100;

/** Beyond the length of a lease, where Redis does not say how much is left of it. */
const EXTRA_MS = 1000;

/** How often a holder is asked to hand over: one that has only begun may not listen yet. */
const REQUEST_MS = 1000;

/** How long a holder has to drain its queues and end, when it is asked to hand over. */
const HANDOVER_MS = 10_000;

/** Rejects with TransportError when the service stops, and with what Redis says against it. */
export class LeaseWaiting {
  readonly #parts: LeaseParts;
  readonly #lose: (holder: Holder, rival?: Rival) => never;
  /** The term of the one that is waited for: a Redis that does not know of it has lost what was in it. */
  #othersEpoch = 0;
  /** Until when, by our clock, another one surely had it. */
  #othersUntil = -Infinity;

  /** `lose` is called with whose it stays. */
  constructor(parts: LeaseParts, lose: (holder: Holder, rival?: Rival) => never) {
    this.#parts = parts;
    this.#lose = lose;
  }

  /** The newest term that another one was seen to have; 0: none was. */
  get othersEpoch(): number {
    return this.#othersEpoch;
  }

  /** Until when, by our clock, another one surely had it; -Infinity: none was seen. */
  get othersUntil(): number {
    return this.#othersUntil;
  }

  /**
   * Waits as long as a lease lasts for a holder that lost the key, with all of Redis or alone, to take it again; returns early
   * where somebody has one.
   */
  async giveChance(ask: SendCommands): Promise<void> {
    const { options: { leaseMs, onWaiting }, keys, rivals, clock } = this.#parts;
    const until = clock.now() + leaseMs;
    onWaiting?.(undefined, leaseMs);
    while (clock.now() < until) {
      await this.pause(LOOK_MS);
      if (await keys.read(ask) !== undefined) return;
      if ((await rivals.find(ask)).length > 0) return;
    }
  }

  /**
   * Resolves when this lease is over, with whether it has run out, or was to be taken away: one that was removed before its
   * time may be taken again. One that is renewed goes on: that is an end for us, unless we stand by. `isFirst`: none of ours
   * has begun yet; `rival`: it is that of another number; `others`: so are these, and one of them that goes on is an end
   * for us, too.
   */
  async outwait(
    ask: SendCommands,
    { text, holder }: FoundLease,
    { isFirst, rival, others = [] }: {
      readonly isFirst: boolean;
      readonly rival?: Rival;
      readonly others?: readonly Rival[];
    },
  ): Promise<boolean> {
    const { options, rivals, clock } = this.#parts;
    const { leaseMs, contender, onWaiting } = options;
    const keys = rival?.keys ?? this.#parts.keys;
    // It is there as long as this Redis is, and nothing is left of what it wrote when it ends.
    if (holder.embedded === true) this.#lose(holder, rival);
    const isTakeover = options.isTakeover === true && isFirst;
    const isPatient = options.isStandby === true && isFirst;
    const holderMs = holder.leaseMs ?? leaseMs;
    const begun = clock.now();
    const renewals = new Renewals();
    let before: number | undefined;
    let overAt = begun + leaseMs;
    let requestedAt = -Infinity;
    while (true) {
      if (isTakeover && clock.now() - requestedAt >= REQUEST_MS) {
        requestedAt = clock.now();
        await keys.request(ask, contender.instance);
      }
      const at = clock.now();
      const { found, ttlMs: saidMs } = await keys.look(ask);
      if (found?.text !== text) return at >= overAt - LOOK_MS;
      // Redis' clock was set back, or it is none of okws: it is made to run out.
      const isTooLong = saidMs === -1 || (saidMs ?? 0) > (holder.leaseMs ?? MAX_LEASE_MS);
      const ttlMs = isTooLong ? holderMs : saidMs;
      if (isTooLong) await keys.extend(ask, text, holderMs);
      if (rival === undefined) this.#othersEpoch = Math.max(this.#othersEpoch, holder.epoch);
      const waitedMs = clock.now() - begun;
      overAt = at + Math.max(0, ttlMs ?? leaseMs);
      if (before === undefined) onWaiting?.(holder, ttlMs ?? leaseMs, rival);
      if (isTakeover) {
        if (waitedMs > HANDOVER_MS) {
          if (rival !== undefined) await rivals.remove(ask, rival);
          else await keys.remove(ask, text);
          return true;
        }
      } else if (isPatient) {
        // Of another number nothing says which paths it had, and until when.
        if (rival !== undefined) {
          before = ttlMs ?? leaseMs;
          await this.pause(LOOK_MS);
          continue;
        }
        this.#othersUntil = Math.max(this.#othersUntil, overAt - holderMs);
      } else if (
        ttlMs === undefined ? waitedMs > leaseMs + EXTRA_MS : !isTooLong && isRenewed(before, ttlMs)
      ) {
        this.#lose(holder, rival);
      } else {
        const renewed = await renewals.find(ask, others);
        if (renewed !== undefined) this.#lose(renewed.found.holder, renewed);
      }
      before = ttlMs ?? leaseMs;
      await this.pause(LOOK_MS);
    }
  }

  /** Rejects with TransportError when the service stops. */
  async pause(ms: number): Promise<void> {
    const { clock, signal } = this.#parts;
    await clock.sleep(ms, signal);
    if (signal.aborted) throw new TransportError("the service stops");
  }
}
