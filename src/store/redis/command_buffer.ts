/**
 * Commands as the bytes that go over the wire, written one behind the other into one buffer. Texts that are put together
 * and encoded as a whole cost two to three times as much where commands have many short parts, as rows do.
 */
import { Buffer } from "node:buffer";
import type { RedisCommand } from "./commands.ts";

/** Room at first: most batches are one command or two, and one that grows is used again. */
const ROOM = 1024;

/** Longest part whose characters are copied here: longer ones the runtime encodes faster. */
const SHORT = 64;

/** The RESP2 form of commands. */
export class CommandBuffer {
  #bytes: Uint8Array = new Uint8Array(ROOM);
  #length = 0;
  #count = 0;

  /** Commands added since it was emptied. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that it has room for. */
  get room(): number {
    return this.#bytes.length;
  }

  /** What was added; the next change of this buffer changes it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was added, and keeps the room. */
  clear(): void {
    this.#length = 0;
    this.#count = 0;
  }

  add(command: RedisCommand): void {
    this.#count += 1;
    this.#reserve(HEAD);
    this.#head(STAR, command.length);
    for (let i = 0; i < command.length; i++) this.#part(command[i] as string);
  }

  #part(text: string): void {
    const { length } = text;
    // A character of UTF-16 takes three bytes at most.
    this.#reserve(3 * length + 2 * HEAD);
    const start = this.#length;
    this.#head(DOLLAR, length);
    const written = length <= SHORT ? this.#copy(text) : this.#encode(text);
    if (written !== length) {
      // Not all of it is ASCII.
      this.#length = start;
      this.#head(DOLLAR, Buffer.byteLength(text));
      this.#encode(text);
    }
    this.#bytes[this.#length++] = CR;
    this.#bytes[this.#length++] = LF;
  }

  /** Copies a short text of ASCII; returns its length, or -1 where it has other characters. */
  #copy(text: string): number {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return -1;
      bytes[at++] = code;
    }
    this.#length = at;
    return text.length;
  }

  /** Returns how many bytes it took. */
  #encode(text: string): number {
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#length));
    this.#length += written;
    return written;
  }

  /** `*3` or `$12` with the end of its line. */
  #head(sign: number, value: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = sign;
    if (value < 10) bytes[at++] = ZERO + value;
    else {
      let digits = 1;
      for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
      for (let rest = value, i = at + digits - 1; i >= at; i--, rest = Math.floor(rest / 10)) {
        bytes[i] = ZERO + rest % 10;
      }
      at += digits;
    }
    bytes[at++] = CR;
    bytes[at++] = LF;
    this.#length = at;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    wider.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = wider;
  }
}

const encoder = new TextEncoder();

/** Most bytes of a sign, a number and the end of a line. */
const HEAD = 32;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;
const CR = 0x0d;
const LF = 0x0a;
