/** What a store says of a batch of writes. */
import type { RefusedWrite } from "./refused_writes.ts";
import type { Prepended } from "./write.ts";

/** What became of one batch. Writes that Redis refused for their own sake are counted, not repeated. */
export type Applied = {
  readonly commands: number;
  readonly rejected: number;
  readonly refused?: readonly RefusedWrite[];
  /** Keys that had something of another type, which is gone. */
  readonly replaced?: readonly string[];
  /** How many rows went before those of which streams. */
  readonly prepended?: readonly Prepended[];
};
