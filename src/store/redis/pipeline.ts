/**
 * Commands in batches over one connection that ioredis opens and keeps: ioredis does addresses, sentinels, TLS, login,
 * database and reconnecting; once a connection is ready its bytes are read and written here. Replies are matched to
 * batches by their order, so a command costs its text and a few bytes of reply and nothing more.
 */
import type { Socket } from "node:net";
import type { Redis } from "ioredis";
import { IOREDIS_VERSION } from "../../shared/version.ts";
import type { RedisCommand } from "./commands.ts";
import { endClient } from "./connect.ts";
import type { Gate } from "./lease/gate.ts";
import { type Batch, type RedisTransport, TransportError } from "./transport.ts";
import { createErrorMask } from "./mask.ts";
import { CommandBuffer } from "./command_buffer.ts";
import { refusalOf } from "../../shared/redis_errors.ts";
import { encodeCommand, type RedisReply, ReplyParser } from "./resp.ts";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { message } from "../../shared/messages/message.ts";

/** Settings of {@link Pipeline}. */
export type PipelineOptions = {
  /** A connection that is silent for so long while answers are due is given up. */
  readonly silenceMs?: number;
  /** As long without anything to do, and it is asked whether it is still there. */
  readonly idleMs?: number;
  /** How long that question may stay without an answer. */
  readonly pingMs?: number;
  /** There is a connection. */
  readonly onReady?: () => void;
  /** A connection that was there is lost. */
  readonly onLost?: () => void;
  /** What a connection of a service has to pass before it may write. */
  readonly gate?: Gate | undefined;
};

type Pending = {
  readonly replies: (RedisReply | TransportError)[];
  readonly count: number;
  readonly isPing: boolean;
  readonly since: number;
  readonly resolve: (replies: (RedisReply | TransportError)[]) => void;
};

/** The installed ioredis does not give what is taken over of it: nothing can be sent, however often it connects. */
export class IoredisError extends TransportError {}

/** How long what is to be sent waits for a new connection to be let through. */
const ADMISSION_MS = 1000;

/** How often silence is looked for. Counted in looks, so that a process which was stopped itself blames nobody. */
const LOOK_MS = 500;

const PING = encodeCommand(["PING"]);

/** Buffers that wait for the next batch, and the largest that does. */
const MAX_SPARE = 2;
const MAX_SPARE_BYTES = 4 * 1024 * 1024;

/** Commands in batches over one connection to one Redis. */
export class Pipeline implements RedisTransport {
  readonly #redis: Redis;
  readonly #options: Required<Omit<PipelineOptions, "gate">>;
  readonly #gate: Gate | undefined;
  /** While a connection is not let through yet; ends with it. */
  #admission: { readonly done: Promise<void>; readonly ended: AbortController } | undefined;
  #socket: Socket | undefined;
  #pending: Pending[] = [];
  readonly #spare: CommandBuffer[] = [];
  #checks = 0;
  #answeredAt = -Infinity;
  #checking: ReturnType<typeof setInterval> | undefined;
  #lastError: Error | undefined;
  #fault: IoredisError | undefined;

  /** Takes over every connection that `redis` makes. */
  constructor(redis: Redis, options: PipelineOptions = {}) {
    this.#redis = redis;
    const { silenceMs = 15_000, idleMs = 2000, pingMs = 4000 } = options;
    const { onReady = () => {}, onLost = () => {} } = options;
    this.#gate = options.gate;
    this.#options = { silenceMs, idleMs, pingMs, onReady, onLost };
    redis.on("error", (error: Error) => this.#lastError = error);
    redis.on("ready", () => this.#take());
    redis.on("close", () => this.#lose());
    if (redis.status === "ready") this.#take();
  }

  /** Whether there is a connection that takes commands. */
  get isConnected(): boolean {
    return this.#socket?.writable === true && this.#admission === undefined;
  }

  /** Returns how long the oldest question has had no answer; undefined: none is open. */
  unansweredMs(): number | undefined {
    const [first] = this.#pending;
    return first === undefined ? undefined : performance.now() - Math.max(first.since, this.#answeredAt);
  }

  /** Why no connection of this version of ioredis can be taken over. */
  get fault(): IoredisError | undefined {
    return this.#fault;
  }

  batch(): PipelineBatch {
    return new PipelineBatch(() => this.#spare.pop() ?? new CommandBuffer());
  }

  send(batch: Batch): Promise<(RedisReply | TransportError)[]> {
    const buffer = (batch as PipelineBatch).release();
    if (buffer === undefined) return Promise.resolve([]);
    const { bytes, count } = buffer;
    return this.#whenAllowed(
      count,
      () => this.#sendNow(bytes, { count, onSent: () => this.#keep(buffer) }),
    );
  }

  /** Sends commands that are encoded already. */
  sendText(text: string, count: number): Promise<(RedisReply | TransportError)[]> {
    return this.#whenAllowed(count, () => this.#sendNow(text, { count }));
  }

  /** Sends commands that need no lease. `isPing`: they are answered at once, or the connection is dead. */
  ask(commands: readonly RedisCommand[], isPing = true): Promise<(RedisReply | TransportError)[]> {
    return this.askText(commands.map(encodeCommand).join(""), commands.length, isPing);
  }

  /** Asks as {@link ask} does, what is encoded already. */
  askText(text: string, count: number, isPing = true): Promise<(RedisReply | TransportError)[]> {
    return this.#sendNow(text, { count, isPing });
  }

  /** Answers instead of Redis where nothing may be written. Without anything to wait for it is sent within this call. */
  #whenAllowed(
    count: number,
    send: () => Promise<(RedisReply | TransportError)[]>,
  ): Promise<(RedisReply | TransportError)[]> {
    const waiting = this.#gate === undefined ? undefined : this.#faultAt(this.#gate);
    return waiting === undefined ? send() : waiting.then((fault) => {
      // Meanwhile there may be another connection.
      if (fault === undefined && this.#admission === undefined) return send();
      return new Array(count).fill(new TransportError(fault ?? message("lease.none").english));
    });
  }

  /**
   * Returns why nothing may be written, after what can be waited for; undefined: it may, as far as the lease is
   * concerned.
   */
  #faultAt(gate: Gate): Promise<string | undefined> | undefined {
    if (this.#socket?.writable !== true) return undefined;
    const waiting = this.#admission?.done ?? gate.confirmed((commands) => this.ask(commands));
    const fault = () => {
      const why = gate.fault()?.english;
      return this.#admission === undefined ? why : this.#lastError?.message ?? why ?? "not let through yet";
    };
    if (waiting !== undefined) return withDeadline(waiting, ADMISSION_MS, () => {}).then(fault);
    const now = fault();
    return now === undefined ? undefined : Promise.resolve(now);
  }

  /** `onSent`: the bytes are out of hand. It is not called when that is not known. */
  #sendNow(
    data: string | Uint8Array,
    { count, isPing = false, onSent }: {
      readonly count: number;
      readonly isPing?: boolean;
      readonly onSent?: () => void;
    },
  ): Promise<(RedisReply | TransportError)[]> {
    if (count === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const pending: Pending = { replies: [], count, isPing, since: performance.now(), resolve };
      if (this.#socket === undefined || !this.#socket.writable) {
        const reason = this.#lastError?.message ?? "";
        return fail(pending, reason === "" ? "there is no connection" : reason);
      }
      if (this.#pending.length === 0) this.#checks = 0;
      this.#pending.push(pending);
      this.#socket.write(
        data,
        onSent === undefined ? undefined : (error) => {
          if (error === undefined || error === null) onSent();
        },
      );
    });
  }

  /** A buffer that is free again serves another batch; those with the most room are kept, and taken first. */
  #keep(buffer: CommandBuffer): void {
    if (buffer.room > MAX_SPARE_BYTES) return;
    buffer.clear();
    this.#spare.push(buffer);
    this.#spare.sort((one, other) => one.room - other.room);
    if (this.#spare.length > MAX_SPARE) this.#spare.shift();
  }

  laneOf(): string {
    return "";
  }

  async sendToAll(command: RedisCommand): Promise<(RedisReply | TransportError)[]> {
    return [await this.sendToNode("", command)];
  }

  nodes(): Promise<readonly string[]> {
    return Promise.resolve([""]);
  }

  async sendToNode(_place: string, command: RedisCommand): Promise<RedisReply | TransportError> {
    const [reply] = await this.sendText(encodeCommand(command), 1);
    return reply as RedisReply | TransportError;
  }

  renew(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endClient(this.#redis);
  }

  #take(): void {
    const socket = readySocketOf(this.#redis);
    if (socket instanceof IoredisError) {
      this.#fault = this.#lastError = socket;
      return;
    }
    const parser = new ReplyParser((reply) => this.#onReply(reply), createErrorMask(this.#redis.options));
    // The handshake is over: from here on ioredis sends nothing on this connection and need not read it.
    socket.removeAllListeners("data");
    socket.on("data", (piece: Uint8Array) => {
      this.#checks = 0;
      this.#answeredAt = performance.now();
      try {
        parser.push(piece);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    this.#socket = socket;
    this.#lastError = undefined;
    this.#checks = 0;
    clearInterval(this.#checking);
    this.#checking = setInterval(() => this.#check(), LOOK_MS);
    if (this.#gate === undefined) this.#options.onReady();
    else this.#begin(this.#gate, socket);
  }

  #begin(gate: Gate, socket: Socket): void {
    const ended = new AbortController();
    const onFault = (error: Error) => {
      this.#lastError = error;
      // Another server may be the one to ask.
      if (refusalOf(error.message)?.elsewhere) socket.destroy();
    };
    const done = gate.admit((commands) => this.ask(commands), ended.signal, onFault).then(() => {
      if (ended.signal.aborted || gate.isClosed) return;
      this.#admission = this.#lastError = undefined;
      this.#options.onReady();
    });
    this.#admission = { done, ended };
  }

  #lose(): void {
    clearInterval(this.#checking);
    this.#admission?.ended.abort();
    this.#admission = undefined;
    const wasThere = this.#socket !== undefined;
    this.#socket = undefined;
    const lost = this.#pending;
    this.#pending = [];
    for (const pending of lost) fail(pending, this.#lastError?.message ?? "the connection was lost");
    if (wasThere) this.#options.onLost();
  }

  #onReply(reply: RedisReply): void {
    const pending = this.#pending[0];
    if (pending === undefined) throw new SyntaxError("A reply that nobody asked for");
    pending.replies.push(reply);
    if (pending.replies.length < pending.count) return;
    this.#pending.shift();
    pending.resolve(pending.replies);
  }

  /** A connection that is open but dead is found by its silence while answers are due, if only to a question of ours. */
  #check(): void {
    const silentMs = ++this.#checks * LOOK_MS;
    const { silenceMs, pingMs, idleMs } = this.#options;
    const [first] = this.#pending;
    if (first === undefined) {
      if (silentMs >= idleMs) void this.#sendNow(PING, { count: 1, isPing: true });
    } else if (silentMs >= (first.isPing ? pingMs : silenceMs)) {
      this.#lastError = new TransportError(message("redis.unanswered", { seconds: silentMs / 1000 }).english);
      this.#socket?.destroy();
    }
  }
}

/** Encoded commands, in a buffer that is asked for with the first one. */
class PipelineBatch implements Batch {
  readonly #take: () => CommandBuffer;
  #buffer: CommandBuffer | undefined;
  /** Commands of a buffer that was given away. */
  #count: number | undefined;

  constructor(take: () => CommandBuffer) {
    this.#take = take;
  }

  add(command: RedisCommand): void {
    this.#buffer ??= this.#take();
    this.#buffer.add(command);
  }

  get size(): number {
    return this.#count ?? this.#buffer?.count ?? 0;
  }

  /** Gives the buffer away, once; undefined: there is no command. */
  release(): CommandBuffer | undefined {
    const buffer = this.#buffer;
    this.#count = this.size;
    this.#buffer = undefined;
    return buffer;
  }
}

function fail(pending: Pending, reason: string): void {
  while (pending.replies.length < pending.count) pending.replies.push(new TransportError(reason));
  pending.resolve(pending.replies);
}

/**
 * Returns the socket of a client that is ready. What is relied on is not in ioredis' documentation: that it has the
 * socket, reads it in listeners that can be taken off, and waits for no reply any more. A fault where this is otherwise.
 */
export function readySocketOf(redis: Redis): Socket | IoredisError {
  const { stream, commandQueue } = redis as unknown as {
    readonly stream?: Partial<Socket>;
    readonly commandQueue?: { readonly length?: number };
  };
  const missing = typeof stream?.write !== "function" || typeof stream.listenerCount !== "function"
    ? "its socket is not in Redis.stream"
    : stream.listenerCount("data") === 0
    ? "it does not read its socket in a listener"
    : commandQueue?.length !== 0
    ? "it waits for replies when it is ready"
    : undefined;
  if (missing === undefined) return stream as Socket;
  return new IoredisError(`ioredis ${IOREDIS_VERSION} cannot be used: ${missing}`);
}
