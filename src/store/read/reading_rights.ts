/**
 * What this account may not read. What Redis holds can only be compared with what was written where every command of a
 * look is permitted; one that is not finds nothing, which must not pass for everything being in order.
 */
import { escapeGlob, serversKey } from "../layout/keys.ts";
import { isNotPermitted } from "../../shared/redis_errors.ts";
import type { Store } from "../store.ts";
import { message } from "../../shared/messages/message.ts";

type Reader = Pick<
  Store,
  "entries" | "field" | "lengths" | "members" | "newest" | "rows" | "scan" | "text" | "type"
>;

/** Returns the commands, in capitals, that this account may not use to read what okws keeps. Rejects with StoreError. */
export async function forbiddenReads(store: Reader, keyPrefix: string): Promise<string[]> {
  // Redis looks at the rights before it looks at the key: of which type it is makes no difference.
  const key = serversKey(keyPrefix);
  const reads: readonly (readonly [string, Promise<unknown>])[] = [
    ["GET", store.text(key)],
    ["HGET", store.field(key, "")],
    ["HGETALL", store.rows([key])],
    ["SCAN", firstOf(store.scan(escapeGlob(key)))],
    ["SMEMBERS", store.members(key)],
    ["TYPE", store.type(key)],
    ["XLEN", store.lengths([key])],
    ["XREVRANGE", store.entries(key, 1)],
    ["ZRANGE", store.newest(key, 1)],
  ];
  const results = await Promise.allSettled(reads.map(([, read]) => read));
  return reads.map(([name]) => name).filter((_, i) => {
    const result = results[i];
    return result?.status === "rejected" && isNotPermitted(result.reason);
  });
}

/** Looks of which some may not be made. */
export class PermittedReads {
  #refused = false;

  /** Whether any look was refused. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Returns what a look found, or `otherwise` where it may not be made. Rejects with every other StoreError. */
  async take<T>(look: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await look;
    } catch (error) {
      if (!isNotPermitted(error)) throw error;
      this.#refused = true;
      return otherwise;
    }
  }
}

/** Returns what cannot be compared, and what to do about it; empty where everything can. */
export function comparisonFault(forbidden: readonly string[], isRefused: boolean): string {
  if (forbidden.length === 0 && !isRefused) return "";
  const what = forbidden.length === 0 ? "some of its keys" : forbidden.join(", ");
  return message("redis.may_not_read", { reads: what }).english;
}

async function firstOf<T>(found: AsyncIterable<T>): Promise<T | undefined> {
  for await (const each of found) return each;
  return undefined;
}
