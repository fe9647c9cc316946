/**
 * From what a socket delivers to frames, in order. v5 texts are decoded at once; v3 frames are inflated one after the
 * other. While Redis is behind, a text that a newer one of the same subscription will replace is kept back unread.
 *
 * What the exchange sends may be anything. A message that cannot be read, or that a later step trips over, is counted
 * and left out; it costs neither the connection nor the messages after it.
 */
import { roomLogger, sparseWarning } from "../../logging/log.ts";
import type { Codec } from "../../okx/codec.ts";
import type { Frame } from "../../okx/frame.ts";
import { redactText } from "../../okx/redact.ts";
import type { Stats } from "../../model/stats.ts";

/** What an intake needs of its connection. */
export type FrameReaderOptions = {
  readonly codec: Codec;
  readonly stats: Stats;
  readonly congested: () => boolean;
  /** Where a text belongs when a newer one of the same place makes it worthless; undefined for all others. */
  readonly conflationKey: (text: string) => string | undefined;
  readonly onFrame: (frame: Frame) => void;
  /** More came than can be inflated. */
  readonly onFlood: () => void;
  /** Runs an action of the connection: not after its end, and a fault ends it. */
  readonly act: (action: () => void) => void;
};

/** Frames of the deflated wire that may wait to be inflated, and their bytes. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

const log = roomLogger("session");

/** See the module comment. */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  /** While congested: the newest text of each place, unread. */
  readonly #conflated = new Map<string, string>();
  readonly #warn = sparseWarning(log);
  #inflating: Promise<void> | undefined;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** Takes the next message. */
  take(data: string | ArrayBuffer): void {
    const { stats, codec } = this.#options;
    stats.messages += 1;
    stats.characters += sizeOf(data);
    if (this.#conflate(data)) return;
    this.#release();
    if (this.#inflating !== undefined) return this.#inflateLater(data);
    const decoded = codec.decode(data);
    if (decoded instanceof Promise) return this.#inflateLater(data, decoded);
    this.#pass(decoded);
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
    const { codec, act, onFlood } = this.#options;
    const size = sizeOf(data);
    this.#waitingBytes += size;
    if (++this.#waiting > MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) return onFlood();
    const before = this.#inflating ?? Promise.resolve();
    const work = before.then(() => decoded ?? codec.decode(data)).then((frames) => {
      this.#waiting -= 1;
      this.#waitingBytes -= size;
      if (this.#inflating === work) this.#inflating = undefined;
      act(() => this.#pass(frames));
    });
    this.#inflating = work;
  }

  /** Keeps a text back when it piles up; answers whether it did. Deflated ones do not show whose they are unread. */
  #conflate(text: string | ArrayBuffer): boolean {
    const { congested, codec, conflationKey, stats } = this.#options;
    if (!congested() || typeof text !== "string" || codec.name === "v3") return false;
    const place = conflationKey(text);
    if (place === undefined) return false;
    if (this.#conflated.has(place)) stats.skipped += 1;
    this.#conflated.set(place, text);
    return true;
  }

  #release(): void {
    if (this.#conflated.size === 0) return;
    const { codec } = this.#options;
    const texts = [...this.#conflated.values()];
    this.#conflated.clear();
    // A text is decoded at once, whatever the wire.
    for (const text of texts) this.#pass(codec.decode(text) as readonly Frame[]);
  }

  #pass(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (frame.kind === "unknown") {
        this.#warn("A message of the exchange is left out", { reason: frame.reason });
      }
      try {
        this.#options.onFrame(frame);
      } catch (error) {
        this.#options.stats.unreadable += 1;
        // The kind of the fault and where it is, not what the message held.
        this.#warn("A message of the exchange cannot be used", { kind: frame.kind, ...faultOf(error) });
      }
    }
  }
}

function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}

/** What went wrong and in which file, for whoever mends it. */
function faultOf(error: unknown): { reason: string; place: string } {
  if (!(error instanceof Error)) return { reason: String(error), place: "" };
  const place = /([\w-]+\.[tj]s:\d+)/.exec(error.stack ?? "")?.[1] ?? "";
  return { reason: redactText(`${error.name}: ${error.message}`).slice(0, 200), place };
}
