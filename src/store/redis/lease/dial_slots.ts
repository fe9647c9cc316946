/**
 * Leave to dial the exchange, which allows an address few new connections a second: what shares a KEY_PREFIX shares these. Each
 * leave is a key that runs out, so that a process that ends without a word keeps none.
 */
import { withDeadline } from "../../../shared/async/with_deadline.ts";
import { sleep } from "../../../shared/async/sleep.ts";
import { dialKey } from "../../layout/keys.ts";
import type { RedisReply } from "../resp.ts";
import { TransportError } from "../transport.ts";
import type { SendCommands } from "./lease_keys.ts";

/** Settings of {@link DialSlots}. */
export type DialSlotsOptions = {
  readonly keyPrefix: string;
  readonly instance: string;
  /** So many connections in any window of this length. */
  readonly count: number;
  readonly windowMs: number;
};

/** How long a Redis may take to answer: a dial does not wait for one that is away. */
const ANSWER_MS = 1000;

/** The slots of one process; there is no Redis to ask yet. */
export class DialSlots {
  readonly #options: DialSlotsOptions;
  #ask: SendCommands | undefined;

  constructor(options: DialSlotsOptions) {
    this.#options = options;
  }

  begin(ask: SendCommands): void {
    this.#ask = ask;
  }

  /** Resolves when a connection may be made, with whether Redis has said so; or when the signal is aborted. */
  async take(signal: AbortSignal): Promise<boolean> {
    const { keyPrefix, instance, count, windowMs } = this.#options;
    const keys = Array.from({ length: count }, (_, i) => dialKey(keyPrefix, i + 1));
    while (!signal.aborted) {
      for (const key of keys) {
        const [reply] = await this.#send([["SET", key, instance, "NX", "PX", String(windowMs)]]);
        if (reply === "OK") return true;
        if (reply instanceof Error || reply === undefined) return false;
      }
      const left = await this.#send(keys.map((key) => ["PTTL", key]));
      if (left.some((reply) => reply instanceof Error) || left.length < count) return false;
      const soonest = Math.min(...left.map(Number));
      // One that never runs out is none of okws: it is not waited for.
      if (soonest > windowMs || left.every((ttl) => Number(ttl) === -1)) return false;
      await sleep(Math.max(1, soonest + 1), signal);
    }
    return true;
  }

  async #send(commands: Parameters<SendCommands>[0]): Promise<readonly (RedisReply | TransportError)[]> {
    const none = [new TransportError("no answer")];
    if (this.#ask === undefined) return none;
    return await withDeadline(this.#ask(commands).catch(() => none), ANSWER_MS, () => none);
  }
}
