/**
 * What the queues and the clock of Redis call in the parts that are built on them. The upper parts are connected once they are
 * there; until then nothing is sent and nothing measured, so nothing is called.
 */
import type { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import { StoreError } from "../shared/errors.ts";
import type { Store } from "../store/store.ts";
import { outageKindOf } from "../store/write/batch_sender.ts";
import type { Drop } from "../store/write/dropped_events.ts";
import type { RecentEntries } from "../store/write/recent_entries.ts";
import { keyOf } from "../store/write/refused_writes.ts";
import type { WriteQueuesOptions } from "../store/write/write_queues.ts";
import { recoverDesired } from "./desired_comparison.ts";
import type { Projectors } from "./projectors.ts";
import type { Recovery } from "./recovery.ts";
import type { ResumeReader } from "./resume_reader.ts";

/** What the calls need that is there before the queues are. */
export type UpcallsOptions = {
  readonly store: Store;
  readonly recent: Pick<RecentEntries, "note">;
  readonly persisted: PersistedSubscriptions;
  /** Whether this process writes what commands ask for. */
  readonly isFirst: boolean;
  /** Called when Redis takes no more writes, and without an error when it does again; `isNew`: it did, or did not, before. */
  readonly onOutage: NonNullable<WriteQueuesOptions["onOutage"]>;
};

/** The parts that are called. */
export type UpperParts = {
  readonly projectors: Projectors;
  readonly recovery: Pick<Recovery, "recover">;
  readonly resume: Pick<ResumeReader, "readDue">;
  /** Removes the statuses of servers whose Redis takes nothing but removals. */
  readonly withdrawStatuses: () => Promise<void>;
};

const warn = sparseWarning(roomLogger("service"));

/** The calls of one service; unconnected at first. */
export class Upcalls {
  readonly #options: UpcallsOptions;
  #upper: UpperParts | undefined;

  constructor(options: UpcallsOptions) {
    this.#options = options;
  }

  /** Names the parts that are called, before anything runs. */
  connect(upper: UpperParts): void {
    this.#upper = upper;
  }

  /** Moves times that were noted before the clock of Redis was known. */
  shift(offsetMs: number): void {
    this.#parts.projectors.shift(offsetMs);
  }

  /** Returns what the queues are to call. */
  ofQueues(): Omit<WriteQueuesOptions, "stats" | "maxBytes"> {
    const { store, recent, persisted, isFirst, onOutage } = this.#options;
    return {
      lastMinute: (whole, inLane) => this.#parts.projectors.flush(whole, inLane),
      hasDue: (inLane) => this.#parts.projectors.hasDue(inLane),
      onWritten: (writes, inLane) => {
        recent.note(writes, performance.now());
        this.#parts.projectors.acknowledge(inLane);
      },
      // One node that is away holds up no server of another; a single Redis is asked before anything is sent at all.
      begin: store.clustered
        ? (inLane) => {
          const { resume, projectors } = this.#parts;
          return resume.readDue((server) => inLane(projectors.keysOf(server).prefix));
        }
        : undefined,
      recover: async (inLane) => [
        ...await this.#parts.recovery.recover(inLane),
        ...isFirst ? await recoverDesired({ store, persisted }, inLane) : [],
      ],
      onUnkept: ({ of = "" }) => this.#parts.projectors.noteUnkept(of),
      state: {
        statuses: (inLane) => this.#parts.projectors.statuses(inLane),
        rows: (inLane) => [
          ...this.#parts.projectors.rows(inLane),
          ...isFirst ? persisted.all().filter((write) => inLane(keyOf(write))) : [],
        ],
      },
      onRefused: (refused) => this.#parts.projectors.setRefused(refused),
      onReplaced: (keys) => this.#parts.projectors.setReplaced(keys),
      onPrepended: (prepended) => this.#parts.projectors.setPrepended(prepended),
      isDesired: (write) => this.#parts.projectors.isDesired(write),
      onDropped: (drops) => {
        warnOfDropped(drops);
        return this.#parts.projectors.dropped(drops);
      },
      onOutage: (error, isNew) => {
        onOutage(error, isNew);
        if (error instanceof StoreError && outageKindOf(error) === "OOM") void this.#parts.withdrawStatuses();
      },
    };
  }

  get #parts(): UpperParts {
    if (this.#upper === undefined) {
      throw new Error("The queues run before the parts above them are connected");
    }
    return this.#upper;
  }
}

function warnOfDropped(drops: readonly Drop[]): void {
  warn("Redis did not keep up and rows were dropped, the oldest first", {
    paths: drops.length,
    rows: drops.reduce((sum, drop) => sum + drop.rows, 0),
    remedy: "see P/gaps for what is missing; QUEUE_MB is how much may wait",
  });
}
