/** Who holds the lease of a KEY_PREFIX, as it stands in Redis: one key, whose text is the same for a whole term. */
import { parseObject } from "../../../shared/json_object.ts";

/** What lasts longer is no lease of okws. */
export const MAX_LEASE_MS = 600_000;

/** The holder of one term. `since` is Unix ms by its own clock, for people; nothing is decided by it. */
export type Holder = {
  /** The process among all that ever used this Redis. */
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  /** Grows with every term. */
  readonly epoch: number;
  readonly since: number;
  /** Where its pages are; empty when they are off. */
  readonly url: string;
  /** Redis is the embedded store of its process, which ends with it; left out: it is not. */
  readonly embedded?: true;
  /** How long its lease lasts after each renewal; left out by an okws that did not say so. */
  readonly leaseMs?: number;
};

/** What does not change between two terms of one process. */
export type Contender = Pick<Holder, "instance" | "host" | "pid" | "url" | "embedded">;

/** Returns the text of the key. */
export function renderHolder({ instance, host, pid, epoch, since, url, embedded, leaseMs }: Holder): string {
  return JSON.stringify({ instance, host, pid, epoch, since, url, embedded, leaseMs });
}

/** Reads the key; undefined for what no okws has written. */
export function readHolder(text: string): Holder | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { instance, host, pid, epoch, since, url, embedded, leaseMs } = value;
  if (typeof instance !== "string" || instance === "" || !Number.isSafeInteger(epoch)) return undefined;
  return {
    instance,
    host: typeof host === "string" ? host : "",
    pid: typeof pid === "number" ? pid : 0,
    epoch: epoch as number,
    since: typeof since === "number" ? since : 0,
    url: typeof url === "string" ? url : "",
    ...(embedded === true ? { embedded } : {}),
    ...(typeof leaseMs === "number" && leaseMs > 0 && leaseMs <= MAX_LEASE_MS ? { leaseMs } : {}),
  };
}
