/** Stream ids as commands spell them: whole, without sequence, with `*`, and the ends of ranges. */
import { CommandFault } from "./commands/command.ts";
import { makeId, MAX_ID } from "./stream.ts";

const INVALID = "ERR Invalid stream ID specified as stream command argument";
const MAX_PART = 2n ** 64n - 1n;

/** `-`, `+`, `ms` (with the sequence given here) or `ms-seq`. */
function toId(text: string, missingSequence: bigint): bigint {
  if (text === "-") return 0n;
  if (text === "+") return MAX_ID;
  return toExactId(text, missingSequence);
}

export function toExactId(text: string, missingSequence: bigint): bigint {
  const dash = text.indexOf("-");
  if (dash < 0) return makeId(toPart(text), missingSequence);
  return makeId(toPart(text.slice(0, dash)), toPart(text.slice(dash + 1)));
}

/** Parses an id to add under: the milliseconds alone when the sequence is `*`. */
export function toNewId(text: string): { id: bigint } | { milliseconds: bigint } {
  return text.endsWith("-*") ? { milliseconds: toPart(text.slice(0, -2)) } : { id: toExactId(text, 0n) };
}

/** Parses one end of XRANGE; `(` leaves the id itself out. */
export function toRangeEnd(text: string, end: "start" | "end"): bigint {
  const missing = end === "start" ? 0n : MAX_PART;
  if (!text.startsWith("(") || text.length === 1) return toId(text, missing);
  const id = toExactId(text.slice(1), missing);
  if (id === (end === "start" ? MAX_ID : 0n)) {
    throw new CommandFault(`ERR invalid ${end} ID for the interval`);
  }
  return end === "start" ? id + 1n : id - 1n;
}

function toPart(text: string): bigint {
  if (!/^[ \t\n\v\f\r]*\+?\d+$/.test(text) || text.length > 127) throw new CommandFault(INVALID);
  const value = BigInt(text.trim().replace("+", ""));
  if (value > MAX_PART) throw new CommandFault(INVALID);
  return value;
}
