/** From writes to Redis commands, and from their replies to what became of them. */
import { UNKNOWN } from "../../../okx/row_lifecycle.ts";
import { flatten, type Write } from "../../write/write.ts";
import type { RedisCommand } from "../commands.ts";
import type { RedisReply } from "../resp.ts";
import type { Batch, TransportError } from "../transport.ts";
import { MAX_REMOVED, portions, type Removal } from "./removals.ts";

/** Members that a hash had when it was last written whole, by key: an unchanged list needs no removal first. */
export type WrittenNames = Map<string, readonly string[]>;

/** Keys remembered in {@link WrittenNames}; past it all are forgotten, which costs one fuller write each. */
const MAX_REMEMBERED = 50_000;

/** Adds the commands of one write; none where nothing has changed of a book, and of what goes before a stream. */
export function addWrite(batch: Batch, write: Write, written: WrittenNames): void {
  switch (write.kind) {
    case "row":
      return addRow(batch, write, written);
    case "book":
      return addBook(batch, write, written);
    case "field":
      return batch.add(["HSET", write.key, write.field, write.value]);
    case "unfield":
      return batch.add(["HDEL", write.key, write.field]);
    case "text":
      return batch.add(
        write.ttlMs > 0
          ? ["SET", write.key, write.value, "PX", String(write.ttlMs)]
          : ["SET", write.key, write.value],
      );
    case "score":
      return batch.add(["ZADD", write.key, String(write.score), write.member]);
    case "unscore":
      return batch.add(["ZREM", write.key, write.member]);
    case "member":
      return batch.add(["SADD", write.key, write.member]);
    case "unmember":
      return batch.add(["SREM", write.key, write.member]);
    case "trim":
      return batch.add(["ZRANGE", write.key, "0", String(-write.keep - 1)]);
    case "retain":
      return batch.add(["SMEMBERS", write.key]);
    case "trimStream":
      return batch.add(["XTRIM", write.key, "MAXLEN", String(write.keep)]);
    case "prepend":
      // What is there has to be read first, when the rest is written.
      return;
    case "erase":
      return addErasure(batch, write);
    case "append":
      return batch.add(["XADD", write.key, write.id, ...flatten(write.row)]);
    case "publish":
      return batch.add(["PUBLISH", write.channel, write.message]);
  }
}

/**
 * Adds what has to follow a write whose reply is known: an entry under a new id when the clock has stepped back behind the
 * stream's last one, or what is said of rows that are in no list any more.
 */
export function addFollowUp(batch: Batch, write: Write, reply: RedisReply | TransportError): void {
  if (write.kind === "append" && isStaleId(reply)) {
    return batch.add(["XADD", write.key, "*", ...flatten(write.row)]);
  }
  if (write.kind === "retain" && write.ended !== undefined) {
    addEnds(batch, write, write.ended, othersOf(write, reply));
  }
}

/** Returns what has to be removed after a write whose reply is known: members that fell out of an index, with their rows. */
export function removalsOf(write: Write, reply: RedisReply | TransportError): Removal[] {
  if (write.kind === "trim") {
    const { key, rows, also } = write;
    return [...portions({ command: "ZREM", key, rows, also, members: texts(reply) })];
  }
  if (write.kind !== "retain" || write.ended !== undefined) return [];
  const { key, rows } = write;
  return [...portions({ command: "SREM", key, rows, also: undefined, members: othersOf(write, reply) })];
}

/** Returns whether a reply to a repeated append says that the first time has done it. */
export function isAppended(write: Write, reply: RedisReply | TransportError): boolean {
  return write.kind === "append" && isStaleId(reply);
}

function addRow(batch: Batch, write: Write & { kind: "row" }, written: WrittenNames): void {
  const flat = flatten(write.row);
  if (flat.length === 0) return batch.add(["DEL", write.key]);
  if (!write.whole) return batch.add(["HSET", write.key, ...flat]);
  const before = written.get(write.key);
  if (before !== undefined && hasNames(flat, before)) return batch.add(["HSET", write.key, ...flat]);
  if (written.size >= MAX_REMEMBERED) written.clear();
  written.set(write.key, Object.keys(write.row));
  batch.add(["MULTI"]);
  batch.add(["DEL", write.key]);
  batch.add(["HSET", write.key, ...flat]);
  batch.add(["EXEC"]);
}

/** Returns whether a flat row has exactly these members, in this order. */
function hasNames(flat: readonly string[], names: readonly string[]): boolean {
  if (flat.length !== 2 * names.length) return false;
  for (let i = 0; i < names.length; i++) if (flat[2 * i] !== names[i]) return false;
  return true;
}

/** What is remembered of a book that is there as it was written. */
const BOOK: readonly string[] = [];

/** All hashes of a book change in one step, so that its sides are always of one moment. */
function addBook(batch: Batch, { key, book }: Write & { kind: "book" }, written: WrittenNames): void {
  const changes = book.take(written.get(key) !== BOOK);
  if (written.size >= MAX_REMEMBERED) written.clear();
  written.set(key, BOOK);
  const commands = changes.flatMap(({ key, clear, set, remove }): RedisCommand[] => [
    ...(clear ? [["DEL", key] as const] : []),
    ...(set.length > 0 ? [["HSET", key, ...set] as const] : []),
    ...(remove.length > 0 ? [["HDEL", key, ...remove] as const] : []),
  ]);
  if (commands.length > 1) batch.add(["MULTI"]);
  for (const command of commands) batch.add(command);
  if (commands.length > 1) batch.add(["EXEC"]);
}

/** What has left a set and is nowhere said to be over: the row stays and says that its state is unknown. */
function addEnds(
  batch: Batch,
  { key, rows }: { readonly key: string; readonly rows: string },
  { index, score }: { readonly index: string; readonly score: number },
  members: readonly string[],
): void {
  for (const member of members) {
    batch.add(["HSET", rows + member, "state", UNKNOWN]);
    batch.add(["ZADD", index, String(score), member]);
    batch.add(["SREM", key, member]);
  }
}

function addErasure(
  batch: Batch,
  { key, ids }: { readonly key: string; readonly ids: readonly string[] },
): void {
  for (let at = 0; at < ids.length; at += MAX_REMOVED) {
    batch.add(["XDEL", key, ...ids.slice(at, at + MAX_REMOVED)]);
  }
}

function isStaleId(reply: RedisReply | TransportError): boolean {
  return reply instanceof Error && reply.message.includes("equal or smaller than the target stream top item");
}

function othersOf(
  { members }: { readonly members: readonly string[] },
  reply: RedisReply | TransportError,
): string[] {
  const keep = new Set(members);
  return texts(reply).filter((member) => !keep.has(member));
}

function texts(reply: RedisReply | TransportError): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
