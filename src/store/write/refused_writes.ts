/**
 * What Redis refuses for its own sake: for each key the newest write, to be tried again until it is taken, since a right may
 * be granted and a key be freed. Of events only that they were refused is remembered: what they said is lost.
 */
import { slotOf, type Write } from "./write.ts";

/** One write that was refused, and what Redis said. */
export type RefusedWrite = { readonly write: Write; readonly reason: string };

/** Writes remembered; of a server whose keys are all refused the others are as good. */
const MAX_REMEMBERED = 1000;

/** The newest write of each key that Redis refuses. */
export class RefusedWrites {
  readonly #refused = new Map<string, RefusedWrite>();

  get size(): number {
    return this.#refused.size;
  }

  has(write: Write): boolean {
    return this.#refused.has(nameOf(write));
  }

  values(): RefusedWrite[] {
    return [...this.#refused.values()];
  }

  /** Returns those that can be tried again. */
  *retries(): Iterable<Write> {
    for (const { write } of this.#refused.values()) if (slotOf(write) !== undefined) yield write;
  }

  /** Takes what became of a batch; returns whether anything is different now. */
  update(batch: readonly Write[], refused: readonly RefusedWrite[]): boolean {
    if (this.#refused.size === 0 && refused.length === 0) return false;
    const again = new Set(refused.map(({ write }) => write));
    const before = new Set(this.#refused.keys());
    for (const write of batch) {
      if (again.has(write) || !this.#refused.delete(nameOf(write))) continue;
      // Where a stream can be trimmed it can be added to.
      if (write.kind === "trimStream") this.#refused.delete(`append\n${write.key}`);
    }
    for (const each of refused) {
      if (this.#refused.size < MAX_REMEMBERED) this.#refused.set(nameOf(each.write), each);
    }
    return before.size !== this.#refused.size || [...this.#refused.keys()].some((name) => !before.has(name));
  }

  /** Forgets those that need not be written any more. */
  forget(isDesired: (write: Write) => boolean): void {
    for (const [name, { write }] of this.#refused) if (!isDesired(write)) this.#refused.delete(name);
  }
}

/** Returns the key that a write is about; of a publish its channel. */
export function keyOf(write: Write): string {
  return write.kind === "publish" ? write.channel : write.key;
}

function nameOf(write: Write): string {
  return slotOf(write) ?? `${write.kind}\n${keyOf(write)}`;
}
