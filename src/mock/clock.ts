/**
 * The steps of the market that are due: as many a second as asked for, for what somebody watches, and ten a
 * second for everything else. Pure, so that the server only has to call it often enough.
 */
import type { Hub } from "./hub.ts";
import type { Market } from "./market/market.ts";

const EVERYWHERE_MS = 100;
/** After a long pause of the machine the time in between is passed over. */
const MOST_STEPS = 500;

export class MarketClock {
  /** While it is paused nothing changes and nothing is pushed. */
  paused = false;
  readonly #market: Market;
  readonly #hub: Hub;
  readonly #stepMs: number;
  #steppedMs: number;
  #everywhereMs: number;

  constructor(market: Market, hub: Hub, stepMs: number) {
    this.#market = market;
    this.#hub = hub;
    this.#stepMs = stepMs;
    this.#steppedMs = this.#everywhereMs = market.startMs;
  }

  /** Brings market and subscribers up to `nowMs`. */
  advance(nowMs: number): void {
    if (this.paused) {
      this.#steppedMs = nowMs;
      return;
    }
    const due = Math.floor((nowMs - this.#steppedMs) / this.#stepMs);
    if (due <= 0) return;
    if (due > MOST_STEPS) this.#steppedMs = nowMs - MOST_STEPS * this.#stepMs;
    const watched = this.#hub.watched();
    for (let count = Math.min(due, MOST_STEPS); count > 0; count--) {
      this.#steppedMs += this.#stepMs;
      const timeMs = Math.floor(this.#steppedMs);
      const everywhere = timeMs - this.#everywhereMs >= EVERYWHERE_MS;
      if (everywhere) this.#everywhereMs = timeMs;
      this.#market.step(timeMs, everywhere ? undefined : watched);
      this.#hub.turn(timeMs);
    }
  }
}
