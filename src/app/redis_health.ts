/** Whether Redis takes writes, and whether what it takes is kept: with a line in the log when that changes. */
import { roomLogger } from "../logging/log.ts";
import type { Stats } from "../model/stats.ts";
import type { Message } from "../shared/messages/message.ts";

const log = roomLogger("service");

/** The condition of the Redis of one service; nothing is wrong at first. */
export class RedisHealth {
  #outage = "";
  #refusal = "";
  #doubt = "";

  /** Why Redis takes no writes; empty: it does. */
  get outage(): string {
    return this.#outage === "" ? this.#refusal : this.#outage;
  }

  /** Why what it takes may be lost; none: nothing says so. */
  get doubts(): string[] {
    return this.#doubt === "" ? [] : [this.#doubt];
  }

  /** Redis takes no writes, without an error: it does again; `isReported`: the log says so. */
  setOutage(error: Error | undefined, isReported: boolean): void {
    this.#outage = error?.message ?? "";
    if (!isReported) return;
    if (error === undefined) log.info("Redis takes writes again");
    else log.error("Redis takes no writes, keeping the newest", { reason: error.message });
  }

  /** Redis has answered a question, or has not, for this reason. */
  setAnswer(error: Error | undefined, stats: Pick<Stats, "answeredAt">): void {
    if (error === undefined) stats.answeredAt = Date.now();
    this.setOutage(error, false);
  }

  /** Redis takes nothing of what a service that stands by says of itself, for this reason; without one it does. */
  setRefusal(error: Error | undefined): void {
    this.#refusal = error?.message ?? "";
  }

  /** Notes why another Redis may have become the master; undefined: it has not. */
  setDoubt(reason: Message | undefined): void {
    this.#doubt = reason?.english ?? "";
    if (reason !== undefined) log.warn("This Redis may not be the master any more", { reason: this.#doubt });
  }
}
