/** Turns for calls of the exchange's REST: what it takes from one address over all paths, and of each path alone. */
import { createPacer, type Pacer } from "../../shared/async/pacer.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { callsPerTwoSeconds } from "../../okx/history.ts";

/** What counts is when calls arrive, so two seconds are taken a little longer. */
const WINDOW_MS = 2100;

/** Gives turns to REST calls. Shared by all connections of all servers. */
export class RestPace {
  readonly #all: Pacer;
  readonly #windowMs: number;
  readonly #paths = new Map<string, Pacer>();

  /** `shards`: services that share what an address may ask for. */
  constructor(all: Pacer, shards = 1) {
    this.#all = all;
    this.#windowMs = WINDOW_MS * shards;
  }

  /** Waits until a path may be called, or the signal is aborted. */
  turn(path: string, signal: AbortSignal): Promise<void> {
    const own = this.#paths.get(path) ?? createPacer(callsPerTwoSeconds(path), this.#windowMs);
    this.#paths.set(path, own);
    const now = performance.now();
    return sleep(Math.max(own.take(now), this.#all.take(now)), signal);
  }
}
