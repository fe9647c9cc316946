/** Whether leases of another number are renewed while it is waited for the end of one of them. */
import type { SendCommands } from "./lease_keys.ts";
import type { Rival } from "./rivals.ts";

/** The time that is left grows by more than this only when somebody renews it. */
const GROWN_MS = 20;

/** Returns whether a lease was renewed between two looks, by what was left of it at each. */
export function isRenewed(beforeMs: number | undefined, nowMs: number): boolean {
  return nowMs > (beforeMs ?? nowMs) + GROWN_MS;
}

/** What was left of each when it was looked at last. */
export class Renewals {
  readonly #seen = new Map<string, { readonly text: string; readonly leftMs: number }>();

  /** Looks at them; returns one that has been renewed since. Rejects as a look does. */
  async find(ask: SendCommands, rivals: readonly Rival[]): Promise<Rival | undefined> {
    for (const { keys, shard } of rivals) {
      const { found, ttlMs } = await keys.look(ask);
      if (found === undefined || ttlMs === undefined) continue;
      const before = this.#seen.get(keys.leader);
      // More than a lease ever lasts is left where Redis' clock was set back.
      const isPossible = ttlMs <= (found.holder.leaseMs ?? Infinity);
      if (isPossible && before?.text === found.text && isRenewed(before.leftMs, ttlMs)) {
        return { keys, found, shard };
      }
      this.#seen.set(keys.leader, { text: found.text, leftMs: ttlMs });
    }
    return undefined;
  }
}
