/**
 * What the store knows of one connection: its name, database, protocol, subscriptions, transaction and the replies
 * that wait to be written. It does no IO; the server hands it bytes' worth of text out and hears of the rest.
 */
import type { Keyspace, Watcher } from "./keyspace.ts";
import type { Listener } from "./pubsub.ts";
import { encodeReply, type Protocol, type Reply } from "./resp.ts";

/** A command that waits for another client's write (XREAD BLOCK). */
export type Blocked = {
  /** Names of the keys waited for, with their database. */
  readonly keys: readonly string[];
  /** Milliseconds until the null reply, 0 for ever. */
  readonly timeoutMs: number;
  /** Looks again; undefined when there is still nothing. */
  readonly attempt: () => Reply | undefined;
};

export type ClientOptions = {
  id: number;
  address: string;
  localAddress: string;
  authenticated: boolean;
  maxOutputBytes: number;
  now: number;
  /** Called when there is something to write, once until it has been taken. */
  onOutput: (client: Client) => void;
};

export class Client implements Listener {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAt: number;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  name = "";
  library = { name: "", version: "" };
  database = 0;
  protocol: Protocol = 2;
  authenticated: boolean;
  lastCommand = "NULL";
  lastSeenAt: number;
  /** Commands held back by MULTI; undefined outside a transaction. */
  queue: (() => Reply | undefined)[] | undefined;
  /** A command could not be queued, so EXEC must refuse. */
  queueFault = false;
  readonly watched: { space: Keyspace; key: string }[] = [];
  readonly watcher: Watcher = { dirty: false };
  blocked: Blocked | undefined;
  /** No further command is read; the connection goes once its replies are out. */
  closing = false;
  /** The connection goes at once, whatever waits to be written. */
  killed = false;
  /** It was killed because more output waited than allowed. */
  overflowed = false;
  /** Bytes taken and not yet accepted by the other side. */
  inFlightBytes = 0;
  readonly #maxOutputBytes: number;
  readonly #onOutput: (client: Client) => void;
  #output = "";

  constructor(options: ClientOptions) {
    this.id = options.id;
    this.address = options.address;
    this.localAddress = options.localAddress;
    this.authenticated = options.authenticated;
    this.connectedAt = this.lastSeenAt = options.now;
    this.#maxOutputBytes = options.maxOutputBytes;
    this.#onOutput = options.onOutput;
  }

  get outputBytes(): number {
    return this.#output.length + this.inFlightBytes;
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size;
  }

  send(reply: Reply): void {
    this.sendEncoded(encodeReply(reply, this.protocol));
  }

  sendEncoded(text: string): void {
    if (this.killed) return;
    const first = this.#output === "";
    this.#output += text;
    if (this.outputBytes > this.#maxOutputBytes) {
      this.overflowed = true;
      this.kill();
    } else if (first) {
      this.#onOutput(this);
    }
  }

  kill(): void {
    this.killed = true;
    this.#output = "";
    this.#onOutput(this);
  }

  takeOutput(): string {
    const output = this.#output;
    this.#output = "";
    return output;
  }

  deliver(message: { channel: string; payload: string; pattern?: string }): void {
    const { channel, payload, pattern } = message;
    const items = pattern === undefined
      ? ["message", channel, payload]
      : ["pmessage", pattern, channel, payload];
    this.send({ kind: "push", items });
  }

  unwatch(): void {
    for (const { space, key } of this.watched) space.unwatch(key, this.watcher);
    this.watched.length = 0;
    this.watcher.dirty = false;
  }

  leaveTransaction(): void {
    this.queue = undefined;
    this.queueFault = false;
    this.unwatch();
  }
}
