/**
 * Guessing a password is made slow. The first wrong logins of an address cost it nothing, since people mistype; then each
 * further one waits before it is looked at, ever longer, and only so many wait at a time. A right one ends that.
 */
import { doubled } from "../shared/async/backoff.ts";
import { sleep } from "../shared/async/sleep.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import type { Stats } from "../model/stats.ts";

/** Wrong logins of one address that are answered at once. */
const FREE = 5;

/** The first wait, doubled with each further failure up to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;

/** As long without a wrong login, and an address is forgotten. */
const FORGET_MS = 5 * 60_000;

/** Logins that may wait at a time, of one address and of all. */
const MAX_WAITING = 8;
const MAX_WAITING_IN_ALL = 64;

/** Addresses that are remembered; the one that failed longest ago gives way. */
const MAX_ADDRESSES = 1000;

type Failures = { count: number; at: number; waiting: number };

/** Whether a login was right; `busy`: too many wait already, it was not looked at. */
export type LoginVerdict = boolean | "busy";

/** Decides about logins; nothing waits beyond the end of `signal`. */
export type Logins = {
  try(from: string, isRight: () => boolean): Promise<LoginVerdict>;
};

/** Counts into `stats` and logs. `now` is a clock in milliseconds, `pause` what waits. */
export function createLogins(
  { stats, signal, now = () => performance.now(), pause = sleep }: {
    readonly stats: Pick<Stats, "loginFailures">;
    readonly signal: AbortSignal;
    readonly now?: () => number;
    readonly pause?: typeof sleep;
  },
): Logins {
  const failures = new Map<string, Failures>();
  const warn = sparseWarning(roomLogger("http"));
  let waiting = 0;

  const noteFailure = (from: string, known: Failures | undefined) => {
    stats.loginFailures += 1;
    warn("Logins over HTTP are refused", { from });
    const next = known ?? { count: 0, at: 0, waiting: 0 };
    next.count += 1;
    next.at = now();
    failures.delete(from);
    failures.set(from, next);
    const [oldest] = failures.keys();
    if (failures.size > MAX_ADDRESSES && oldest !== undefined) failures.delete(oldest);
  };

  const wait = async (known: Failures) => {
    known.waiting += 1;
    waiting += 1;
    try {
      await pause(doubled(FIRST_WAIT_MS, known.count - FREE, LONGEST_WAIT_MS), signal);
    } finally {
      known.waiting -= 1;
      waiting -= 1;
    }
  };

  return {
    async try(address, isRight) {
      const from = networkOf(address);
      const known = failures.get(from);
      if (known !== undefined && now() - known.at > FORGET_MS) failures.delete(from);
      else if (known !== undefined && known.count >= FREE) {
        if (known.waiting >= MAX_WAITING || waiting >= MAX_WAITING_IN_ALL) {
          noteFailure(from, known);
          return "busy";
        }
        await wait(known);
      }
      // Looked at and counted in one go, so that many at once gain nothing.
      if (isRight()) {
        failures.delete(from);
        return true;
      }
      noteFailure(from, failures.get(from));
      return false;
    },
  };
}

/** An IPv6 address stands for its network, since a client with one address there has all of them. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part === "" ? [] : part.split(":"));
  const zeros = address.includes("::") ? Array(Math.max(0, 8 - head.length - tail.length)).fill("0") : [];
  return [...head, ...zeros, ...tail].slice(0, 4).join(":");
}
