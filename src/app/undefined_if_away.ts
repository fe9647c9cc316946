/** What cannot be read while Redis is away is left out: for `.catch()`. */
import { StoreError } from "../shared/errors.ts";

/** Returns undefined for a StoreError, and throws every other error. */
export function undefinedIfAway(error: unknown): undefined {
  if (!(error instanceof StoreError)) throw error;
  return undefined;
}
