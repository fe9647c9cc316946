/**
 * Gives memory back to the system when trouble is over. What waits for an absent Redis, or comes at once after a
 * reconnect, makes the engine's heap grow to several times what is in use; it is collected when the heap next fills up,
 * which may take long, and the emptied pages are kept. A collection of the last resort lets go of them. It stops
 * everything for some tens of milliseconds, so it comes when nothing has happened for a while, and rarely.
 */
import process from "node:process";
import { roomLogger } from "../logging/log.ts";
import type { Stats } from "../model/stats.ts";

/** Gives memory back after trouble. Disposing ends it. */
export type MemoryKeeper = Disposable;

/** Trouble is over when there was none for so long. */
const QUIET_MS = 10_000;

/** Least time between two collections. */
const EVERY_MS = 30_000;

/** The same after one that stopped everything for longer than is good for the freshness of data. */
const LONG_MS = 250;
const LONG_EVERY_MS = 3_600_000;

const LOOK_MS = 1000;

/** More than a Redis that keeps up ever leaves waiting at an ordinary load. */
const BACKLOG_BYTES = 2 * 1024 * 1024;

const log = roomLogger("system");

/** What the engine offers when it is asked to (`--expose-gc`), as the executable is. */
type Collect = (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;

/** Watches the counters of a service; where the engine cannot be asked it does nothing. */
export function keepMemory(stats: Stats): MemoryKeeper {
  const { gc } = globalThis as { readonly gc?: Collect };
  if (gc === undefined) return { [Symbol.dispose]: () => {} };
  const look = createTidying(() => {
    const before = Deno.memoryUsage().rss;
    const start = performance.now();
    const cpu = process.cpuUsage();
    gc({ type: "major", flavor: "last-resort" });
    const { user, system } = process.cpuUsage(cpu);
    // On a machine that is busy with other things a collection lasts longer than it costs; several threads share it.
    const ms = Math.min(performance.now() - start, (user + system) / 1000);
    log.debug("Gave memory back to the system", {
      before: megabytes(before),
      after: megabytes(Deno.memoryUsage().rss),
      ms: Math.round(ms),
    });
    return ms;
  });
  const timer = setInterval(() => look(signsOf(stats), performance.now()), LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** How it stands: how much trouble there ever was, and whether there is some that lasts. */
export type Signs = { readonly troubles: number; readonly lasting: boolean };

/**
 * Calls `collect`, which returns how many milliseconds it took, some time after the last sign of trouble. The start is
 * one: it leaves behind what was needed for it alone.
 */
export function createTidying(collect: () => number): (signs: Signs, now: number) => void {
  let seen = -1;
  let troubledAt = 0;
  let isDue = false;
  let nextAt = -Infinity;
  return ({ troubles, lasting }, now) => {
    if (lasting || troubles !== seen) {
      seen = troubles;
      troubledAt = now;
      isDue = true;
    }
    if (!isDue || now - troubledAt < QUIET_MS || now < nextAt) return;
    isDue = false;
    nextAt = now + (collect() > LONG_MS ? LONG_EVERY_MS : EVERY_MS);
  };
}

/** Returns the signs of trouble among the counters: what makes many things move at once, or pile up. */
export function signsOf(stats: Stats): Signs {
  const { dials, disconnects, gaps, handovers, renewals, retries, dropped, unreadable } = stats;
  return {
    troubles: dials + disconnects + gaps + handovers + renewals + retries + dropped + unreadable,
    lasting: stats.queuedBytes > BACKLOG_BYTES,
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
