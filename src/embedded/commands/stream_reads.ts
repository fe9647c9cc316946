/** XRANGE, XREVRANGE and XREAD, the last one with BLOCK. */
import {
  arg,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  lookup,
  SYNTAX,
  toCount,
  waitingName,
  word,
} from "./command.ts";
import { entryReply } from "./streams.ts";
import type { RespValue } from "../resp.ts";
import { MAX_ID } from "../stream.ts";
import { toExactId, toRangeEnd } from "../stream_id.ts";

export const streamReadCommands: Command[] = commandGroup("stream", [
  ["xrange", -4, "readonly", (call) => range(call, false)],
  ["xrevrange", -4, "readonly", (call) => range(call, true)],
  ["xread", -4, "readonly blocking movablekeys", xread, [0, 0, 0]],
]);

type ReadOptions = { count: number; blockMs?: number; sources: { key: string; after: bigint }[] };

function range(call: Call, reverse: boolean): RespValue {
  const from = toRangeEnd(arg(call, reverse ? 3 : 2), "start");
  const to = toRangeEnd(arg(call, reverse ? 2 : 3), "end");
  let count = Infinity;
  for (let at = 4; at < call.args.length; at += 2) {
    if (word(call, at) !== "COUNT" || at + 1 >= call.args.length) throw new CommandFault(SYNTAX);
    count = Math.max(0, toCount(arg(call, at + 1)));
  }
  const stream = lookup(call.space, arg(call, 1), "stream");
  if (stream === undefined) return [];
  if (count === 0) return { kind: "nullArray" };
  return stream.range(from, to, { count, reverse }).map(entryReply);
}

function xread(call: Call): RespValue | undefined {
  const options = readOptions(call);
  const found = read(call, options);
  if (found !== undefined) return found;
  // Inside a transaction nobody may wait.
  if (options.blockMs === undefined || call.client.queue !== undefined) return { kind: "nullArray" };
  call.client.blocked = {
    keys: options.sources.map(({ key }) => waitingName(call, key)),
    timeoutMs: options.blockMs,
    attempt: () => read(call, options),
  };
  call.engine.waiting.add(call.client);
  return undefined;
}

/** Entries after the given ids, undefined when no stream has any. A key of another kind is as good as none here. */
function read(call: Call, options: ReadOptions): RespValue | undefined {
  const items: [string, RespValue][] = [];
  for (const { key, after } of options.sources) {
    const stream = call.space.get(key);
    if (stream?.kind !== "stream" || stream.size === 0 || stream.lastId <= after) continue;
    const entries = stream.range(after + 1n, MAX_ID, { count: options.count || Infinity });
    if (entries.length > 0) items.push([key, entries.map(entryReply)]);
  }
  if (items.length === 0) return undefined;
  return call.client.protocol === 3 ? { kind: "map", items: items.flat() } : items;
}

function readOptions(call: Call): ReadOptions {
  const options: ReadOptions = { count: 0, sources: [] };
  let at = 1;
  for (; at < call.args.length; at += 2) {
    const option = word(call, at);
    const more = call.args.length - 1 - at;
    if (option === "STREAMS" && more > 0) break;
    if (option === "BLOCK" && more > 0) {
      options.blockMs = toCount(arg(call, at + 1), "ERR timeout is not an integer or out of range");
      if (options.blockMs < 0) throw new CommandFault("ERR timeout is negative");
    } else if (option === "COUNT" && more > 0) {
      options.count = Math.max(0, toCount(arg(call, at + 1)));
    } else if (option === "GROUP" && more > 1) {
      throw new CommandFault(
        "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
      );
    } else {
      throw new CommandFault(SYNTAX);
    }
  }
  const words = call.args.slice(at + 1);
  if (words.length === 0) throw new CommandFault(SYNTAX);
  if (words.length % 2 === 1) {
    throw new CommandFault(
      "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
    );
  }
  const half = words.length / 2;
  options.sources = words.slice(0, half).map((key, i) => ({
    key,
    after: readId(call, key, words[half + i] ?? ""),
  }));
  return options;
}

function readId(call: Call, key: string, text: string): bigint {
  const stream = lookup(call.space, key, "stream");
  if (text === "$") return stream?.lastId ?? 0n;
  if (text === ">") {
    throw new CommandFault(
      "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
    );
  }
  return toExactId(text, 0n);
}
