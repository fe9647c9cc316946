/** The keys of the lease in Redis, and each question about them as the commands that answer it. */
import { epochKey, leaderKey } from "../../layout/keys.ts";
import type { Shard } from "../../../shared/shard.ts";
import type { RedisCommand } from "../commands.ts";
import { isWrongType } from "../../../shared/redis_errors.ts";
import { type RedisReply, ReplyError } from "../resp.ts";
import { TransportError } from "../transport.ts";
import { type Holder, readHolder } from "./holder.ts";

/** Sends commands to where the lease is; resolves with their replies, errors among them. */
export type SendCommands = (
  commands: readonly RedisCommand[],
) => Promise<readonly (RedisReply | TransportError)[]>;

/** The key as it was found. */
export type FoundLease = { readonly text: string; readonly holder: Holder };

/**
 * The last term: its number, 0 for none, whether its holder has ended it in order, and who is to have the next one; empty:
 * anybody.
 */
export type Term = { readonly epoch: number; readonly isReleased: boolean; readonly next: string };

/** Every member rejects with TransportError, or with the refusal of Redis. */
export class LeaseKeys {
  readonly leader: string;
  readonly #epoch: string;

  constructor(keyPrefix: string, shard?: Shard) {
    this.leader = leaderKey(keyPrefix, shard);
    this.#epoch = epochKey(keyPrefix, shard);
  }

  /** Reads the lease; undefined: nobody holds it. What is no lease of okws is removed. */
  async read(ask: SendCommands): Promise<FoundLease | undefined> {
    const [reply] = await ask([["GET", this.leader]]);
    return await this.#found(ask, reply);
  }

  /** Returns the same, with the milliseconds that it is held for; undefined where Redis does not say. -1: for ever. */
  async look(
    ask: SendCommands,
  ): Promise<{ readonly found: FoundLease | undefined; readonly ttlMs: number | undefined }> {
    const [reply, ttl] = await ask([["GET", this.leader], ["PTTL", this.leader]]);
    return {
      found: await this.#found(ask, reply),
      ttlMs: typeof ttl === "number" ? ttl : undefined,
    };
  }

  /**
   * Extends the lease, and returns who holds it. Another's is extended too, once: that costs nobody anything, and it takes
   * one command, of which nothing can come in between, where comparing first takes three or the right to run scripts.
   */
  async extend(ask: SendCommands, own: string, ms: number): Promise<FoundLease | undefined> {
    const [reply] = await ask([["GETEX", this.leader, "PX", String(ms)]]);
    if (!isUnknown(reply)) return await this.#found(ask, reply);
    const found = await this.read(ask);
    if (found?.text === own) await checked(ask, ["SET", this.leader, own, "XX", "PX", String(ms)]);
    return found;
  }

  /** Takes the lease where nobody holds it; returns whether it was taken. */
  async take(ask: SendCommands, text: string, ms: number): Promise<boolean> {
    return await checked(ask, ["SET", this.leader, text, "NX", "PX", String(ms)]) === "OK";
  }

  /** Removes the lease if it is still this one; returns whether it was. Nothing else may use the connection meanwhile. */
  async remove(ask: SendCommands, text: string): Promise<boolean> {
    const [watching, now] = await ask([["WATCH", this.leader], ["GET", this.leader]]);
    if (watching instanceof Error) throw watching;
    if (now !== text) return false;
    const replies = await ask([["MULTI"], ["DEL", this.leader], ["EXEC"]]);
    for (const reply of replies) if (reply instanceof Error) throw reply;
    return Array.isArray(replies[2]);
  }

  async term(ask: SendCommands): Promise<Term> {
    const [reply] = await ask([["HGETALL", this.#epoch]]);
    if (isWrongType(reply)) await checked(ask, ["DEL", this.#epoch]);
    else if (reply instanceof Error) throw reply;
    const pairs = Array.isArray(reply) ? reply.map(String) : [];
    const valueOf = (name: string) => Number(pairs[pairs.indexOf(name) + 1] ?? 0);
    const epoch = pairs.includes("epoch") ? valueOf("epoch") : 0;
    if (!Number.isSafeInteger(epoch) || epoch < 0) {
      await checked(ask, ["DEL", this.#epoch]);
      return { epoch: 0, isReleased: false, next: "" };
    }
    const next = pairs.includes("next") ? pairs[pairs.indexOf("next") + 1] ?? "" : "";
    return { epoch, isReleased: pairs.includes("released") && valueOf("released") === epoch, next };
  }

  /** Begins a term; returns its number. */
  async begin(ask: SendCommands, before: number): Promise<number> {
    const [reply] = await ask([["HINCRBY", this.#epoch, "epoch", "1"]]);
    if (!isUnknown(reply)) return Number(reply instanceof Error ? failed(reply) : reply);
    await this.restore(ask, before + 1);
    return before + 1;
  }

  /** Writes again which term it is, to a Redis that has lost it. */
  async restore(ask: SendCommands, epoch: number): Promise<void> {
    await checked(ask, ["HSET", this.#epoch, "epoch", String(epoch)]);
  }

  /** Writes that a term ends in order, and who is to have the next one. */
  async noteReleased(ask: SendCommands, epoch: number, next: string): Promise<void> {
    await checked(ask, [
      "HSET",
      this.#epoch,
      "epoch",
      String(epoch),
      "released",
      String(epoch),
      "next",
      next,
    ]);
  }

  /** Asks the holder to hand over. */
  async request(ask: SendCommands, instance: string): Promise<void> {
    await checked(ask, ["PUBLISH", this.leader, JSON.stringify({ op: "TAKEOVER", instance })]);
  }

  async #found(
    ask: SendCommands,
    reply: RedisReply | TransportError | undefined,
  ): Promise<FoundLease | undefined> {
    if (reply === null) return undefined;
    if (reply instanceof Error && !isWrongType(reply)) throw reply;
    const text = String(reply);
    const holder = reply instanceof Error ? undefined : readHolder(text);
    if (holder !== undefined) return { text, holder };
    await checked(ask, ["DEL", this.leader]);
    return undefined;
  }
}

/** Returns whether an account may not do this, or the server does not know it. */
export function isUnknown(reply: unknown): reply is ReplyError {
  return reply instanceof ReplyError && /^(NOPERM|ERR unknown (sub)?command)/i.test(reply.message);
}

async function checked(ask: SendCommands, command: RedisCommand): Promise<RedisReply> {
  const [reply = new TransportError("no answer")] = await ask([command]);
  return reply instanceof Error ? failed(reply) : reply;
}

function failed(error: Error): never {
  throw error;
}
