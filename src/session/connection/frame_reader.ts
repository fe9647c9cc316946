/**
 * From what a socket delivers to frames, in order. v5 texts are decoded at once; v3 frames are inflated one after the
 * other. While Redis is behind, a text that a newer one of the same subscription will replace is kept back unread.
 */
import type { Codec } from "../../okx/codec.ts";
import type { Frame } from "../../okx/frame.ts";
import type { Stats } from "../../model/stats.ts";
import type { FramePipeline } from "./frame_pipeline.ts";

/** What a reader needs of its connection. */
export type FrameReaderOptions = {
  readonly codec: Codec;
  readonly stats: Stats;
  readonly congested: () => boolean;
  /** The slot of a text that a newer one of the same slot makes worthless; undefined for all others. */
  readonly conflationKey: (text: string) => string | undefined;
  readonly pipeline: Pick<FramePipeline, "onFrames">;
  /** More came than can be inflated. */
  readonly onFlood: () => void;
  /** Runs an action of the connection: not after its end, and a fault ends it. */
  readonly act: (action: () => void) => void;
};

/** Frames of the deflated wire that may wait to be inflated, and their bytes. */
const MAX_WAITING = 20_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Takes messages of one connection and passes their frames on. */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  /** While congested: the newest text of each slot, unread. */
  readonly #conflated = new Map<string, string>();
  #inflating: Promise<void> | undefined;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** Takes the next message. */
  take(data: string | ArrayBuffer): void {
    const { stats, codec, pipeline } = this.#options;
    stats.messages += 1;
    stats.characters += sizeOf(data);
    if (this.#conflate(data)) return;
    this.#release();
    if (this.#inflating !== undefined) return this.#inflateLater(data);
    const decoded = codec.decode(data);
    if (decoded instanceof Promise) return this.#inflateLater(data, decoded);
    pipeline.onFrames(decoded);
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
    const { codec, act, onFlood, pipeline } = this.#options;
    const size = sizeOf(data);
    this.#waitingBytes += size;
    if (++this.#waiting > MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) return onFlood();
    const before = this.#inflating ?? Promise.resolve();
    const work = before.then(() => decoded ?? codec.decode(data)).then((frames) => {
      this.#waiting -= 1;
      this.#waitingBytes -= size;
      if (this.#inflating === work) this.#inflating = undefined;
      act(() => pipeline.onFrames(frames));
    });
    this.#inflating = work;
  }

  /** Keeps a text back when it piles up; returns whether it did. Deflated ones do not show whose they are unread. */
  #conflate(text: string | ArrayBuffer): boolean {
    const { congested, codec, conflationKey, stats } = this.#options;
    if (!congested() || typeof text !== "string" || !codec.isReadable) return false;
    const slot = conflationKey(text);
    if (slot === undefined) return false;
    if (this.#conflated.has(slot)) stats.skipped += 1;
    this.#conflated.set(slot, text);
    return true;
  }

  #release(): void {
    if (this.#conflated.size === 0) return;
    const { codec, pipeline } = this.#options;
    const texts = [...this.#conflated.values()];
    this.#conflated.clear();
    // A text is decoded at once, whatever the wire.
    for (const text of texts) pipeline.onFrames(codec.decode(text) as readonly Frame[]);
  }
}

function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}
