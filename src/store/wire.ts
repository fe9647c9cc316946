/**
 * Commands in batches over one connection that ioredis opens and keeps: ioredis does addresses, TLS, login, database
 * and reconnecting; once a connection is ready its bytes are read and written here. Replies are matched to batches by
 * their order, so a command costs its text and a few bytes of reply and nothing more.
 */
import type { Socket } from "node:net";
import type { Redis } from "ioredis";
import { encodeCommand, type Reply, ReplyParser } from "./resp.ts";

/** Commands collected for one batch. */
export type Batch = {
  add(parts: readonly string[]): void;
  readonly size: number;
};

/** The connection was lost, or there is none. Not an answer of Redis. */
export class WireError extends Error {
  override readonly name = "WireError";
}

type Pending = {
  readonly replies: (Reply | WireError)[];
  readonly count: number;
  readonly resolve: (replies: (Reply | WireError)[]) => void;
};

/** See the module comment. */
export class Wire {
  readonly #redis: Redis;
  readonly #silenceMs: number;
  #socket: Socket | undefined;
  #pending: Pending[] = [];
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** Takes over every connection that `redis` makes; `silenceMs` without any byte while answers are due ends one. */
  constructor(redis: Redis, silenceMs: number) {
    this.#redis = redis;
    this.#silenceMs = silenceMs;
    redis.on("ready", () => this.#take());
    redis.on("close", () => this.#lose());
    if (redis.status === "ready") this.#take();
  }

  /** An empty batch. */
  batch(): Batch & { texts: readonly string[] } {
    const texts: string[] = [];
    return {
      texts,
      add: (parts) => void texts.push(encodeCommand(parts)),
      get size() {
        return texts.length;
      },
    };
  }

  /** Sends a batch in one piece; answers in the order of its commands, with errors among the replies. */
  send(batch: Batch & { readonly texts: readonly string[] }): Promise<(Reply | WireError)[]> {
    const count = batch.texts.length;
    if (count === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const pending: Pending = { replies: [], count, resolve };
      if (this.#socket === undefined || !this.#socket.writable) {
        return fail(pending, "no connection to Redis");
      }
      this.#pending.push(pending);
      this.#socket.write(batch.texts.join(""));
      this.#listenForSilence();
    });
  }

  #take(): void {
    const socket = (this.#redis as unknown as { readonly stream: Socket }).stream;
    const parser = new ReplyParser((reply) => this.#onReply(reply));
    // The handshake is over: from here on ioredis sends nothing on this connection and need not read it.
    socket.removeAllListeners("data");
    socket.on("data", (piece: Uint8Array) => {
      try {
        parser.push(piece);
        this.#listenForSilence();
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    this.#socket = socket;
  }

  #lose(): void {
    this.#socket = undefined;
    const lost = this.#pending;
    this.#pending = [];
    this.#listenForSilence();
    for (const pending of lost) fail(pending, "the connection to Redis was lost");
  }

  #onReply(reply: Reply): void {
    const pending = this.#pending[0];
    if (pending === undefined) throw new SyntaxError("A reply that nobody asked for");
    pending.replies.push(reply);
    if (pending.replies.length < pending.count) return;
    this.#pending.shift();
    pending.resolve(pending.replies);
  }

  /** A connection that is open but dead is found by its silence while answers are due. */
  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    if (this.#pending.length === 0) return;
    const socket = this.#socket;
    this.#silence = setTimeout(() => socket?.destroy(), this.#silenceMs);
  }
}

function fail(pending: Pending, reason: string): void {
  while (pending.replies.length < pending.count) pending.replies.push(new WireError(reason));
  pending.resolve(pending.replies);
}
