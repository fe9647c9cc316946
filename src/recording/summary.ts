/** What is in a recording: found by reading all of it once. */
import type { Protocol } from "../okx/codec.ts";
import type { Arg } from "../okx/frame.ts";
import type { Recorded } from "./frames.ts";

/** One subscription that was recorded. */
export type RecordedSubscription = {
  readonly server: string;
  readonly protocol: Protocol;
  readonly arg: Arg;
  pushes: number;
};

/** A recording as a whole. */
export type Summary = {
  /** Unix milliseconds of its first and last frame; 0 where there is none. */
  firstAt: number;
  lastAt: number;
  /** Milliseconds of recorded time. */
  ms: number;
  pushes: number;
  /** Frames that the recorder left out. */
  missing: number;
  readonly subscriptions: Map<string, RecordedSubscription>;
};

/** Reads to the end. `onFrame` is called with each; `report` with how many there were, for progress. */
export async function summarize(
  frames: AsyncIterable<Recorded>,
  onFrame: (frame: Recorded, count: number) => void = () => {},
): Promise<Summary> {
  const subscriptions = new Map<string, RecordedSubscription>();
  const summary: Summary = { firstAt: 0, lastAt: 0, ms: 0, pushes: 0, missing: 0, subscriptions };
  let first: number | undefined;
  for await (const frame of frames) {
    if (first === undefined) summary.firstAt = frame.at;
    first ??= frame.time;
    summary.lastAt = frame.at;
    summary.ms = frame.time - first;
    onFrame(frame, summary.pushes);
    if (frame.kind === "missing") {
      summary.missing += frame.frames;
      continue;
    }
    const { key, server, protocol, arg } = frame;
    const known = subscriptions.get(key) ?? { server, protocol, arg, pushes: 0 };
    subscriptions.set(key, known);
    if (frame.kind !== "push") continue;
    known.pushes += 1;
    summary.pushes += 1;
  }
  return summary;
}
