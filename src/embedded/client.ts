/**
 * What the store knows of one connection: its name, database, protocol, subscriptions, transaction and the replies
 * that wait to be written. It does no IO; the server hands its text out, and is informed of the rest.
 */
import type { Keyspace, Watcher } from "./keyspace.ts";
import type { Subscriber } from "./pubsub.ts";
import { encodeReply, type RespValue, type RespVersion } from "./resp.ts";

/** Names that one client may watch and listen to, in bytes, and patterns, each of which every publish is compared with. */
const MAX_NAME_BYTES = 16 * 1024 * 1024;
const MAX_PATTERNS = 1000;
/** What a name costs beside its bytes. */
const NAME_COST = 100;

/** A command that waits for another client's write (XREAD BLOCK). */
export type Blocked = {
  /** Names of the keys waited for, with their database. */
  readonly keys: readonly string[];
  /** Milliseconds until the null reply, 0 for ever. */
  readonly timeoutMs: number;
  /** Looks again; undefined when there is still nothing. */
  readonly attempt: () => RespValue | undefined;
};

export type EmbeddedClientOptions = {
  id: number;
  address: string;
  localAddress: string;
  authenticated: boolean;
  maxOutputBytes: number;
  now: number;
  /** Called when there is something to write, once until it has been taken. */
  onOutput: (client: Client) => void;
};

export class Client implements Subscriber {
  readonly id: number;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAt: number;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  name = "";
  library = { name: "", version: "" };
  database = 0;
  protocol: RespVersion = 2;
  authenticated: boolean;
  lastCommand = "NULL";
  lastSeenAt: number;
  /** Commands queued by MULTI; undefined outside a transaction. */
  queue: (() => RespValue | undefined)[] | undefined;
  /** Bytes of the commands in the queue. */
  queueBytes = 0;
  /** A command could not be queued, so EXEC must refuse. */
  queueFault = false;
  readonly watched = new Map<string, { space: Keyspace; key: string }>();
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
  #nameBytes = 0;

  constructor(options: EmbeddedClientOptions) {
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

  /** Bytes that are kept for this client beside what it is to be sent. */
  get heldBytes(): number {
    return this.#nameBytes + this.queueBytes;
  }

  /** Makes room for a name to watch or to listen to; returns false when there is none. */
  holdName(name: string): boolean {
    if (this.#nameBytes + name.length + NAME_COST > MAX_NAME_BYTES) return false;
    this.#nameBytes += name.length + NAME_COST;
    return true;
  }

  releaseName(name: string): void {
    this.#nameBytes -= name.length + NAME_COST;
  }

  /** Nothing is watched or listened to any more. */
  releaseNames(): void {
    this.#nameBytes = 0;
  }

  get hasAllPatterns(): boolean {
    return this.patterns.size >= MAX_PATTERNS;
  }

  send(reply: RespValue): void {
    let text: string;
    try {
      text = encodeReply(reply, this.protocol);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Longer than any text may be, and so than any limit.
      this.overflowed = true;
      return this.kill();
    }
    this.sendEncoded(text);
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
    for (const { space, key } of this.watched.values()) {
      space.unwatch(key, this.watcher);
      this.releaseName(key);
    }
    this.watched.clear();
    this.watcher.dirty = false;
  }

  leaveTransaction(): void {
    this.queue = undefined;
    this.queueBytes = 0;
    this.queueFault = false;
    this.unwatch();
  }
}
