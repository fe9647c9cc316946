/**
 * The Redis protocol (RESP2) as far as the write path needs it: commands to text, bytes to replies. Pure. Written here
 * because this is the hot path: a promise and a queue entry for each command, as a general client must make them,
 * cost more than everything else that okws does with a message (`deno task bench` has the comparison).
 */

import { Buffer } from "node:buffer";

/** What Redis answers: a text, a number, nothing, an error, or a list of these. */
export type RedisReply = string | number | null | ReplyError | readonly RedisReply[];

/** An error that Redis itself gave; its first word is its kind. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

/** Encodes one command, name first, as it goes over the wire. */
export function encodeCommand(parts: readonly string[]): string {
  let text = `*${parts.length}\r\n`;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const bytes = bytesOf(part);
    text += (HEADS[bytes] ?? `$${bytes}\r\n`) + part + "\r\n";
  }
  return text;
}

/** What stands before a part of so many bytes. */
const HEADS: readonly string[] = Array.from({ length: 1024 }, (_, bytes) => `$${bytes}\r\n`);

/** Longest part whose characters are looked at here: of longer ones the runtime counts the bytes faster. */
const SHORT = 48;

/** Bytes of a text in UTF-8. */
function bytesOf(text: string): number {
  if (text.length > SHORT) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}

const CR = 13;
const LF = 10;
const MINUS = 45;
const COLON = 58;

/** Reads replies from bytes that come in pieces. */
export class ReplyParser {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #onReply: (reply: RedisReply) => void;
  readonly #mask: (text: string) => string;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** `onReply` is called for each complete reply, in order; `mask` cleans the texts of errors. */
  constructor(onReply: (reply: RedisReply) => void, mask: (text: string) => string = (text) => text) {
    this.#onReply = onReply;
    this.#mask = mask;
  }

  /** Takes the next piece. Throws a SyntaxError when it is not the Redis protocol. */
  push(piece: Uint8Array): void {
    if (this.#at === this.#bytes.length) this.#bytes = piece;
    else {
      const rest = this.#bytes.subarray(this.#at);
      const joined = new Uint8Array(rest.length + piece.length);
      joined.set(rest);
      joined.set(piece, rest.length);
      this.#bytes = joined;
    }
    this.#at = 0;
    while (this.#at < this.#bytes.length) {
      const start = this.#at;
      const reply = this.#read();
      if (reply === INCOMPLETE) {
        this.#at = start;
        return;
      }
      this.#onReply(reply);
    }
  }

  #read(): RedisReply | typeof INCOMPLETE {
    const kind = this.#bytes[this.#at];
    const end = this.#lineEnd();
    if (end < 0) return INCOMPLETE;
    const start = this.#at + 1;
    this.#at = end + 2;
    switch (kind) {
      case COLON:
        return this.#number(start, end);
      case 43: // +
        return this.#text(start, end);
      case MINUS:
        return new ReplyError(this.#mask(this.#text(start, end)));
      case 36: // $
        return this.#bulk(this.#number(start, end));
      case 42: // *
        return this.#list(this.#number(start, end));
      default:
        throw new SyntaxError(`Not the Redis protocol: byte ${kind}`);
    }
  }

  #bulk(length: number): RedisReply | typeof INCOMPLETE {
    if (length < 0) return null;
    const start = this.#at;
    if (start + length + 2 > this.#bytes.length) return INCOMPLETE;
    this.#at = start + length + 2;
    return this.#text(start, start + length);
  }

  #list(length: number): RedisReply | typeof INCOMPLETE {
    if (length < 0) return null;
    const list: RedisReply[] = [];
    for (let i = 0; i < length; i++) {
      if (this.#at >= this.#bytes.length) return INCOMPLETE;
      const reply = this.#read();
      if (reply === INCOMPLETE) return INCOMPLETE;
      list.push(reply);
    }
    return list;
  }

  #lineEnd(): number {
    const bytes = this.#bytes;
    for (let i = this.#at + 1; i + 1 < bytes.length; i++) {
      if (bytes[i] === CR && bytes[i + 1] === LF) return i;
    }
    return -1;
  }

  #number(start: number, end: number): number {
    const bytes = this.#bytes;
    const negative = bytes[start] === MINUS;
    let value = 0;
    for (let i = negative ? start + 1 : start; i < end; i++) value = value * 10 + (bytes[i] as number) - 48;
    return negative ? -value : value;
  }

  #text(start: number, end: number): string {
    return this.#decoder.decode(this.#bytes.subarray(start, end));
  }
}

const INCOMPLETE = Symbol("incomplete");
