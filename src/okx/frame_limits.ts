/**
 * How large a message of the exchange may be and what shape it may have. A message beyond a limit is not read and not
 * passed on; the next one is. Each limit is several times what the exchange has ever been seen to send, and small enough
 * that no message can exhaust memory, the call stack, or the number of arguments that one Redis command may have.
 */

import type { NumberPositions } from "./exact_json.ts";
import type { Row } from "./frame.ts";

/** Longest message in characters, or in bytes where it is deflated; a snapshot of 800 option rows has about 320,000. */
export const MAX_FRAME_CHARS = 8 * 1024 * 1024;

/** Longest control event; the exchange echoes a request, of 64 KB at most, in some of its errors. */
export const MAX_EVENT_CHARS = 256 * 1024;

/** Lists inside lists; a book has four. */
const MAX_DEPTH = 64;

/** Objects and arrays in one message, each of which may become two writes; a book of 400 levels has 800. */
const MAX_PARTS = 50_000;

/** Members of one object. Redis takes a million arguments in a command, and closes the connection at more. */
const MAX_MEMBERS = 5_000;

/** Characters of one text. */
const MAX_TEXT = 64 * 1024;

/** A message shorter than this can break none of the limits of shape in a way that matters. */
const SMALL = 1000;

/** Returns why a message is too large to be read at all; undefined: it is not. */
export function sizeFault(size: number): string | undefined {
  return size > MAX_FRAME_CHARS ? `larger than ${MAX_FRAME_CHARS}` : undefined;
}

/** What is known of a parsed value after a look at all of it. */
export type Shape = NumberPositions & {
  /** Why it is not to be passed on; undefined: it may be. */
  fault: string | undefined;
  parts: number;
};

/** Returns why a parsed message of so many characters is not passed on; undefined: it may be. */
export function shapeFault(value: unknown, chars: number): string | undefined {
  return chars < SMALL ? undefined : readShape(value, chars).fault;
}

/** Looks through the parsed value of a message of so many characters. */
export function readShape(value: unknown, chars: number): Shape {
  const shape: Shape = { fault: undefined, parts: 0, named: false, listed: false };
  if (typeof value !== "object" || value === null) return shape;
  if (chars < SMALL) findNumbers(value, shape);
  else shape.fault = look(value, 0, shape);
  return shape;
}

/** Where numbers are in a message that can break no limit. */
function findNumbers(value: object, seen: Shape): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const type = typeof value[i];
      if (type === "number") seen.listed = true;
      else if (type === "object" && value[i] !== null) findNumbers(value[i], seen);
    }
    return;
  }
  for (const name in value) {
    const member = (value as Row)[name];
    if (typeof member === "number") seen.named = true;
    else if (typeof member === "object" && member !== null) findNumbers(member, seen);
  }
}

function look(value: object, depth: number, seen: Shape): string | undefined {
  if (depth >= MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
  if (++seen.parts > MAX_PARTS) return `more than ${MAX_PARTS} parts`;
  return Array.isArray(value) ? measureList(value, depth, seen) : measureMembers(value as Row, depth, seen);
}

function measureList(list: readonly unknown[], depth: number, seen: Shape): string | undefined {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value === "number") seen.listed = true;
    const fault = measure(value, depth, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function measureMembers(row: Row, depth: number, seen: Shape): string | undefined {
  let members = 0;
  for (const name in row) {
    if (++members > MAX_MEMBERS) return `an object of more than ${MAX_MEMBERS} members`;
    if (name.length > MAX_TEXT) return `a name of more than ${MAX_TEXT} characters`;
    const value = row[name];
    if (typeof value === "number") seen.named = true;
    const fault = measure(value, depth, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** One value of a list or an object that is nested `depth` deep. */
function measure(value: unknown, depth: number, seen: Shape): string | undefined {
  if (typeof value === "string") return textFault(value);
  return typeof value === "object" && value !== null ? look(value, depth + 1, seen) : undefined;
}

function textFault(text: string): string | undefined {
  return text.length > MAX_TEXT ? `a text of more than ${MAX_TEXT} characters` : undefined;
}
