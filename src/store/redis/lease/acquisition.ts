/** How a lease is taken: who may have it before us is waited for, then a term of ours begins. */
import { type Holder, renderHolder } from "./holder.ts";
import type { FoundLease, SendCommands } from "./lease_keys.ts";
import type { LeaseParts } from "./lease_options.ts";
import type { Rival } from "./rivals.ts";
import { type LeaseWaiting, LOOK_MS } from "./waiting.ts";

/** Our term, and when what says so was sent. */
export type Acquired = { readonly own: FoundLease; readonly at: number };

/** Takes a lease where none of ours has begun. An attempt that is rejected leaves what it has learned to the next one. */
export class Acquisition {
  readonly #parts: LeaseParts;
  readonly #waiting: LeaseWaiting;
  #isAbrupt = false;
  /** The one of another number that was seen last: a Redis that does not know of its end has lost what was in it. */
  #lastRival: Rival | undefined;

  constructor(parts: LeaseParts, waiting: LeaseWaiting) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  /** Whether the holder before may not know yet that it is over. */
  get isAbrupt(): boolean {
    return this.#isAbrupt;
  }

  /**
   * Resolves with our term once it has begun, and when it was looked for last before that. `isInUse`: whether a list of clients
   * has somebody who may have had it.
   */
  async run(ask: SendCommands, isInUse: ((clients: string) => boolean) | undefined): Promise<Acquired> {
    const { options, keys, rivals, clock } = this.#parts;
    const { contender, leaseMs } = options;
    const waiting = this.#waiting;
    let hasWaited = false;
    let hasYielded = false;
    let hasWaitedForRivals = false;
    while (true) {
      const at = clock.now();
      const found = await keys.read(ask);
      if (found !== undefined && found.holder.instance !== contender.instance) {
        hasWaited = await waiting.outwait(ask, found, { isFirst: true });
        hasYielded = false;
        continue;
      }
      const [rival, ...others] = await rivals.find(ask);
      if (rival !== undefined && found !== undefined) {
        await keys.remove(ask, found.text);
        continue;
      }
      if (rival !== undefined) {
        // All of them end at the same time.
        const asked = options.isTakeover === true ? others : [];
        for (const each of asked) await each.keys.request(ask, contender.instance);
        this.#lastRival = rival;
        const isOver = await waiting.outwait(ask, rival.found, { isFirst: true, rival, others });
        // Where its epoch is gone too, all of Redis is.
        hasWaitedForRivals = isOver && (await rival.keys.term(ask)).epoch >= rival.found.holder.epoch;
        continue;
      }
      if (found === undefined && !hasWaitedForRivals && await this.#isRivalOpen(ask)) {
        await waiting.giveChance(ask);
        hasWaitedForRivals = true;
        continue;
      }
      const term = await keys.term(ask);
      if (found !== undefined) {
        // Redis has taken it, and was cut off before it could say so.
        if (await this.#isBegun(ask, found.holder, term.epoch)) return this.#acquired(found, at);
        await waiting.pause(LOOK_MS);
        continue;
      }
      const isForgotten = term.epoch < waiting.othersEpoch;
      if (
        !term.isReleased && !hasWaited && (term.epoch > 0 || isForgotten || await hasClients(ask, isInUse))
      ) {
        await waiting.giveChance(ask);
        hasWaited = true;
        continue;
      }
      if (isForgotten) {
        await keys.restore(ask, waiting.othersEpoch);
        continue;
      }
      if (term.isReleased && term.next !== "" && term.next !== contender.instance && !hasYielded) {
        await waiting.giveChance(ask);
        hasYielded = true;
        continue;
      }
      this.#isAbrupt = hasWaitedForRivals || (!term.isReleased && (term.epoch > 0 || hasWaited));
      const holder = { ...contender, epoch: term.epoch + 1, since: Date.now(), leaseMs };
      const text = renderHolder(holder);
      await rivals.announce(ask);
      if (!await keys.take(ask, text, leaseMs)) continue;
      // Of two numbers that begin at the same moment each sees the other.
      if ((await rivals.find(ask)).length > 0) {
        await keys.remove(ask, text);
        await waiting.pause(LOOK_MS * (1 + Math.random()));
        continue;
      }
      // Otherwise somebody else had a whole term meanwhile: this one is let run out.
      if (await this.#isBegun(ask, holder, term.epoch)) return this.#acquired({ text, holder }, at);
    }
  }

  #acquired(own: FoundLease, at: number): Acquired {
    this.#lastRival = undefined;
    return { own, at };
  }

  /** Returns whether a holder of another number may take its lease again. */
  async #isRivalOpen(ask: SendCommands): Promise<boolean> {
    const last = this.#lastRival;
    if (last !== undefined && !(await last.keys.term(ask)).isReleased) return true;
    return await this.#parts.rivals.isOpen(ask);
  }

  /** Returns whether the term of this holder is the one that begins, or has begun. */
  async #isBegun(ask: SendCommands, { epoch }: Holder, before: number): Promise<boolean> {
    await this.#parts.rivals.outdate(ask);
    if (before === epoch) return true;
    return before === epoch - 1 && await this.#parts.keys.begin(ask, before) === epoch;
  }
}

/** Returns whether somebody is connected who may have had the lease; an account that may not ask does without. */
async function hasClients(
  ask: SendCommands,
  isInUse: ((clients: string) => boolean) | undefined,
): Promise<boolean> {
  if (isInUse === undefined) return false;
  const [list] = await ask([["CLIENT", "LIST"]]);
  return typeof list === "string" && isInUse(list);
}
