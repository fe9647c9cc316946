/**
 * Commands in batches over one connection that ioredis opens and keeps: ioredis does addresses, sentinels, TLS, login,
 * database and reconnecting; once a connection is ready its bytes are read and written here. Replies are matched to
 * batches by their order, so a command costs its text and a few bytes of reply and nothing more.
 */
import type { Socket } from "node:net";
import type { Redis } from "ioredis";
import type { Command } from "./commands.ts";
import { endClient } from "./connect.ts";
import { type Batch, type RedisTransport, TransportError } from "./transport.ts";
import { createErrorMask } from "./mask.ts";
import { encodeCommand, type Reply, ReplyParser } from "./resp.ts";

/** Settings of {@link Pipeline}. */
export type PipelineOptions = {
  /** A connection that is silent for so long while answers are due is given up. */
  readonly silenceMs?: number;
  /** As long without anything to do, and it is asked whether it is still there. */
  readonly idleMs?: number;
  /** How long that question may stay without an answer. */
  readonly pingMs?: number;
  /** A connection that was there is lost. */
  readonly onLost?: () => void;
};

type Pending = {
  readonly replies: (Reply | TransportError)[];
  readonly count: number;
  readonly isPing: boolean;
  readonly resolve: (replies: (Reply | TransportError)[]) => void;
};

/** How often silence is looked for. Counted in looks, so that a process which was stopped itself blames nobody. */
const LOOK_MS = 500;

const PING = encodeCommand(["PING"]);

/** See the module comment. */
export class Pipeline implements RedisTransport {
  readonly #redis: Redis;
  readonly #options: Required<PipelineOptions>;
  #socket: Socket | undefined;
  #pending: Pending[] = [];
  #looks = 0;
  #looking: ReturnType<typeof setInterval> | undefined;
  #lastError: Error | undefined;

  /** Takes over every connection that `redis` makes. */
  constructor(redis: Redis, options: PipelineOptions = {}) {
    this.#redis = redis;
    const { silenceMs = 15_000, idleMs = 2000, pingMs = 4000, onLost = () => {} } = options;
    this.#options = { silenceMs, idleMs, pingMs, onLost };
    redis.on("error", (error: Error) => this.#lastError = error);
    redis.on("ready", () => this.#take());
    redis.on("close", () => this.#lose());
    if (redis.status === "ready") this.#take();
  }

  batch(): TextBatch {
    return new TextBatch();
  }

  send(batch: Batch): Promise<(Reply | TransportError)[]> {
    const { texts } = batch as TextBatch;
    return this.sendText(texts.join(""), texts.length);
  }

  /** Sends commands that are encoded already. */
  sendText(text: string, count: number, isPing = false): Promise<(Reply | TransportError)[]> {
    if (count === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const pending: Pending = { replies: [], count, isPing, resolve };
      if (this.#socket === undefined || !this.#socket.writable) {
        const reason = this.#lastError?.message ?? "";
        return fail(pending, reason === "" ? "there is no connection" : reason);
      }
      if (this.#pending.length === 0) this.#looks = 0;
      this.#pending.push(pending);
      this.#socket.write(text);
    });
  }

  async sendToAll(command: Command): Promise<(Reply | TransportError)[]> {
    return [await this.sendToNode("", command)];
  }

  nodes(): Promise<readonly string[]> {
    return Promise.resolve([""]);
  }

  async sendToNode(_place: string, command: Command): Promise<Reply | TransportError> {
    const [reply] = await this.sendText(encodeCommand(command), 1);
    return reply as Reply | TransportError;
  }

  renew(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endClient(this.#redis);
  }

  #take(): void {
    const socket = (this.#redis as unknown as { readonly stream: Socket }).stream;
    const parser = new ReplyParser((reply) => this.#onReply(reply), createErrorMask(this.#redis.options));
    // The handshake is over: from here on ioredis sends nothing on this connection and need not read it.
    socket.removeAllListeners("data");
    socket.on("data", (piece: Uint8Array) => {
      this.#looks = 0;
      try {
        parser.push(piece);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    this.#socket = socket;
    this.#lastError = undefined;
    this.#looks = 0;
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  #lose(): void {
    clearInterval(this.#looking);
    const wasThere = this.#socket !== undefined;
    this.#socket = undefined;
    const lost = this.#pending;
    this.#pending = [];
    for (const pending of lost) fail(pending, this.#lastError?.message ?? "the connection was lost");
    if (wasThere) this.#options.onLost();
  }

  #onReply(reply: Reply): void {
    const pending = this.#pending[0];
    if (pending === undefined) throw new SyntaxError("A reply that nobody asked for");
    pending.replies.push(reply);
    if (pending.replies.length < pending.count) return;
    this.#pending.shift();
    pending.resolve(pending.replies);
  }

  /** A connection that is open but dead is found by its silence while answers are due, if only to a question of ours. */
  #look(): void {
    const silentMs = ++this.#looks * LOOK_MS;
    const { silenceMs, pingMs, idleMs } = this.#options;
    const [first] = this.#pending;
    if (first === undefined) {
      if (silentMs >= idleMs) void this.sendText(PING, 1, true);
    } else if (silentMs >= (first.isPing ? pingMs : silenceMs)) {
      this.#lastError = new TransportError(`no answer for ${silentMs / 1000} s`);
      this.#socket?.destroy();
    }
  }
}

/** Encoded commands. */
class TextBatch implements Batch {
  readonly texts: string[] = [];

  add(command: Command): void {
    this.texts.push(encodeCommand(command));
  }

  get size(): number {
    return this.texts.length;
  }
}

function fail(pending: Pending, reason: string): void {
  while (pending.replies.length < pending.count) pending.replies.push(new TransportError(reason));
  pending.resolve(pending.replies);
}
