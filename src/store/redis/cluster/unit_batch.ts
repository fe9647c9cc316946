/** Commands for a cluster, put together into what goes to one node as a whole. */
import calculateSlot from "cluster-key-slot";
import type { RedisCommand } from "../commands.ts";
import { encodeCommand } from "../resp.ts";
import type { Batch } from "../transport.ts";

/** A command, or a transaction, which goes to one node as a whole. */
export type Unit = {
  readonly text: string;
  readonly count: number;
  readonly at: number;
  readonly slot: number;
  /** It names no key: every node can do it as well. */
  readonly isKeyless: boolean;
  /** It needs no lease. */
  readonly isQuestion: boolean;
  /** It publishes what the commands before it did. */
  readonly isPublish: boolean;
  /** Where it is to be sent against the map of slots, because a slot is being moved. */
  asking?: string;
};

/** Commands that every node carries out alike. A message that is published on one is received on all. */
const KEYLESS: readonly string[] = ["PUBLISH", "TIME", "INFO", "PING"];

/** The slot of a key. */
export const slotOfKey: (key: string) => number = calculateSlot;

/** Commands of a batch as units. */
export class UnitBatch implements Batch {
  readonly units: Unit[] = [];
  size = 0;
  readonly #isQuestion: boolean;
  #open: { text: string; count: number; key: string | undefined } | undefined;

  /** `isQuestion`: of commands that need no lease. */
  constructor(isQuestion = false) {
    this.#isQuestion = isQuestion;
  }

  add(command: RedisCommand): void {
    const [name, key = ""] = command;
    this.size += 1;
    const unit = this.#open ?? { text: "", count: 0, key: undefined };
    unit.text += encodeCommand(command);
    unit.count += 1;
    if (name === "MULTI") this.#open = unit;
    else if (name === "EXEC") this.#open = undefined;
    else unit.key ??= KEYLESS.includes(name) && name !== "PUBLISH" ? "" : key;
    if (this.#open !== undefined) return;
    const { text, count } = unit;
    this.units.push({
      ...{ text, count, at: this.size - count, slot: slotOfKey(unit.key ?? "") },
      isKeyless: count === 1 && KEYLESS.includes(name),
      isPublish: count === 1 && name === "PUBLISH",
      isQuestion: this.#isQuestion,
    });
  }

  /** Whether every node could carry out the whole batch. */
  get isKeyless(): boolean {
    return this.units.every(({ isKeyless }) => isKeyless);
  }
}
