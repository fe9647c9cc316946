/**
 * What stands between a service and each of its connections to Redis. A new connection is named, then it is asked who holds the
 * lease, then the connections of other holders are ended, and only then it may write. The service that takes the lease ends the
 * connections that were named before it did; what is named later finds another name in the lease.
 */
import type { Message } from "../../../shared/messages/message.ts";
import { message } from "../../../shared/messages/message.ts";
import { sleep } from "../../../shared/async/sleep.ts";
import { within } from "../../../shared/async/within.ts";
import { refusalOf } from "../../../shared/redis_errors.ts";
import { othersOf } from "./client_name.ts";
import type { Lease } from "./lease.ts";
import type { SendCommands } from "./lease_keys.ts";

/** Settings of {@link Gate}. */
export type GateOptions = {
  readonly lease: Lease;
  /** The name of every connection of this process. */
  readonly name: string;
  /** Whether a node that does not answer may be the one with the lease, while others go on. */
  readonly clustered: boolean;
  /** The connections of others cannot be ended: the lease alone keeps them from writing. */
  readonly onUnfenced?: (reason: string) => void;
};

/** Between two attempts of a connection that Redis does not let through. */
const RETRY_MS = 300;

/** Lets connections write while the lease is ours. */
export class Gate {
  readonly #options: GateOptions;
  readonly #first = Promise.withResolvers<void>();
  #isUnfenced = false;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#first.promise.catch(() => {});
  }

  /**
   * Resolves when the first connection is let through, or Redis has refused that for now; at once where another is waited
   * for. Rejects with LeaseError.
   */
  get first(): Promise<void> {
    return this.#isWaiting ? Promise.resolve() : this.#first.promise;
  }

  /** The name of every connection of this process. */
  get name(): string {
    return this.#options.name;
  }

  /** Whether nothing may ever be written again. */
  get isClosed(): boolean {
    return this.#options.lease.error !== undefined;
  }

  /** Returns why nothing may be written now; undefined: it may. */
  fault(): Message | undefined {
    const { lease } = this.#options;
    if (lease.error?.text !== undefined) return lease.error.text;
    if (lease.isRefused) return undefined;
    if (lease.holder === undefined) return message("lease.none");
    return this.#isStale ? message("lease.overdue", { ms: Math.round(lease.ageMs) }) : undefined;
  }

  /** Returns what to wait for before anything is written; undefined: nothing. `ask` asks Redis. */
  confirmed(ask: SendCommands): Promise<void> | undefined {
    if (!this.#isStale || this.#options.lease.holder === undefined) return undefined;
    return this.#check(ask).catch(() => {});
  }

  /** Resolves when a new connection may write; goes on trying until `signal` is aborted. `onFault` is called with why it may not yet. */
  async admit(ask: SendCommands, signal: AbortSignal, onFault: (error: Error) => void): Promise<void> {
    // Until then it bears no name, so that nobody ends it.
    if (this.#isWaiting) await within(this.#options.lease.begun, signal).catch(() => {});
    while (!signal.aborted) {
      try {
        await this.#admit(ask, signal);
        return this.#first.resolve();
      } catch (error) {
        const { lease } = this.#options;
        // A service that has lost the lease has no more use for connections.
        if (lease.error !== undefined) return this.#first.reject(lease.error);
        this.#first.resolve();
        if (signal.aborted) return;
        onFault(error as Error);
        await sleep(RETRY_MS, signal);
      }
    }
  }

  /** Admits a connection that takes commands: it has its name before it is known whether the lease is ours. */
  async admitListener(setName: (name: string) => Promise<unknown>): Promise<void> {
    const { lease, name } = this.#options;
    await setName(name).catch((error) => this.#note(error));
    // Who cannot be asked now is asked by the connection that writes.
    await lease.check().catch(() => {});
    if (lease.error !== undefined) throw lease.error;
  }

  get #isWaiting(): boolean {
    const { lease } = this.#options;
    return lease.isStandby && lease.epoch === 0;
  }

  /**
   * In a cluster those of a node may be written to while the one with the lease is away: the service that takes it ends the
   * connection.
   */
  get #isStale(): boolean {
    const { lease, clustered } = this.#options;
    return lease.isOverdue && (!clustered || this.#isUnfenced);
  }

  async #admit(ask: SendCommands, signal: AbortSignal): Promise<void> {
    const { lease, name } = this.#options;
    const [named] = await ask([["CLIENT", "SETNAME", name]]);
    if (named instanceof Error) this.#note(named);
    try {
      await this.#check(ask);
    } catch (error) {
      if (lease.isRefused) return;
      throw error;
    }
    const [list] = await ask([["CLIENT", "LIST"]]);
    if (list instanceof Error) this.#note(list);
    const others = typeof list === "string" ? othersOf(list, name) : [];
    const ended = await ask(others.map((id) => ["CLIENT", "KILL", "ID", id]));
    for (const reply of ended) if (reply instanceof Error) this.#note(reply);
    if (!this.#isUnfenced) return;
    // Nobody writes beyond the end of a lease; for the holder before that time has to pass.
    await sleep(lease.settlingMs, signal);
  }

  /** In a cluster the lease is where its slot is. */
  #check(ask: SendCommands): Promise<void> {
    const { lease, clustered } = this.#options;
    return clustered ? lease.check() : lease.check(ask);
  }

  /** What Redis does not let anybody do is done without; other errors are those of a connection that is of no use now. */
  #note(error: unknown): void {
    if (!(error instanceof Error) || error.name !== "ReplyError" || refusalOf(error.message)?.all === true) {
      throw error;
    }
    if (!this.#isUnfenced) this.#options.onUnfenced?.(error.message);
    this.#isUnfenced = true;
  }
}
