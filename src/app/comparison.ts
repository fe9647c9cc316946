/**
 * Compares Redis with what was written, again and again, and remembers why that is not possible: a service that cannot
 * see damage must not call itself ready.
 */
import { StoreError } from "../shared/errors.ts";
import type { Upkeep } from "./upkeep.ts";
import { message } from "../shared/messages/message.ts";

/** The comparison of Redis with what was written, and what it found. */
export type Comparison = {
  /** Looks once. Rejects with StoreError. */
  look(signal: AbortSignal): Promise<void>;
  /** Returns why Redis cannot be compared with what was written, in words; empty while it can. */
  faults(): readonly string[];
};

/** A connection that is lost fails one look; what fails the next one too is something else. */
const FAILURES = 2;

/** Creates a comparison that has not looked yet. */
export function createComparison(upkeep: Pick<Upkeep, "look">): Comparison {
  let fault = "";
  let failures = 0;
  return {
    async look(signal) {
      try {
        fault = await upkeep.look(signal);
        failures = 0;
      } catch (error) {
        if (error instanceof StoreError && ++failures >= FAILURES) {
          fault = message("redis.not_comparable", { reason: error.message }).english;
        }
        throw error;
      }
    },
    faults: () => fault === "" ? [] : [fault],
  };
}
