/** Sorted set commands on members and scores; ranges are in `zset_ranges.ts`. */
import {
  arg,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  lookup,
  SYNTAX,
  toPositive,
  toScore,
} from "./command.ts";
import { scanCollection } from "./scan.ts";
import { formatScore, formatStoredScore } from "../number.ts";
import type { RespValue } from "../resp.ts";
import { type ScoredMember, SortedSet } from "../sorted_set.ts";

export const zsetCommands: Command[] = commandGroup("sorted-set", [
  ["zadd", -4, "write denyoom fast", zadd],
  ["zincrby", 4, "write denyoom fast", zincrby],
  ["zcard", 2, "readonly fast", (call) => zsetAt(call)?.size ?? 0],
  ["zscore", 3, "readonly fast", (call) => scoreReply(zsetAt(call)?.score(arg(call, 2)))],
  ["zmscore", -3, "readonly fast", zmscore],
  ["zrank", 3, "readonly fast", (call) => zsetAt(call)?.rank(arg(call, 2)) ?? null],
  ["zrevrank", 3, "readonly fast", zrevrank],
  ["zrem", -3, "write fast", zrem],
  ["zpopmin", -2, "write fast", (call) => pop(call, false)],
  ["zpopmax", -2, "write fast", (call) => pop(call, true)],
  ["zscan", -3, "readonly", zscan],
]);

export function zsetAt(call: Call): SortedSet | undefined {
  return lookup(call.space, arg(call, 1), "zset");
}

/** Ends a removal: an empty set goes, a shorter one is announced. */
export function finishRemoval(call: Call, zset: SortedSet, removed: number): number {
  if (zset.size === 0) call.space.delete(arg(call, 1));
  else if (removed > 0) call.space.touch(arg(call, 1));
  return removed;
}

function scoreReply(score: number | undefined): RespValue {
  return score === undefined ? null : { kind: "double", value: formatScore(score) };
}

/** Members with their scores: pairs in RESP3, one flat list in RESP2. */
export function withScores(entries: ScoredMember[], nested: boolean): RespValue {
  const pairs = entries.map(({ member, score }): RespValue[] => [member, scoreReply(score)]);
  return nested ? pairs : pairs.flat();
}

type AddRules = { nx: boolean; xx: boolean; gt: boolean; lt: boolean; ch: boolean; incr: boolean };

function zadd(call: Call): RespValue {
  const rules: AddRules = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
  let from = 2;
  for (; from < call.args.length; from++) {
    const option = arg(call, from).toLowerCase();
    if (!Object.hasOwn(rules, option)) break;
    rules[option as keyof AddRules] = true;
  }
  const words = call.args.length - from;
  if (words % 2 === 1 || words === 0) throw new CommandFault(SYNTAX);
  const { nx, xx, gt, lt } = rules;
  if (nx && xx) throw new CommandFault("ERR XX and NX options at the same time are not compatible");
  if ((gt && nx) || (lt && nx) || (gt && lt)) {
    throw new CommandFault("ERR GT, LT, and/or NX options at the same time are not compatible");
  }
  if (rules.incr && words > 2) {
    throw new CommandFault("ERR INCR option supports a single increment-element pair");
  }
  return addMembers(call, from, rules);
}

function zincrby(call: Call): RespValue {
  return addMembers(call, 2, { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true });
}

function addMembers(call: Call, from: number, rules: AddRules): RespValue {
  const pairs: ScoredMember[] = [];
  for (let at = from; at < call.args.length; at += 2) {
    pairs.push({ score: toScore(arg(call, at)), member: arg(call, at + 1) });
  }
  let zset = zsetAt(call);
  if (zset === undefined && rules.xx) return rules.incr ? null : 0;
  if (zset === undefined) {
    zset = new SortedSet();
    call.space.set(arg(call, 1), zset);
  }
  let added = 0;
  let updated = 0;
  let result: number | undefined;
  for (const { member, score } of pairs) {
    const before = zset.score(member);
    const after = nextScore(before, score, rules);
    if (after === undefined) continue;
    result = after;
    if (before === undefined) added++;
    else if (before !== after) updated++;
    if (before !== after) zset.set(member, after);
  }
  if (added + updated > 0) call.space.touch(arg(call, 1));
  return rules.incr ? scoreReply(result) : rules.ch ? added + updated : added;
}

/** The score a member is to get, undefined when the rules leave it alone. */
function nextScore(before: number | undefined, score: number, rules: AddRules): number | undefined {
  if (before === undefined) return rules.xx ? undefined : score;
  if (rules.nx) return undefined;
  const after = rules.incr ? before + score : score;
  if (Number.isNaN(after)) throw new CommandFault("ERR resulting score is not a number (NaN)");
  return (rules.lt && after >= before) || (rules.gt && after <= before) ? undefined : after;
}

function zmscore(call: Call): RespValue {
  const zset = zsetAt(call);
  return call.args.slice(2).map((member) => scoreReply(zset?.score(member)));
}

function zrevrank(call: Call): RespValue {
  const zset = zsetAt(call);
  const rank = zset?.rank(arg(call, 2));
  return zset === undefined || rank === undefined ? null : zset.size - 1 - rank;
}

function zrem(call: Call): RespValue {
  const zset = zsetAt(call);
  if (zset === undefined) return 0;
  let removed = 0;
  for (const member of call.args.slice(2)) if (zset.delete(member)) removed++;
  return finishRemoval(call, zset, removed);
}

function pop(call: Call, highest: boolean): RespValue {
  if (call.args.length > 3) throw new CommandFault(SYNTAX);
  const count = call.args.length === 3 ? toPositive(arg(call, 2)) : undefined;
  const zset = zsetAt(call);
  if (zset === undefined) return [];
  const taken = Math.min(count ?? 1, zset.size);
  const entries = zset.cut(highest ? zset.size - taken : 0, taken);
  finishRemoval(call, zset, entries.length);
  return withScores(highest ? entries.reverse() : entries, call.client.protocol === 3 && count !== undefined);
}

function zscan(call: Call): RespValue {
  return scanCollection(call, () => {
    const zset = zsetAt(call);
    return zset?.slice(0, zset.size).map(({ member, score }) => [member, formatStoredScore(score)]);
  });
}
