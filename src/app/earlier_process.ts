/**
 * What an earlier process has left in Redis: where series stood, what commands asked for, and what is no longer desired.
 * It is read before anything is written, since that would hide it; a Redis that is away is waited for. What Redis refuses to
 * have read does not hold up the rest, and is asked for again as long as it is refused.
 */
import { retry } from "../shared/async/retry.ts";
import { within } from "../shared/async/within.ts";
import { causeText, StoreError } from "../shared/errors.ts";
import { roomLogger } from "../logging/log.ts";
import { isRefusal, remedyOf } from "../shared/redis_errors.ts";
import type { Leftovers } from "./leftovers.ts";
import type { ResumeReader } from "./resume_reader.ts";

/** What is read of an earlier process, in this order. */
export type EarlierProcess = {
  /**
   * Reads where series stood; `onOutage` is called while Redis is away, and with nothing when it is back, `isNew` where that is
   * to be said. Resolves when writing may begin.
   */
  resume(signal: AbortSignal, onOutage: (error: Error | undefined, isNew: boolean) => void): Promise<void>;
  /** Restores what commands had asked for, then removes what is not desired. Resolves when commands may be taken. */
  restore(signal: AbortSignal): Promise<void>;
  /** Asks again for what was refused, before refused writes are tried again. Rejects with StoreError. */
  again(signal: AbortSignal): Promise<void>;
};

/** How often a Redis that is away is asked. */
const RETRY = { baseMs: 500, capMs: 500 };

const log = roomLogger("service");

/** Creates what knows of an earlier process, which has read nothing yet. */
export function createEarlierProcess(
  { restore, resume, leftovers }: {
    readonly restore: () => Promise<void>;
    readonly resume: Pick<ResumeReader, "isReadDue" | "readDue" | "readRefused">;
    readonly leftovers: Pick<Leftovers, "settleRest">;
  },
): EarlierProcess {
  const steps: readonly { readonly fault: string; readonly work: (signal: AbortSignal) => Promise<void> }[] =
    [
      {
        fault: "What commands asked for before the last stop cannot be read",
        work: () => restore(),
      },
      {
        fault: "What an earlier process left in Redis cannot be read",
        work: (signal) => leftovers.settleRest(signal),
      },
    ];
  let refused: typeof steps = [];
  return {
    async resume(signal, onOutage) {
      let isNew = true;
      const read = async () => {
        await within(resume.readDue(), signal);
        onOutage(undefined, true);
      };
      const onFailure = (error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
        onOutage(error, isNew);
        isNew = false;
      };
      while (resume.isReadDue && !signal.aborted) await retry(read, { ...RETRY, signal, onFailure });
    },
    async restore(signal) {
      for (const step of steps) {
        try {
          await retry(() => step.work(signal), { ...RETRY, signal, isTemporary: isOutage });
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          log.warn(step.fault, { reason: error.message, remedy: remedyOf(causeText(error))?.english });
          refused = [...refused, step];
        }
      }
    },
    async again(signal) {
      await resume.readRefused();
      for (const step of refused) {
        try {
          await step.work(signal);
          refused = refused.filter((each) => each !== step);
        } catch (error) {
          if (!isRefusal(error)) throw error;
        }
      }
    },
  };
}

function isOutage(error: unknown): boolean {
  return error instanceof StoreError && !isRefusal(error);
}
