/** Who has which shard, read from their leases again and again. Nothing is decided by it but what is said to people. */
import type { ShardStatus } from "../model/status.ts";
import { oneAtATime, repeat } from "../shared/async/repeat.ts";
import { StoreError } from "../shared/errors.ts";
import { formatShard, type Shard, shardsOf } from "../shared/shard.ts";
import { epochKey, leaderKey } from "../store/layout/keys.ts";
import { type Holder, readHolder } from "../store/redis/lease/holder.ts";
import type { Store } from "../store/store.ts";

/** What {@link ShardWatch} reads. */
export type ShardWatchOptions = {
  readonly store: Pick<Store, "text" | "rows">;
  readonly keyPrefix: string;
  readonly shard: Shard;
  readonly leaseMs: number;
  readonly now?: () => number;
};

const EVERY_MS = 1000;

/** Beyond the third of a lease within which a holder takes a lost one again. */
const SLACK_MS = 1000;

/** Watches which shards there are; none is known before the first look. */
export class ShardWatch {
  readonly #options: ShardWatchOptions;
  /** When the lease of each was first missed, by shard. */
  readonly #missedAt = new Map<string, number>();
  #found: readonly ShardStatus[] = [];

  constructor(options: ShardWatchOptions) {
    this.#options = options;
  }

  /** Returns all of them, as they were when they were read last. */
  list(): readonly ShardStatus[] {
    return this.#found;
  }

  /**
   * Reads the shards as they are now; rejects with StoreError. One whose lease is gone, and was not given back, is there for as
   * long as it may take it again.
   */
  async look(): Promise<readonly ShardStatus[]> {
    return this.#found = await Promise.all(
      shardsOf(this.#options.shard.count).map(async (each) => ({
        shard: formatShard(each),
        holder: await this.#holderOf(each) ?? null,
      })),
    );
  }

  async #holderOf(shard: Shard): Promise<Holder | undefined> {
    const { store, keyPrefix, leaseMs, now = () => performance.now() } = this.#options;
    const name = formatShard(shard);
    const text = await store.text(leaderKey(keyPrefix, shard));
    const holder = text === undefined ? undefined : readHolder(text);
    if (holder !== undefined) {
      this.#missedAt.delete(name);
      return holder;
    }
    const before = this.#found.find((each) => each.shard === name)?.holder ?? undefined;
    if (before === undefined) return undefined;
    const missedAt = this.#missedAt.get(name) ?? now();
    this.#missedAt.set(name, missedAt);
    if (now() - missedAt >= leaseMs / 3 + SLACK_MS) return undefined;
    const [term] = await store.rows([epochKey(keyPrefix, shard)]);
    return Number(term?.released ?? 0) >= before.epoch ? undefined : before;
  }

  /** Reads them until the signal is aborted. */
  run(signal: AbortSignal, onBroken: (error: unknown) => void): Promise<void> {
    const look = oneAtATime(async () => void await this.look(), (error) => {
      if (!(error instanceof StoreError)) onBroken(error);
    });
    look();
    return repeat(look, EVERY_MS, signal);
  }
}
