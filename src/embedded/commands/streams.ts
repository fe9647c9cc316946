/** Stream commands, without consumer groups: add, trim, delete, describe. Reading is in `stream_reads.ts`. */
import {
  arg,
  arityError,
  type Call,
  type Command,
  commandContainer,
  CommandFault,
  commandGroup,
  lookup,
  NO_SUCH_KEY,
  SYNTAX,
  toCount,
  waitingName,
  word,
} from "./command.ts";
import type { RespValue } from "../resp.ts";
import { formatId, makeId, MAX_ID, millisecondsOf, sequenceOf, Stream, type StreamEntry } from "../stream.ts";
import { toExactId, toNewId } from "../stream_id.ts";

export const streamCommands: Command[] = [
  ...commandGroup("stream", [
    ["xadd", -5, "write denyoom fast", xadd],
    ["xtrim", -4, "write", xtrim],
    ["xdel", -3, "write fast", xdel],
    ["xlen", 2, "readonly fast", (call) => lookup(call.space, arg(call, 1), "stream")?.size ?? 0],
  ]),
  commandContainer("stream", "xinfo", [["stream", -3, "readonly", describe, [2, 2, 1]]]),
];

type TrimRule = { maxLength: number } | { minId: bigint };
type AddOptions = { rule?: TrimRule; approximate: boolean; limit?: number; noStream: boolean };
/** Where to add: undefined for `*`. */
type NewId = { id: bigint } | { milliseconds: bigint } | undefined;

/** Redis' own default for a trim that names no limit: a hundred nodes of a hundred entries. */
const DEFAULT_TRIM_LIMIT = 10_000;

export function entryReply({ id, fields }: StreamEntry): RespValue {
  return [formatId(id), [...fields]];
}

function xadd(call: Call): RespValue {
  const { options, next, newId } = readOptions(call, true);
  const words = call.args.length - next;
  if (words < 2 || words % 2 === 1) throw new CommandFault(arityError("xadd"));
  if (newId !== undefined && "id" in newId && newId.id === 0n) {
    throw new CommandFault("ERR The ID specified in XADD must be greater than 0-0");
  }
  const key = arg(call, 1);
  const found = lookup(call.space, key, "stream");
  if (found === undefined && options.noStream) return null;
  const stream = found ?? new Stream();
  if (stream.lastId === MAX_ID) {
    throw new CommandFault("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const id = chooseId(stream, newId, call.engine.now());
  if (id === undefined) {
    throw new CommandFault(
      "ERR The ID specified in XADD is equal or smaller than the target stream top item",
    );
  }
  if (found === undefined) call.space.set(key, stream);
  stream.append(id, call.args.slice(next));
  if (options.rule !== undefined) stream.trim(options.rule, approximateLimit(options));
  call.space.touch(key);
  call.engine.waiting.markReady(waitingName(call, key));
  return formatId(id);
}

function chooseId(stream: Stream, wanted: NewId, now: number): bigint | undefined {
  if (wanted === undefined) return stream.nextId(now);
  if ("id" in wanted) return wanted.id > stream.lastId ? wanted.id : undefined;
  const last = millisecondsOf(stream.lastId);
  if (wanted.milliseconds > last) return makeId(wanted.milliseconds, 0n);
  const exhausted = sequenceOf(stream.lastId) === sequenceOf(MAX_ID);
  return wanted.milliseconds < last || exhausted ? undefined : stream.lastId + 1n;
}

function xtrim(call: Call): RespValue {
  const { options } = readOptions(call, false);
  const stream = lookup(call.space, arg(call, 1), "stream");
  if (stream === undefined || options.rule === undefined) return 0;
  const removed = stream.trim(options.rule, approximateLimit(options));
  if (removed > 0) call.space.touch(arg(call, 1));
  return removed;
}

function approximateLimit(options: AddOptions): number | undefined {
  return options.approximate ? options.limit ?? DEFAULT_TRIM_LIMIT : undefined;
}

/** Options of XADD (up to and including the id) and XTRIM (to the end). */
function readOptions(call: Call, adding: boolean): { options: AddOptions; next: number; newId: NewId } {
  const options: AddOptions = { approximate: false, noStream: false };
  let newId: NewId;
  let at = 2;
  for (; at < call.args.length; at++) {
    const more = call.args.length - 1 - at;
    const option = word(call, at);
    if (adding && option === "*") break;
    if ((option === "MAXLEN" || option === "MINID") && more > 0) {
      if (options.rule !== undefined) {
        throw new CommandFault(
          "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
        );
      }
      const mark = more >= 2 ? arg(call, at + 1) : "";
      options.approximate = mark === "~";
      at += mark === "~" || mark === "=" ? 2 : 1;
      options.rule = option === "MINID"
        ? { minId: toExactId(arg(call, at), 0n) }
        : { maxLength: readSize(call, at, option) };
    } else if (option === "LIMIT" && more > 0) {
      options.limit = readSize(call, ++at, option);
    } else if (adding && option === "NOMKSTREAM") {
      options.noStream = true;
    } else if (adding) {
      newId = toNewId(arg(call, at));
      break;
    } else {
      throw new CommandFault(SYNTAX);
    }
  }
  checkOptions(options, adding);
  return { options, next: at + 1, newId };
}

function readSize(call: Call, at: number, option: string): number {
  const size = toCount(arg(call, at));
  if (size < 0) throw new CommandFault(`ERR The ${option} argument must be >= 0.`);
  return size;
}

function checkOptions(options: AddOptions, adding: boolean): void {
  if (options.limit && options.rule === undefined) {
    throw new CommandFault("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (!adding && options.rule === undefined) {
    throw new CommandFault("ERR syntax error, XTRIM must be called with a trimming strategy");
  }
  if (options.limit !== undefined && !options.approximate) {
    throw new CommandFault("ERR syntax error, LIMIT cannot be used without the special ~ option");
  }
}

function xdel(call: Call): RespValue {
  const stream = lookup(call.space, arg(call, 1), "stream");
  if (stream === undefined) return 0;
  const ids = call.args.slice(2).map((text) => toExactId(text, 0n));
  let removed = 0;
  for (const id of ids) if (stream.delete(id)) removed++;
  if (removed > 0) call.space.touch(arg(call, 1));
  return removed;
}

function describe(call: Call): RespValue {
  const stream = lookup(call.space, arg(call, 2), "stream");
  if (stream === undefined) throw new CommandFault(NO_SUCH_KEY);
  if (call.args.length > 3) {
    const refusal = "ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.";
    throw new CommandFault(refusal);
  }
  const [first, last] = [stream.at(0), stream.at(-1)];
  const nodes = Math.ceil(stream.size / 100);
  return {
    kind: "map",
    items: [
      ...["length", stream.size, "radix-tree-keys", nodes, "radix-tree-nodes", nodes + 1],
      ...[
        "last-generated-id",
        formatId(stream.lastId),
        "max-deleted-entry-id",
        formatId(stream.maxDeletedId),
      ],
      ...["entries-added", stream.added, "recorded-first-entry-id", formatId(first?.id ?? 0n), "groups", 0],
      ...["first-entry", first === undefined ? null : entryReply(first)],
      ...["last-entry", last === undefined ? null : entryReply(last)],
    ],
  };
}
