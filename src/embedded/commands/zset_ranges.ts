/** Sorted set commands on ranges by rank, score or name: read, count and remove. */
import {
  arg,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  SYNTAX,
  toCount,
  word,
} from "./command.ts";
import { finishRemoval, withScores, zsetAt } from "./zsets.ts";
import { parseBound } from "../number.ts";
import type { RespValue } from "../resp.ts";
import type { ScoredMember, SortedSet } from "../sorted_set.ts";

export const zsetRangeCommands: Command[] = commandGroup("sorted-set", [
  ["zrange", -4, "readonly", (call) => zrange(call, {})],
  ["zrevrange", -4, "readonly", (call) => zrange(call, { by: "rank", reverse: true })],
  ["zrangebyscore", -4, "readonly", (call) => zrange(call, { by: "score", reverse: false })],
  ["zrevrangebyscore", -4, "readonly", (call) => zrange(call, { by: "score", reverse: true })],
  ["zrangebylex", -4, "readonly", (call) => zrange(call, { by: "lex", reverse: false })],
  ["zrevrangebylex", -4, "readonly", (call) => zrange(call, { by: "lex", reverse: true })],
  ["zcount", 4, "readonly fast", (call) => count(call, scoreRange(arg(call, 2), arg(call, 3)))],
  ["zlexcount", 4, "readonly fast", (call) => count(call, lexRange(arg(call, 2), arg(call, 3)))],
  ["zremrangebyrank", 4, "write", (call) => remove(call, rankRange(arg(call, 2), arg(call, 3)))],
  ["zremrangebyscore", 4, "write", (call) => remove(call, scoreRange(arg(call, 2), arg(call, 3)))],
  ["zremrangebylex", 4, "write", (call) => remove(call, lexRange(arg(call, 2), arg(call, 3)))],
]);

/** From the first rank up to, not including, the second. */
type Span = readonly [from: number, to: number];
type Range = (zset: SortedSet, reverse: boolean) => Span;
type By = "rank" | "score" | "lex";

/** ZRANGE and its older spellings: what a spelling fixes is no longer an option. */
function zrange(call: Call, fixed: { by?: By; reverse?: boolean }): RespValue {
  let { by, reverse } = fixed;
  let scores = false;
  let offset = 0;
  let limit = -1;
  for (let at = 4; at < call.args.length; at++) {
    const option = word(call, at);
    if (option === "WITHSCORES") {
      scores = true;
    } else if (option === "LIMIT" && at + 2 < call.args.length) {
      offset = toCount(arg(call, ++at));
      limit = toCount(arg(call, ++at));
    } else if (option === "REV" && reverse === undefined && fixed.by === undefined) {
      reverse = true;
    } else if (option === "BYSCORE" && by === undefined) {
      by = "score";
    } else if (option === "BYLEX" && by === undefined) {
      by = "lex";
    } else {
      throw new CommandFault(SYNTAX);
    }
  }
  by ??= "rank";
  reverse ??= false;
  if (limit !== -1 && by === "rank") {
    throw new CommandFault(
      "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
  }
  if (scores && by === "lex") {
    throw new CommandFault("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  const range = readRange(call, by, reverse);
  const zset = zsetAt(call);
  if (zset === undefined) return [];
  const entries = select(zset, range(zset, reverse), reverse, by === "rank" ? [0, -1] : [offset, limit]);
  return scores ? withScores(entries, call.client.protocol === 3) : entries.map(({ member }) => member);
}

function readRange(call: Call, by: By, reverse: boolean): Range {
  const [first, second] = [arg(call, 2), arg(call, 3)];
  if (by === "rank") return rankRange(first, second);
  const [low, high] = reverse ? [second, first] : [first, second];
  return by === "score" ? scoreRange(low, high) : lexRange(low, high);
}

function select(
  zset: SortedSet,
  [from, to]: Span,
  reverse: boolean,
  [offset, limit]: readonly [number, number],
): ScoredMember[] {
  if (offset < 0 || from >= to) return [];
  const size = limit < 0 ? Infinity : limit;
  if (!reverse) return zset.slice(Math.min(from + offset, to), Math.min(from + offset + size, to));
  return zset.slice(Math.max(to - offset - size, from), Math.max(to - offset, from)).reverse();
}

function count(call: Call, range: Range): number {
  const zset = zsetAt(call);
  if (zset === undefined) return 0;
  const [from, to] = range(zset, false);
  return Math.max(0, to - from);
}

function remove(call: Call, range: Range): number {
  const zset = zsetAt(call);
  if (zset === undefined) return 0;
  const [from, to] = range(zset, false);
  return from >= to ? 0 : finishRemoval(call, zset, zset.cut(from, to - from).length);
}

/** Places count from the end when negative, and from the other end when the range is read in reverse. */
function rankRange(first: string, second: string): Range {
  const [start, stop] = [toCount(first), toCount(second)];
  return (zset, reverse) => {
    const { size } = zset;
    const from = Math.max(0, start < 0 ? size + start : start);
    const to = Math.min(size, (stop < 0 ? size + stop : stop) + 1);
    return reverse ? [size - to, size - from] : [from, to];
  };
}

function scoreRange(low: string, high: string): Range {
  const [min, max] = [readScoreEnd(low), readScoreEnd(high)];
  return (zset) => [zset.countBelow(min.value, min.exclusive), zset.countBelow(max.value, !max.exclusive)];
}

function readScoreEnd(text: string): { value: number; exclusive: boolean } {
  const exclusive = text.startsWith("(");
  const value = parseBound(exclusive ? text.slice(1) : text);
  if (value === undefined) throw new CommandFault("ERR min or max is not a float");
  return { value, exclusive };
}

/**
 * Ranges by name are meant for sets with one score. Where scores differ Redis still answers: it walks from the end it
 * starts at, so the two directions may disagree, and so do we.
 */
function lexRange(low: string, high: string): Range {
  const [min, max] = [readLexEnd(low), readLexEnd(high)];
  const above = (entry: ScoredMember) => isBeyond(entry.member, min, 1);
  const below = (entry: ScoredMember) => isBeyond(entry.member, max, -1);
  return (zset, reverse) => {
    const all = zset.slice(0, zset.size);
    const [first, last] = [all[0], all.at(-1)];
    const empty: Span = [0, 0];
    if (first === undefined || last === undefined || isEmptyLex(min, max)) return empty;
    if (!above(last) || !below(first)) return empty;
    if (reverse) {
      const to = all.findLastIndex(below);
      const stop = all.slice(0, to + 1).findLastIndex((entry) => !above(entry));
      return to < 0 ? empty : [stop + 1, to + 1];
    }
    const from = all.findIndex(above);
    const stop = all.findIndex((entry, place) => place >= from && !below(entry));
    return from < 0 ? empty : [from, stop < 0 ? all.length : stop];
  };
}

type LexEnd = { name: string; exclusive: boolean; infinite: -1 | 0 | 1 };

function readLexEnd(text: string): LexEnd {
  if (text === "-" || text === "+") return { name: "", exclusive: false, infinite: text === "+" ? 1 : -1 };
  if (text[0] !== "(" && text[0] !== "[") {
    throw new CommandFault("ERR min or max not valid string range item");
  }
  return { name: text.slice(1), exclusive: text[0] === "(", infinite: 0 };
}

/** Returns whether a member lies on the requested side of an end: 1 above it, -1 below it. */
function isBeyond(member: string, end: LexEnd, side: 1 | -1): boolean {
  if (end.infinite !== 0) return end.infinite !== side;
  if (member === end.name) return !end.exclusive;
  return (member > end.name) === (side === 1);
}

function isEmptyLex(min: LexEnd, max: LexEnd): boolean {
  if (min.infinite !== max.infinite) return min.infinite > max.infinite;
  return min.name > max.name || (min.name === max.name && (min.exclusive || max.exclusive));
}
