/**
 * From what a socket delivers to frames, in order. v5 texts are decoded at once; v3 frames are inflated one after the
 * other. While Redis is behind, a text that a newer one of the same subscription will replace is kept back unread.
 */
import type { Codec } from "../okx/codec.ts";
import type { Frame } from "../okx/frame.ts";
import type { Stats } from "../stats.ts";

/** What an intake needs of its connection. */
export type IntakeOptions = {
  readonly codec: Codec;
  readonly stats: Stats;
  readonly congested: () => boolean;
  /** Where a text belongs when a newer one of the same place makes it worthless; undefined for all others. */
  readonly placeOf: (text: string) => string | undefined;
  readonly onFrame: (frame: Frame) => void;
  /** More came than can be inflated. */
  readonly onFlood: () => void;
  /** Runs an action of the connection: not after its end, and a fault ends it. */
  readonly act: (action: () => void) => void;
};

/** Frames of the deflated wire that may wait to be inflated. */
const MAX_WAITING = 20_000;

/** See the module comment. */
export class Intake {
  readonly #options: IntakeOptions;
  /** While congested: the newest text of each place, unread. */
  readonly #held = new Map<string, string>();
  #inflating: Promise<void> | undefined;
  #waiting = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes the next message. */
  take(data: string | ArrayBuffer): void {
    const { stats, codec, onFrame } = this.#options;
    stats.messages += 1;
    stats.characters += typeof data === "string" ? data.length : data.byteLength;
    if (this.#hold(data)) return;
    this.#release();
    if (this.#inflating !== undefined) return this.#inflateLater(data);
    const decoded = codec.decode(data);
    if (decoded instanceof Promise) return this.#inflateLater(data, decoded);
    for (const frame of decoded) onFrame(frame);
  }

  /** Reads what was kept back, when there is room again. */
  ease(): void {
    if (!this.#options.congested()) this.#release();
  }

  /** Reads all that was taken, then calls `then`: at once where nothing is being inflated. */
  finish(then: () => void): void {
    const last = () =>
      this.#options.act(() => {
        this.#release();
        then();
      });
    if (this.#inflating === undefined) last();
    else this.#inflating.then(last);
  }

  /** One after the other, so that order holds. */
  #inflateLater(data: string | ArrayBuffer, decoded?: Promise<readonly Frame[]>): void {
    const { codec, act, onFrame, onFlood } = this.#options;
    if (++this.#waiting > MAX_WAITING) return onFlood();
    const before = this.#inflating ?? Promise.resolve();
    const work = before.then(() => decoded ?? codec.decode(data)).then((frames) => {
      this.#waiting -= 1;
      if (this.#inflating === work) this.#inflating = undefined;
      act(() => {
        for (const frame of frames) onFrame(frame);
      });
    });
    this.#inflating = work;
  }

  /** Keeps a text back when it piles up; answers whether it did. Deflated ones do not show whose they are unread. */
  #hold(text: string | ArrayBuffer): boolean {
    const { congested, codec, placeOf, stats } = this.#options;
    if (!congested() || typeof text !== "string" || codec.name === "v3") return false;
    const place = placeOf(text);
    if (place === undefined) return false;
    if (this.#held.has(place)) stats.skipped += 1;
    this.#held.set(place, text);
    return true;
  }

  #release(): void {
    if (this.#held.size === 0) return;
    const { codec, onFrame } = this.#options;
    const texts = [...this.#held.values()];
    this.#held.clear();
    // A text is decoded at once, whatever the wire.
    for (const frame of texts.flatMap((text) => codec.decode(text) as readonly Frame[])) onFrame(frame);
  }
}
