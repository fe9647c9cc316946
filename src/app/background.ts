/** What runs beside the commands until the service stops: writing, and looking at what is due. */
import type { Settings } from "../config/shapes.ts";
import type { Stats } from "../model/stats.ts";
import { oneAtATime, repeat } from "../shared/async/repeat.ts";
import { StoreError } from "../shared/errors.ts";
import { STATUS_TTL_MS } from "../store/layout/server_status.ts";
import { RECORD_MS } from "../store/layout/subscription_records.ts";
import type { Parts } from "./parts.ts";

/** What the background jobs work with. */
export type BackgroundOptions = {
  readonly parts: Pick<Parts, "queues" | "projectors" | "comparison" | "clock" | "earlier">;
  readonly settings: Settings;
  readonly stats: Stats;
  readonly clustered: boolean;
  /** Says for all shards what is of the whole; undefined: this process does not. */
  readonly keepWhole?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Milliseconds between two looks at what Redis holds. */
  readonly lookMs?: number | undefined;
  /** Resolves when what the file names is desired. */
  readonly begun: Promise<void>;
  /** Whether Redis holds what can be compared with what was written. */
  readonly canLook: () => boolean;
  /** Aborted: nothing can be written any more. */
  readonly lost: AbortSignal;
  /** Called while Redis takes no writes, and without an error when it does again. */
  readonly onOutage: (error: Error | undefined, isNew: boolean) => void;
  /** Called with a fault of our own. */
  readonly onBroken: (error: unknown) => void;
};

/** Longest wait for what is still to be written at a stop. */
export const DRAIN_MS = 3000;

/** Milliseconds between two comparisons of Redis with what was written. */
const LOOK_MS = 3000;

/** Milliseconds between two questions to Redis for its time, which also show that it answers. */
const ASK_MS = 1000;

/** Shortest time between two writes of order books whose writing was put off. */
const MIN_BOOK_MS = 20;

/** Begins all of it, each until `running` is aborted; what writes goes on until `writing` is. */
export function runBackground(
  options: BackgroundOptions,
  { running, writing }: { readonly running: AbortSignal; readonly writing: AbortSignal },
): Promise<void>[] {
  const { parts: { queues, projectors, comparison, clock }, settings, stats, canLook } = options;
  // A Redis that is away ends a question to it without a word; it is asked again.
  const onFailure = (error: unknown) => {
    if (!(error instanceof StoreError)) options.onBroken(error);
  };
  const look = oneAtATime(async () => {
    if (canLook()) await comparison.look(running);
  }, onFailure);
  const ask = oneAtATime(async () => {
    await clock.measure();
    stats.answeredAt = Date.now();
  }, onFailure);
  const bookMs = Math.max(MIN_BOOK_MS, settings.BOOK_INTERVAL_MS);
  return [
    options.begun.then(() => write(options, { running, writing })),
    options.begun.then(() => options.keepWhole?.(running)),
    repeat(() => queues.add(projectors.keepAlive()), STATUS_TTL_MS / 3, running),
    repeat(() => queues.hurry(), RECORD_MS / 4, running),
    repeat(look, options.lookMs ?? LOOK_MS, running),
    repeat(ask, ASK_MS, running),
    repeat(() => projectors.writeDueBooks(), bookMs, running),
  ];
}

/** Sends batches, once it is known where series stood before: what is written would hide that. */
async function write(
  { parts: { queues, earlier }, clustered, lost, onOutage }: BackgroundOptions,
  { running, writing }: { readonly running: AbortSignal; readonly writing: AbortSignal },
): Promise<void> {
  if (!clustered) await earlier.resume(AbortSignal.any([running, writing]), onOutage);
  await queues.run(writing, { drainMs: DRAIN_MS, lost });
}
