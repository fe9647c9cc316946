/**
 * One pipeline on an ioredis connection, made for the path from socket to Redis: the commands' bytes are written here
 * and go out in one piece, and no promise is made per command. The connection, its reconnects and the matching of
 * replies stay with ioredis. Measured against ioredis' own pipeline (publishing 330 bytes, batches of 4000, one
 * machine): 1.2 µs a command instead of 3.6 µs; `deno task bench` measures it again.
 */
import { Buffer } from "node:buffer";
import { Command, type Redis } from "ioredis";

/** What one command came to: its reply, or the error that Redis or the connection gave. */
export type Reply = unknown;

/** Collects commands and sends them as one. */
export type Pipeline = {
  /** Adds a command, name first. */
  add(parts: readonly string[]): void;
  readonly size: number;
  /** Replies in the order of the commands; errors are among them, nothing is thrown. */
  exec(): Promise<Reply[]>;
};

/** An empty pipeline. */
export function createPipeline(redis: Redis): Pipeline {
  const texts: string[] = [];
  return {
    add: (parts) => void texts.push(encode(parts)),
    get size() {
      return texts.length;
    },
    exec: () => texts.length === 0 ? Promise.resolve([]) : send(redis, texts),
  };
}

function send(redis: Redis, texts: readonly string[]): Promise<Reply[]> {
  return new Promise((resolve) => {
    const batch: Batch = { replies: new Array(texts.length), missing: texts.length, resolve };
    // Every command but the last hands its bytes to this stream, which keeps them back; the last one takes no
    // stream and writes them all, so that ioredis itself does the one write to its socket.
    let held = "";
    const stream = {
      isPipeline: true,
      destination: { redis },
      write: (text: string) => (held += text, true),
    };
    const last = texts.length - 1;
    for (let i = 0; i < last; i++) {
      redis.sendCommand(new RawCommand(batch, i, texts[i] as string), stream as never);
    }
    redis.sendCommand(new RawCommand(batch, last, held + texts[last]));
  });
}

type Batch = { readonly replies: Reply[]; missing: number; readonly resolve: (replies: Reply[]) => void };

/** A command whose bytes are ready and whose reply goes straight to its batch. */
class RawCommand extends Command {
  constructor(batch: Batch, index: number, text: string) {
    super("raw");
    this.toWritable = () => text;
    this.resolve = (reply) => settle(batch, index, typeof reply === "number" ? reply : toText(reply));
    this.reject = (error) => settle(batch, index, error);
  }
}

function settle(batch: Batch, index: number, reply: Reply): void {
  batch.replies[index] = reply;
  if (--batch.missing === 0) batch.resolve(batch.replies);
}

/** Replies come as bytes; only the few that are read (members, ids) are turned into text. */
function toText(reply: Reply): Reply {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString();
  return Array.isArray(reply) ? reply.map(toText) : reply;
}

function encode(parts: readonly string[]): string {
  let text = `*${parts.length}\r\n`;
  for (const part of parts) text += `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  return text;
}

// The base class makes a promise for each command, for which nobody waits here; it declares the method private.
Object.defineProperty(RawCommand.prototype, "initPromise", { value: () => {} });
