/**
 * The Redis wire protocol, both ways: requests in (multibulk and inline, fed in pieces of any size, capped), replies
 * out as RESP2 or RESP3. Bytes travel inside as "binary strings", one character a byte, so that values need no copy
 * and stay what they were; only the socket sees bytes.
 */
import { Buffer } from "node:buffer";
import { isForeignLine, isForeignName } from "./foreign.ts";
import { splitInline } from "./inline.ts";
import { parseInt64 } from "./number.ts";

/** What a command answers. A plain string is a bulk string, a number an integer, null the null bulk string. */
export type RespValue =
  | null
  | number
  | bigint
  | string
  | RespValue[]
  | { kind: "status"; text: string }
  | { kind: "error"; text: string }
  | { kind: "double"; value: string }
  | { kind: "verbatim"; text: string }
  /** Keys and values in turn; a flat array in RESP2. */
  | { kind: "map"; items: RespValue[] }
  | { kind: "set"; items: RespValue[] }
  | { kind: "push"; items: RespValue[] }
  | { kind: "nullArray" }
  /** Several replies to one command, one after the other (SUBSCRIBE a b). */
  | { kind: "sequence"; items: RespValue[] }
  /** Rendered already. */
  | { kind: "encoded"; text: string };

export type RespVersion = 2 | 3;

/** A request that breaks the protocol: the error to send before the connection is closed. */
export type RequestFault = { kind: "fault"; text: string };

/** A request of another protocol: the connection is closed without a word and nothing of it is carried out. */
export type ForeignRequest = { kind: "foreign" };

export type InputLimits = { maxRequestBytes?: number; maxArguments?: number; maxInlineBytes?: number };

/** Renders one reply as a binary string. */
export function encodeReply(reply: RespValue, protocol: RespVersion): string {
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === "number" || typeof reply === "bigint") return `:${reply}\r\n`;
  if (reply === null) return protocol === 3 ? "_\r\n" : "$-1\r\n";
  if (Array.isArray(reply)) return encodeItems("*", reply.length, reply, protocol);
  switch (reply.kind) {
    case "status":
      return `+${reply.text}\r\n`;
    case "encoded":
      return reply.text;
    case "error":
      return `-${reply.text.replace(/[\r\n]/g, " ")}\r\n`;
    case "double":
      return protocol === 3 ? `,${reply.value}\r\n` : encodeReply(reply.value, protocol);
    case "verbatim":
      return protocol === 3
        ? `=${reply.text.length + 4}\r\ntxt:${reply.text}\r\n`
        : encodeReply(reply.text, protocol);
    case "map":
      return protocol === 3
        ? encodeItems("%", reply.items.length / 2, reply.items, protocol)
        : encodeReply(reply.items, protocol);
    case "set":
      return encodeItems(protocol === 3 ? "~" : "*", reply.items.length, reply.items, protocol);
    case "push":
      return encodeItems(protocol === 3 ? ">" : "*", reply.items.length, reply.items, protocol);
    case "nullArray":
      return protocol === 3 ? "_\r\n" : "*-1\r\n";
    case "sequence":
      return reply.items.map((item) => encodeReply(item, protocol)).join("");
  }
}

/** Turns a stream of bytes into commands, each an array of binary strings. */
export class RequestParser {
  /** While false, only small requests pass: nobody has logged in yet. */
  trusted = true;
  readonly #maxRequestBytes: number;
  readonly #maxArguments: number;
  readonly #maxInlineBytes: number;
  #buffer = Buffer.allocUnsafe(START_BYTES);
  #start = 0;
  #end = 0;
  #args: string[] = [];
  #missing = 0;
  #bulkLength = -1;
  #requestBytes = 0;

  constructor(limits: InputLimits = {}) {
    this.#maxRequestBytes = limits.maxRequestBytes ?? 64 * 1024 * 1024;
    this.#maxArguments = limits.maxArguments ?? 1024 * 1024;
    this.#maxInlineBytes = limits.maxInlineBytes ?? 64 * 1024;
  }

  /** Bytes that have arrived and not yet become part of a command. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Bytes of a command that is not complete yet. */
  get heldBytes(): number {
    return this.pendingBytes + (this.#missing > 0 ? this.#requestBytes : 0);
  }

  feed(chunk: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      if (this.#buffer.length > KEEP_BYTES) this.#buffer = Buffer.allocUnsafe(START_BYTES);
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Returns the next whole command, what ends the connection, or undefined when more bytes are needed. */
  next(): string[] | RequestFault | ForeignRequest | undefined {
    while (this.#missing === 0) {
      if (this.#start === this.#end) return undefined;
      if (this.#buffer[this.#start] !== ASTERISK) {
        const args = this.#inline();
        if (args === undefined || !Array.isArray(args) || args.length > 0) return args;
        continue;
      }
      const count = this.#header("mbulk");
      if (count === undefined || typeof count === "object") return count;
      if (Number.isNaN(count) || count > this.#maxArguments) return fault("invalid multibulk length");
      if (count > 10 && !this.trusted) return fault("unauthenticated multibulk length");
      if (count <= 0) continue;
      this.#missing = count;
      this.#args = [];
      this.#requestBytes = 0;
    }
    while (this.#missing > 0) {
      const stopped = this.#argument();
      if (stopped !== true) return stopped;
    }
    const args = this.#args;
    this.#args = [];
    return isForeignName(args[0] ?? "") ? FOREIGN : args;
  }

  /** Reads one `$length` and its payload: true when it is there. */
  #argument(): true | RequestFault | undefined {
    if (this.#bulkLength < 0) {
      if (this.#start === this.#end) return undefined;
      const first = this.#buffer[this.#start] ?? 0;
      const length = this.#header("bulk");
      if (length === undefined) return undefined;
      if (typeof length === "object") return length;
      if (first !== DOLLAR) return fault(`expected '$', got '${String.fromCharCode(first)}'`);
      this.#requestBytes += length + ARGUMENT_COST;
      if (!(length >= 0) || this.#requestBytes > this.#maxRequestBytes) return fault("invalid bulk length");
      if (length > 16384 && !this.trusted) return fault("unauthenticated bulk length");
      this.#bulkLength = length;
    }
    const end = this.#start + this.#bulkLength;
    if (end + 2 > this.#end) return undefined;
    this.#args.push(this.#buffer.toString("latin1", this.#start, end));
    this.#start = end + 2;
    this.#bulkLength = -1;
    this.#missing--;
    return true;
  }

  /** Returns the number on a header line, NaN when it is none. */
  #header(what: "bulk" | "mbulk"): number | RequestFault | undefined {
    const end = this.#find(CR);
    if (end < 0 || end + 1 >= this.#end) {
      return this.pendingBytes > this.#maxInlineBytes ? fault(`too big ${what} count string`) : undefined;
    }
    const from = this.#start + 1;
    this.#start = end + 2;
    let value = 0;
    for (let at = from; at < end; at++) {
      const digit = (this.#buffer[at] ?? 0) - 48;
      if (digit < 0 || digit > 9 || (value === 0 && at > from) || end - from > 15) {
        return Number(parseInt64(this.#buffer.toString("latin1", from, end)) ?? NaN);
      }
      value = value * 10 + digit;
    }
    return end > from ? value : NaN;
  }

  #inline(): string[] | RequestFault | ForeignRequest | undefined {
    const end = this.#find(LF);
    if (end < 0 || end - this.#start > this.#maxInlineBytes) {
      return this.pendingBytes > this.#maxInlineBytes ? fault("too big inline request") : undefined;
    }
    const line = this.#buffer.toString("latin1", this.#start, end).replace(/\r$/, "");
    this.#start = end + 1;
    if (isForeignLine(line)) return FOREIGN;
    const words = splitInline(line);
    if (words === undefined) return fault("unbalanced quotes in request");
    return isForeignName(words[0] ?? "") ? FOREIGN : words;
  }

  #find(byte: number): number {
    for (let at = this.#start; at < this.#end; at++) if (this.#buffer[at] === byte) return at;
    return -1;
  }

  #makeRoom(bytes: number): void {
    const pending = this.#end - this.#start;
    let size = START_BYTES;
    while (size < pending + bytes) size *= 2;
    const target = size <= this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(size);
    target.set(this.#buffer.subarray(this.#start, this.#end), 0);
    this.#buffer = target;
    this.#start = 0;
    this.#end = pending;
  }
}

const FOREIGN: ForeignRequest = { kind: "foreign" };
const ASTERISK = 42;
const DOLLAR = 36;
const CR = 13;
const LF = 10;
const START_BYTES = 128 * 1024;
const KEEP_BYTES = 1024 * 1024;
/** What an argument costs beside its bytes, so that a million empty ones are not free. */
const ARGUMENT_COST = 16;

function encodeItems(mark: string, count: number, items: RespValue[], protocol: RespVersion): string {
  let text = `${mark}${count}\r\n`;
  for (const item of items) text += encodeReply(item, protocol);
  return text;
}

function fault(what: string): RequestFault {
  return { kind: "fault", text: `ERR Protocol error: ${what}` };
}
