/**
 * What Redis should hold of a server right now: the last write of each latest row, each row of what is open, each
 * instrument and the newest candle of each series, by the path that brought it. It is what is written again when Redis
 * may have lost it. Bounded by the rows that have a key of their own (see row_keys.ts); what a path had goes with it.
 */
import { isTrim, type Write } from "../write/write.ts";

/** The newest write of each slot of a server. A slot is what a later write of the same replaces, as `slotOf` says. */
export class CurrentState {
  readonly #paths = new Map<string, Map<string, Write>>();

  /** Remembers the newest write of a slot. */
  keep(path: string, slot: string, write: Write): void {
    let slots = this.#paths.get(path);
    if (slots === undefined) this.#paths.set(path, slots = new Map());
    slots.set(slot, write);
  }

  /** Returns the write of a slot that is remembered. */
  get(path: string, slot: string): Write | undefined {
    return this.#paths.get(path)?.get(slot);
  }

  /** Drops a row that is over. */
  drop(path: string, slot: string): void {
    this.#paths.get(path)?.delete(slot);
  }

  /** Drops all of a path's writes but these. */
  narrow(path: string, stays: (write: Write) => boolean): void {
    for (const [slot, write] of this.#paths.get(path) ?? []) {
      if (!stays(write)) this.drop(path, slot);
    }
  }

  /** Forgets a path that is no longer desired. */
  forget(path: string): void {
    this.#paths.delete(path);
  }

  /** Returns the path that brought what is kept under a key; undefined: nothing is. */
  pathOf(key: string): string | undefined {
    for (const [path, slots] of this.#paths) if (slots.has(key)) return path;
    return undefined;
  }

  /** Returns everything, with what cuts sets down at the end. */
  writes(): Write[] {
    const all = [...this.#paths.values()].flatMap((slots) => [...slots.values()]);
    return [...all.filter((write) => !isTrim(write)), ...all.filter(isTrim)];
  }
}
