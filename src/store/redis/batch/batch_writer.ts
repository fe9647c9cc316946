/**
 * Applies batches of writes: one pipeline, a look at every reply, and what follows from replies (removals of a trim, keys
 * that held something else, rows that go before a stream). What is known to be in Redis is kept here, so that less is
 * written.
 */
import { StoreError } from "../../../shared/errors.ts";
import type { Applied } from "../../write/applied.ts";
import { keyOf, type RefusedWrite } from "../../write/refused_writes.ts";
import type { Removal } from "./removals.ts";
import { addFollowUp, addWrite, isAppended, removalsOf, type WrittenNames } from "./to_commands.ts";
import { isTrim, type Prepended, type Write } from "../../write/write.ts";
import { type Append, isExhausted, StreamReplacer } from "./exhausted_stream.ts";
import { type Prepend, prependRows } from "./prepend_rows.ts";
import { isWrongType } from "../../../shared/redis_errors.ts";
import { RefusalLog } from "./refusal_log.ts";
import { addRemovals } from "./remove_rows.ts";
import { isRejected, replyAt } from "../replies.ts";
import type { RedisReply } from "../resp.ts";
import type { Affected, RedisTransport, TransportError } from "../transport.ts";

/** Applies batches over one transport. */
export class BatchWriter {
  readonly #transport: RedisTransport;
  readonly #onAway: (error: StoreError) => void;
  readonly #written: WrittenNames = new Map();
  readonly #refusals = new RefusalLog();
  /** Stream entries that were sent before, perhaps to be done. */
  readonly #cutOff = new WeakSet<Write>();
  readonly #streams: StreamReplacer;

  /** `onAway`: no batch is taken, for the reason that is its cause. */
  constructor(transport: RedisTransport, onAway: (error: StoreError) => void) {
    this.#transport = transport;
    this.#onAway = onAway;
    this.#streams = new StreamReplacer(transport, (key, entries) => {
      const text = "A stream of okws took no entries any more and was replaced";
      this.#refusals.say("exhausted", text, { key, entries });
    });
  }

  forget(affected?: Affected): void {
    if (affected === undefined) this.#written.clear();
    else for (const key of this.#written.keys()) if (affected(key)) this.#written.delete(key);
  }

  async apply(writes: readonly Write[]): Promise<Applied> {
    try {
      return await this.#apply(writes);
    } catch (error) {
      // How much of it was done is not known.
      for (const write of writes) {
        this.#written.delete(keyOf(write));
        if (write.kind === "append") this.#cutOff.add(write);
      }
      if (error instanceof StoreError) this.#onAway(error);
      throw error;
    }
  }

  async #apply(writes: readonly Write[]): Promise<Applied> {
    const batch = this.#transport.batch();
    const ends: number[] = [];
    for (const write of writes) {
      addWrite(batch, write, this.#written);
      ends.push(batch.size);
    }
    const replies = await this.#transport.send(batch);
    const followUps = this.#transport.batch();
    const refused: RefusedWrite[] = [];
    const foreign: Write[] = [];
    const removals: Removal[] = [];
    const exhausted: Append[] = [];
    const prepends: Prepend[] = [];
    for (let i = 0, first = 0, end = 0; i < writes.length; i++, first = end) {
      const write = writes[i] as Write;
      end = ends[i] as number;
      if (write.kind === "prepend") prepends.push(write);
      // Nothing had changed of a book.
      if (first === end) continue;
      // One command that was answered with a text or a number was carried out, and nothing follows from it.
      if (end === first + 1 && isScalar(replies[first])) continue;
      const reply = replyAt(replies, end - 1, first);
      if (isAppended(write, reply) && this.#wasSent(write)) continue;
      const before = followUps.size;
      addFollowUp(followUps, write, reply);
      removals.push(...removalsOf(write, reply));
      if (followUps.size > before || !isRejected(reply)) continue;
      // A book that was refused in part is written whole the next time.
      if (write.kind === "book") this.#written.delete(write.key);
      if (isWrongType(reply) && write.kind !== "publish") foreign.push(write);
      else if (write.kind === "append" && isExhausted(reply)) exhausted.push(write);
      else refused.push(this.#noteRefused(write, reply));
    }
    // Nearly always nothing follows.
    const rest = removals.length + foreign.length + exhausted.length + refused.length + prepends.length;
    if (followUps.size + rest === 0) return { commands: batch.size, rejected: 0, refused };
    const others = followUps.size;
    const applyRemovals = addRemovals(followUps, removals);
    const followed = await this.#transport.send(followUps);
    const removed = await applyRemovals(this.#transport, followed);
    let { rejected } = removed;
    for (const reply of followed.slice(0, others)) if (isRejected(reply)) rejected += 1;
    const replaced = await this.#replace(foreign, refused) + await this.#replaceStreams(exhausted, refused);
    const history: Prepended[] = [];
    let older = 0;
    for (const write of prepends) {
      const { commands, rows } = await prependRows(this.#transport, write);
      older += commands;
      history.push({ key: write.key, rows });
    }
    return {
      commands: batch.size + followUps.size + removed.commands + replaced + older,
      rejected: rejected + refused.length,
      refused,
      ...(foreign.length === 0 ? {} : { replaced: [...new Set(foreign.map(keyOf))] }),
      ...(history.length === 0 ? {} : { prepended: history }),
    };
  }

  /** Under our keys is our data alone: what is of another type there gives way, once, and is named in the log. */
  async #replace(writes: readonly Write[], refused: RefusedWrite[]): Promise<number> {
    if (writes.length === 0) return 0;
    const batch = this.#transport.batch();
    const removed = new Set<string>();
    const firsts: number[] = [];
    const last: number[] = [];
    for (const write of writes) {
      const key = keyOf(write);
      if (!removed.has(key)) batch.add(["DEL", key]);
      removed.add(key);
      this.#written.delete(key);
      firsts.push(batch.size);
      // What was to be cut down is empty now.
      if (!isTrim(write)) addWrite(batch, write, this.#written);
      last.push(batch.size - 1);
    }
    const replies = await this.#transport.send(batch);
    for (const [i, write] of writes.entries()) {
      const reply = replyAt(replies, last[i] as number, firsts[i] as number);
      if (isRejected(reply)) refused.push(this.#noteRefused(write, reply));
      else {
        const text = "A key of okws held something else, which was replaced";
        this.#refusals.say("WRONGTYPE", text, { key: keyOf(write) });
      }
    }
    return batch.size;
  }

  /** Replaces streams that take no entry any more; returns how many commands were taken. */
  async #replaceStreams(writes: readonly Append[], refused: RefusedWrite[]): Promise<number> {
    let commands = 0;
    for (const [key, appends] of Map.groupBy(writes, ({ key }) => key)) {
      const fault = await this.#streams.replace(key, appends);
      if (fault === undefined) commands += appends.length;
      else for (const write of appends) refused.push(this.#noteRefused(write, fault));
    }
    return commands;
  }

  /** Returns whether an entry may have been taken before. */
  #wasSent(write: Write): boolean {
    return this.#cutOff.has(write) || (write.kind === "append" && write.again === true);
  }

  #noteRefused(write: Write, error: Error): RefusedWrite {
    this.#written.delete(keyOf(write));
    this.#refusals.note(keyOf(write), error);
    return { write, reason: error.message };
  }
}

function isScalar(reply: RedisReply | TransportError | undefined): boolean {
  return typeof reply === "string" || typeof reply === "number";
}
