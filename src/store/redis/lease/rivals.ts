/**
 * Leases under a KEY_PREFIX beside which ours cannot be held: those of another number of shards, and without shards those of
 * all. Which numbers there ever were stands in a hash; a service that takes a lease, or has to be sure of it, looks at those of
 * every possible number all the same, since the hash may have been lost.
 */
import { withDeadline } from "../../../shared/async/with_deadline.ts";
import { MAX_SHARDS, type Shard, shardsOf } from "../../../shared/shard.ts";
import { shardsKey } from "../../layout/keys.ts";
import { isWrongType } from "../../../shared/redis_errors.ts";
import { TransportError } from "../transport.ts";
import { type FoundLease, LeaseKeys, type SendCommands } from "./lease_keys.ts";

/** A lease of another number that is held. */
export type Rival = {
  readonly keys: LeaseKeys;
  readonly found: FoundLease;
  /** Undefined: it is that of a service without shards. */
  readonly shard: Shard | undefined;
};

/** How long nodes of a cluster may take to answer about numbers that are not in the hash. */
const ANSWER_MS = 300;

/** A lease of another number, held or not. */
type Candidate = { readonly keys: LeaseKeys; readonly shard: Shard | undefined };

/** Every number of shards that there may be; 1 has no lease of its own. */
const NUMBERS = Array.from({ length: MAX_SHARDS - 1 }, (_, i) => i + 2);

/** Leases of another number of shards. Every member rejects with TransportError. */
export class Rivals {
  readonly #keyPrefix: string;
  readonly #shard: Shard | undefined;
  readonly #key: string;
  readonly #isClustered: boolean;

  constructor(keyPrefix: string, shard: Shard | undefined, clustered: boolean) {
    this.#keyPrefix = keyPrefix;
    this.#shard = shard;
    this.#key = shardsKey(keyPrefix, clustered);
    this.#isClustered = clustered;
  }

  /** Writes the number of shards, to be done before a lease is taken and as long as it is held. */
  async announce(ask: SendCommands): Promise<void> {
    if (this.#shard === undefined) return;
    const set = ["HSET", this.#key, String(this.#shard.count), ""] as const;
    const [reply] = await ask([set]);
    const replies = isWrongType(reply) ? await ask([["DEL", this.#key], set]) : [reply];
    // Without it no other number would see this one.
    for (const each of replies) if (each instanceof Error) throw each;
  }

  /** Returns those that are held, of every number that there may be: the hash may have been lost. */
  async find(ask: SendCommands): Promise<Rival[]> {
    const listed = await this.#counts(ask);
    const held = await this.#heldOf(ask, this.#candidates(listed));
    if (held.length > 0) return held;
    const others = this.#candidates(NUMBERS.filter((count) => !listed.includes(count)))
      .filter(({ shard }) => shard !== undefined);
    const asking = ask(others.map(({ keys }) => ["GET", keys.leader]));
    // Of a number that is not in the hash nothing has to be known: in a cluster its node may be away.
    const replies = await (this.#isClustered ? withDeadline(asking, ANSWER_MS, () => []) : asking);
    const broken = this.#isClustered ? undefined : replies.find((reply) => reply instanceof TransportError);
    if (broken !== undefined) throw broken;
    return await this.#heldOf(ask, others.filter((_, i) => typeof replies[i] === "string"));
  }

  /** Returns those that are held of the numbers in the hash, in fewer reads. */
  async findListed(ask: SendCommands): Promise<Rival[]> {
    const listed = await this.#counts(ask);
    return await this.#heldOf(ask, this.#candidates(listed));
  }

  /** Returns whether the last holder of one of them has neither ended in order nor been followed: it may take the lease again. */
  async isOpen(ask: SendCommands): Promise<boolean> {
    for (const { keys } of this.#candidates(await this.#counts(ask))) {
      const { epoch, isReleased } = await keys.term(ask);
      if (epoch > 0 && !isReleased) return true;
    }
    return false;
  }

  /** Writes an epoch by which a holder of one of them that did not give it back finds that others have written since. */
  async outdate(ask: SendCommands): Promise<void> {
    for (const { keys } of this.#candidates(await this.#counts(ask))) await outdateOne(ask, keys);
  }

  /** Takes the lease away from one that was asked for it in vain; it does not take it again. */
  async remove(ask: SendCommands, { keys, found }: Rival): Promise<void> {
    await outdateOne(ask, keys);
    await keys.remove(ask, found.text);
  }

  async #heldOf(ask: SendCommands, candidates: readonly Candidate[]): Promise<Rival[]> {
    const rivals: Rival[] = [];
    for (const { keys, shard } of candidates) {
      const found = await keys.read(ask);
      if (found !== undefined) rivals.push({ keys, found, shard });
    }
    return rivals;
  }

  /** Returns the numbers in the hash. */
  async #counts(ask: SendCommands): Promise<number[]> {
    const [reply] = await ask([["HGETALL", this.#key]]);
    if (reply instanceof TransportError) throw reply;
    const fields = Array.isArray(reply) ? reply.map(String).filter((_, i) => i % 2 === 0) : [];
    return fields.map(Number).filter((count) =>
      Number.isSafeInteger(count) && count >= 1 && count <= MAX_SHARDS
    );
  }

  #candidates(counts: readonly number[]): Candidate[] {
    const shards: (Shard | undefined)[] = counts.filter((count) => count !== this.#shard?.count)
      .flatMap(shardsOf);
    if (this.#shard !== undefined) shards.unshift(undefined);
    return shards.map((shard) => ({ shard, keys: new LeaseKeys(this.#keyPrefix, shard) }));
  }
}

async function outdateOne(ask: SendCommands, keys: LeaseKeys): Promise<void> {
  const { epoch, isReleased } = await keys.term(ask);
  if (epoch > 0 && !isReleased) await keys.noteReleased(ask, epoch + 1, "");
}
