/**
 * What a trim takes away: members of an index and the rows that they name, together or not at all. A row whose member is
 * gone would be found by nobody and stay for ever.
 */
import type { RedisCommand } from "../commands.ts";
import type { Batch } from "../transport.ts";

/** Members to be taken out of `key`, and `also` of another index, with their rows `<rows><member>`. */
export type Removal = {
  readonly command: "ZREM" | "SREM";
  readonly key: string;
  readonly also: string | undefined;
  readonly rows: string;
  readonly members: readonly string[];
};

/** Names in one removal: Redis takes a million arguments at most, and a smaller MAX_ROW may leave more to remove. */
export const MAX_REMOVED = 10_000;

/** Returns the removal of these members, in portions that Redis takes. */
export function* portions(removal: Removal): Generator<Removal> {
  for (let at = 0; at < removal.members.length; at += MAX_REMOVED) {
    yield { ...removal, members: removal.members.slice(at, at + MAX_REMOVED) };
  }
}

/** Adds one portion, in one step. */
export function addRemoval(batch: Batch, removal: Removal): void {
  batch.add(["MULTI"]);
  batch.add(["DEL", ...removedKeys(removal)]);
  for (const command of unlisting(removal)) batch.add(command);
  batch.add(["EXEC"]);
}

/** Returns the keys of the rows. */
export function removedKeys({ rows, members }: Removal): [string, ...string[]] {
  return members.map((member) => rows + member) as [string, ...string[]];
}

/** Returns what takes the members out of their indexes. */
export function unlisting({ command, key, also, members }: Removal): RedisCommand[] {
  if (members.length === 0) return [];
  return [...(also === undefined ? [] : [also]), key].map((index) => [command, index, ...members]);
}
