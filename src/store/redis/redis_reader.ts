/**
 * The reads that the rest of okws needs, each of them one batch. A refusal, or a server that is away, is a StoreError that
 * names the server and what would help.
 */
import { StoreError } from "../../shared/errors.ts";
import { message } from "../../shared/messages/message.ts";
import type { Store, StreamPart } from "../store.ts";
import type { RedisCommand } from "./commands.ts";
import { reasonOf } from "./connect.ts";
import { isNotPermitted, isWrongType } from "../../shared/redis_errors.ts";
import { isRejected } from "./replies.ts";
import type { RedisReply } from "./resp.ts";
import { paired, parseEntries, readStreamInfo } from "./stream_replies.ts";
import type { RedisTransport, TransportError } from "./transport.ts";

/** Reads over a transport; `shown` is its address without secrets. */
export class RedisReader {
  readonly clustered: boolean;
  readonly #transport: RedisTransport;
  readonly #shown: string;

  constructor(transport: RedisTransport, parts: { readonly shown: string; readonly clustered: boolean }) {
    this.#transport = transport;
    this.#shown = parts.shown;
    this.clustered = parts.clustered;
  }

  async text(key: string): Promise<string | undefined> {
    return optional(await this.command(["GET", key]));
  }

  async row(key: string): Promise<Record<string, string>> {
    return paired(await this.command(["HGETALL", key]));
  }

  async rows(keys: readonly string[]): Promise<Record<string, string>[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["HGETALL", key]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? {} : paired(this.checked(reply))
    );
  }

  async fieldCount(key: string): Promise<number | undefined> {
    try {
      return Number(await this.command(["HLEN", key]));
    } catch (error) {
      if (isWrongType(error)) return 0;
      if (isNotPermitted(error)) return undefined;
      throw error;
    }
  }

  async field(key: string, field: string): Promise<string | undefined> {
    return optional(await this.command(["HGET", key, field]));
  }

  async fields(keys: readonly string[], field: string): Promise<(string | undefined)[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["HGET", key, field]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? undefined : optional(this.checked(reply))
    );
  }

  async newest(key: string, count: number): Promise<string[]> {
    return listed(await this.command(["ZRANGE", key, String(-count), "-1"]));
  }

  async scoreFromNewest(key: string, count: number): Promise<number | undefined> {
    const at = String(-count);
    const [, score] = listed(await this.command(["ZRANGE", key, at, at, "WITHSCORES"]));
    return score === undefined ? undefined : Number(score);
  }

  async scored(key: string, scores: readonly number[]): Promise<string[]> {
    const batch = this.#transport.batch();
    for (const score of scores.map(String)) {
      batch.add(["ZRANGE", key, score, score, "BYSCORE", "LIMIT", "0", "1000"]);
    }
    return (await this.#transport.send(batch)).flatMap((reply) =>
      isWrongType(reply) ? [] : listed(this.checked(reply))
    );
  }

  async members(key: string): Promise<string[]> {
    return listed(await this.command(["SMEMBERS", key]));
  }

  async entries(key: string, count: number): Promise<Record<string, string>[]> {
    return (await this.identified(key, count)).map(({ row }) => row);
  }

  async identified(
    key: string,
    count: number,
  ): Promise<{ readonly id: string; readonly row: Record<string, string> }[]> {
    const reply = await this.command(["XREVRANGE", key, "+", "-", "COUNT", String(count)]);
    return parseEntries(reply).toReversed();
  }

  async part(
    key: string,
    { after, count, beside }: Parameters<Store["part"]>[1],
  ): Promise<StreamPart> {
    const batch = this.#transport.batch();
    batch.add(["MULTI"]);
    batch.add(["XINFO", "STREAM", key]);
    if (after === undefined) batch.add(["XREVRANGE", key, "+", "-", "COUNT", String(count)]);
    else batch.add(["XRANGE", key, `(${after}`, "+", "COUNT", String(count)]);
    batch.add(["HGET", beside.key, beside.field]);
    batch.add(["EXEC"]);
    const replies = await this.#transport.send(batch);
    // Why a command was not taken is said before the end of the transaction, which is given up then.
    const fault = replies.find((reply) => reply instanceof Error);
    const all = this.checked(fault ?? replies.at(-1) as RedisReply | TransportError);
    const [info = null, found = null, text = null] = Array.isArray(all) ? all as readonly RedisReply[] : [];
    const entries = parseEntries(this.checked(found));
    // Of a stream that is not there it is an error.
    const isThere = !(info instanceof Error) || !info.message.includes("no such key");
    return {
      entries: after === undefined ? entries.toReversed() : entries,
      info: isThere ? readStreamInfo(this.checked(info)) : undefined,
      beside: optional(this.checked(text)),
    };
  }

  async lastIds(keys: readonly string[]): Promise<Map<string, string | undefined>> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["XREVRANGE", key, "+", "-", "COUNT", "1"]);
    const replies = await this.#transport.send(batch);
    return new Map(keys.flatMap((key, i): [string, string | undefined][] => {
      const reply = replies[i] as RedisReply | TransportError;
      if (isRejected(reply)) return [];
      const [entry] = Array.isArray(reply) ? reply : [];
      return [[key, Array.isArray(entry) ? String(entry[0]) : undefined]];
    }));
  }

  async lengths(keys: readonly string[]): Promise<number[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["XLEN", key]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? 0 : Number(this.checked(reply))
    );
  }

  async type(key: string): Promise<string> {
    return String(await this.command(["TYPE", key]));
  }

  async *scan(pattern: string): AsyncGenerator<string[]> {
    for (const node of await this.#transport.nodes()) {
      let cursor = "0";
      do {
        const reply = this.checked(
          await this.#transport.sendToNode(node, ["SCAN", cursor, "MATCH", pattern, "COUNT", "500"]),
        );
        const [next, keys] = Array.isArray(reply) ? reply : ["0", []];
        cursor = String(next);
        yield listed(keys);
      } while (cursor !== "0");
    }
  }

  async remove(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    if (!this.clustered) return Number(await this.command(["UNLINK", ...keys]));
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["UNLINK", key]);
    const replies = await this.#transport.send(batch);
    return replies.reduce<number>((sum, reply) => sum + Number(this.checked(reply)), 0);
  }

  async time(): Promise<number> {
    const batch = this.#transport.batch();
    batch.add(["TIME"]);
    const [reply] = await this.#transport.send(batch);
    // An account of an earlier version may not ask for the time, but for what a server says of itself.
    if (reply instanceof Error && reply.message.startsWith("NOPERM")) {
      const { server_time_usec: micros } = await this.info("server");
      if (micros !== undefined) return Number(micros) / 1000;
    }
    const [seconds, micros] = listed(this.checked(reply as RedisReply | TransportError));
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }

  async info(section: string): Promise<Record<string, string>> {
    const lines = String(await this.command(["INFO", section])).split("\r\n");
    return Object.fromEntries(
      lines.filter((line) => /^\w+:/.test(line)).map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  /** Sends one command; rejects where it is refused. */
  protected async command(command: RedisCommand): Promise<RedisReply> {
    const batch = this.#transport.batch();
    batch.add(command);
    const [reply] = await this.#transport.send(batch);
    return this.checked(reply as RedisReply | TransportError);
  }

  protected checked(reply: RedisReply | TransportError): RedisReply {
    if (reply instanceof Error) throw this.away(reply);
    return reply;
  }

  /** Returns what a caller is given for a refusal, or for a server that is away. */
  protected away(error: unknown): StoreError {
    return new StoreError(message("redis.fault", { url: this.#shown, reason: reasonOf(error) }), {
      cause: error,
    });
  }
}

function optional(reply: RedisReply): string | undefined {
  return reply === null ? undefined : String(reply);
}

function listed(reply: RedisReply): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}
