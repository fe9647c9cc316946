/** Looks in Redis for changes of what commands ask for, for a process that does not take commands itself. */
import type { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { roomLogger } from "../logging/log.ts";
import { sleep } from "../shared/async/sleep.ts";
import { within } from "../shared/async/within.ts";
import { StoreError } from "../shared/errors.ts";
import type { Store } from "../store/store.ts";

/** What is followed, and what becomes of it. */
export type FollowCommandsOptions = {
  readonly persisted: Pick<PersistedSubscriptions, "refresh">;
  readonly reader: Pick<Store, "row" | "text" | "fieldCount">;
  /** Servers that the file names. */
  readonly names: () => readonly string[];
  readonly onChange: () => Promise<void>;
  /** Called after each look at which all could be read. */
  readonly onKnown?: () => void;
};

/** Milliseconds between two looks for changes. */
export const LOOK_MS = 500;

const log = roomLogger("service");

/** Looks at once, and again until the signal is aborted; what cannot be read is looked for again. */
export async function followCommands(
  { persisted, reader, names, onChange, onKnown = () => {} }: FollowCommandsOptions,
  signal: AbortSignal,
): Promise<void> {
  let isAway = false;
  let isDue = false;
  while (!signal.aborted) {
    try {
      isDue = await within(persisted.refresh(names(), reader), signal) || isDue;
      if (isDue && !signal.aborted) await onChange();
      isDue = false;
      onKnown();
      isAway = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StoreError)) throw error;
      // A part of it may have been read.
      isDue = true;
      if (!isAway) log.warn("Cannot read what commands ask for, trying on", { reason: error.message });
      isAway = true;
    }
    await sleep(LOOK_MS, signal);
  }
}
