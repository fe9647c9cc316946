/**
 * The exchange's clock against ours. A login whose time is more than 30 s off is refused (OKX v5, error 60006), and an
 * age computed from the exchange's times is wrong by as much as the clocks differ, so the difference is measured,
 * shown, and used for logins.
 */
import type { Pacer } from "../shared/async/pacer.ts";
import { sleep } from "../shared/async/sleep.ts";
import { roomLogger } from "../logging/log.ts";
import type { RestHost } from "../okx/endpoints.ts";
import { fetchRows } from "../okx/rest.ts";

/** Settings of {@link ExchangeClock}. */
export type ClockOptions = {
  readonly server: string;
  readonly rest: RestHost;
  /** Time between two measurements. */
  readonly everyMs: number;
  readonly pacer: Pacer;
};

/** From this difference on people are warned. */
const WARN_MS = 1000;

/** How often our own clock is looked at: one that jumped is measured again. */
const LOOK_MS = 2000;
const JUMP_MS = 500;

/** A measurement that failed is tried again after this time; one whose answer took longer than this says too little. */
const AGAIN_MS = 30_000;
const SLOWEST_MS = 5000;

const log = roomLogger("session");

/** Measures how far the exchange's clock is ahead of ours, and gives its time. */
export class ExchangeClock {
  readonly #options: ClockOptions;
  #skewMs: number | undefined;
  #warned = false;

  constructor(options: ClockOptions) {
    this.#options = options;
  }

  /** Milliseconds that the exchange's clock is ahead of ours; undefined: not measured. */
  get skewMs(): number | undefined {
    return this.#skewMs;
  }

  /** Returns the Unix milliseconds as the exchange counts them. */
  now(): number {
    return Date.now() + (this.#skewMs ?? 0);
  }

  /** Measures until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const measured = await this.#measure(signal);
      const until = performance.now() + (measured ? this.#options.everyMs : AGAIN_MS);
      const offset = Date.now() - performance.now();
      while (!signal.aborted && performance.now() < until) {
        await sleep(Math.min(LOOK_MS, this.#options.everyMs), signal);
        const jumped = Date.now() - performance.now() - offset;
        if (Math.abs(jumped) < JUMP_MS) continue;
        log.warn("The clock of this machine jumped", {
          server: this.#options.server,
          ms: Math.round(jumped),
        });
        // The exchange's clock did not: what is known of the difference still serves until it is measured again.
        if (this.#skewMs !== undefined) this.#skewMs = Math.round(this.#skewMs - jumped);
        break;
      }
    }
  }

  async #measure(signal: AbortSignal): Promise<boolean> {
    const { rest, pacer } = this.#options;
    await sleep(pacer.take(performance.now()), signal);
    if (signal.aborted) return false;
    const begun = performance.now();
    const sentAt = Date.now();
    try {
      const [row] = await fetchRows(
        rest,
        "/public/time",
        {},
        AbortSignal.any([signal, AbortSignal.timeout(SLOWEST_MS)]),
      );
      const took = performance.now() - begun;
      const ts = Number(row?.ts);
      if (!Number.isFinite(ts) || ts <= 0) return false;
      this.#note(Math.round(ts - (sentAt + took / 2)));
      return true;
    } catch (error) {
      if (!signal.aborted) {
        log.debug("The exchange's time is not to be had", { rest: rest.url, reason: String(error) });
      }
      return false;
    }
  }

  #note(skewMs: number): void {
    this.#skewMs = skewMs;
    const off = Math.abs(skewMs) >= WARN_MS;
    const { server } = this.#options;
    if (off && !this.#warned) {
      log.warn("The clock of this machine differs from the exchange's; ages of data are wrong by as much", {
        server,
        aheadMs: -skewMs,
        remedy: "let NTP (systemd-timesyncd, chrony) set the clock",
      });
    } else if (!off && this.#warned) {
      log.info("The clock agrees with the exchange's again", { server, skewMs });
    }
    this.#warned = off;
  }
}
