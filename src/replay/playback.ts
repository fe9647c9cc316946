/** Recorded time: it begins when the clients have subscribed, and then goes on evenly, as fast as asked for. */
import { within } from "../shared/async/within.ts";
import { sleep } from "../shared/async/sleep.ts";
import type { Recorded } from "../recording/frames.ts";

/** How a recording is played. */
export type PlaybackOptions = {
  readonly speed: number;
  /** Unix milliseconds of the recording at its beginning. */
  readonly firstAt: number;
  /** Called with each frame when it is due. */
  readonly deliver: (frame: Recorded) => void;
  /** Resolves when the clients can take more. */
  readonly drained: (signal: AbortSignal) => Promise<void>;
  /** It begins when this resolves, instead of some time after the first subscription; for tests. */
  readonly begin?: Promise<void> | undefined;
};

/** So long no client may have subscribed anything before it begins: okws opens its connections some seconds apart. */
const QUIET_MS = 4000;

/** After so many frames the sockets get a turn, however late it is. */
const FRAMES_A_TURN = 200;

/** Played once. */
export class Playback {
  readonly #options: PlaybackOptions;
  readonly #asked = Promise.withResolvers<void>();
  #askedAt = -Infinity;
  /** Where recorded time stood last, and when that was. */
  #at: number;
  #atMono: number | undefined;
  /** How many pushes were played. */
  frames = 0;
  isOver = false;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#at = options.firstAt;
  }

  /** Recorded time now, in Unix milliseconds. */
  get nowMs(): number {
    if (this.#atMono === undefined) return this.#at;
    const speed = this.isOver ? 1 : this.#options.speed;
    return Math.floor(this.#at + (performance.now() - this.#atMono) * speed);
  }

  /** Somebody has subscribed. */
  onSubscribed(): void {
    this.#askedAt = performance.now();
    this.#asked.resolve();
  }

  /** Plays to the end, or until the signal is aborted. */
  async run(frames: AsyncIterable<Recorded>, signal: AbortSignal): Promise<void> {
    const { speed, deliver, drained } = this.#options;
    await this.#begin(signal);
    let begin: number | undefined;
    // One that was never begun has a file open, too, which the end of the loop closes.
    for await (const frame of frames) {
      if (signal.aborted) return;
      begin ??= performance.now() - frame.time / speed;
      const wait = begin + frame.time / speed - performance.now();
      if (wait >= 1) await sleep(wait, signal);
      else if (this.frames % FRAMES_A_TURN === 0) await sleep(1, signal);
      await drained(signal);
      if (signal.aborted) return;
      this.#at = frame.at;
      this.#atMono = performance.now();
      if (frame.kind === "push") this.frames += 1;
      deliver(frame);
    }
    this.isOver = true;
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { begin } = this.#options;
    await within(begin ?? this.#asked.promise, signal, () => undefined).catch(() => {});
    while (begin === undefined && !signal.aborted) {
      const left = this.#askedAt + QUIET_MS - performance.now();
      if (left <= 0) break;
      await sleep(left, signal);
    }
    this.#atMono = performance.now();
  }
}
