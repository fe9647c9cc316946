/**
 * Opens the sockets of a client to the master that the sentinels name, and only to it. Where the client's own way asks
 * one sentinel after the other and believes the first, this asks all at once, and can be ended at any moment.
 */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";
import { sleep } from "../../../shared/async/sleep.ts";
import { within } from "../../../shared/async/within.ts";
import { MessageError } from "../../../shared/errors.ts";
import { message } from "../../../shared/messages/message.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import type { ClientOptions } from "../connect.ts";
import type { Elected } from "./election.ts";

/** Who knows the master, and learns who depends on it. */
export type MasterSource = {
  find(): Promise<Elected>;
  attach(connection: MasterConnection): void;
  detach(connection: MasterConnection): void;
};

/** A connection that follows the master. */
export type MasterConnection = {
  /** Where it leads, or is about to; undefined: nowhere at the moment. */
  readonly address: HostPort | undefined;
  /** Gives it up, so that the next one is made at once. */
  leave(): void;
};

/** Returns the options of a client that connects to the master which `source` finds. */
export function throughSentinels(options: ClientOptions, source: MasterSource): ClientOptions {
  return {
    ...options,
    Connector: class extends SentinelConnector {
      constructor() {
        super(options, source);
      }
    },
  };
}

class SentinelConnector extends AbstractConnector implements MasterConnection {
  readonly #options: ClientOptions;
  readonly #source: MasterSource;
  #address: HostPort | undefined;
  #attempt = new AbortController();
  #emit: (type: string, error: Error) => void = () => {};

  constructor(options: ClientOptions, source: MasterSource) {
    super(options.disconnectTimeout ?? 0);
    this.#options = options;
    this.#source = source;
  }

  get address(): HostPort | undefined {
    return this.stream === undefined || this.stream.destroyed ? undefined : this.#address;
  }

  leave(): void {
    this.stream?.destroy();
  }

  override async connect(emit: (type: string, error: Error) => void): Promise<Socket> {
    this.connecting = true;
    this.#emit = emit;
    const { signal } = this.#attempt = new AbortController();
    this.#source.attach(this);
    const address = await this.#find(signal);
    this.#address = address;
    const { tls } = this.#options;
    const stream = tls === undefined ? connectPlain(address) : connectTls({ ...address, ...tls });
    this.stream = stream;
    stream.once("error", (error: Error) => this.firstError = error);
    return stream;
  }

  override disconnect(): void {
    this.#source.detach(this);
    this.#attempt.abort();
    super.disconnect();
  }

  /** The sentinels may be behind: one that says of itself that it is a replica takes nothing. */
  override check(info: { readonly role?: string }): boolean {
    if (info.role !== "slave") return true;
    const address = this.#address === undefined ? "" : formatHost(this.#address);
    this.#emit("error", new MessageError(message("redis.named_replica", { address })));
    return false;
  }

  async #find(signal: AbortSignal): Promise<HostPort> {
    const closed = () => new Error("Connection is closed.");
    for (let attempt = 1;; attempt++) {
      try {
        return (await within(this.#source.find(), signal, closed)).address;
      } catch (error) {
        // The pauses are those of the client, not of `retry()`.
        const retryMs = signal.aborted ? undefined : this.#options.sentinelRetryStrategy?.(attempt);
        if (typeof retryMs !== "number") throw error;
        this.#emit("error", error as Error);
        await sleep(retryMs, signal);
        if (signal.aborted) throw closed();
      }
    }
  }
}
