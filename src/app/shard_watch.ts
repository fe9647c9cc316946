/** Who has which shard, read from their leases again and again. Nothing is decided by it but what is said to people. */
import type { ShardStatus } from "../model/status.ts";
import { oneAtATime, repeat } from "../shared/async/repeat.ts";
import { StoreError } from "../shared/errors.ts";
import { formatShard, type Shard, shardsOf } from "../shared/shard.ts";
import { leaderKey } from "../store/layout/keys.ts";
import { readHolder } from "../store/redis/lease/holder.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1000;

/** Knows of nobody. */
export class ShardWatch {
  readonly #store: Pick<Store, "text">;
  readonly #keyPrefix: string;
  readonly #shard: Shard;
  #found: readonly ShardStatus[] = [];

  constructor(store: Pick<Store, "text">, keyPrefix: string, shard: Shard) {
    this.#store = store;
    this.#keyPrefix = keyPrefix;
    this.#shard = shard;
  }

  /** Returns all of them, as they were when they were read last. */
  list(): readonly ShardStatus[] {
    return this.#found;
  }

  /** As they are now; rejects with StoreError. */
  async look(): Promise<readonly ShardStatus[]> {
    return this.#found = await Promise.all(
      shardsOf(this.#shard.count).map(async (each) => {
        const text = await this.#store.text(leaderKey(this.#keyPrefix, each));
        return {
          shard: formatShard(each),
          holder: (text === undefined ? undefined : readHolder(text)) ?? null,
        };
      }),
    );
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
