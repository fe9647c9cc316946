/**
 * The store over Redis: batches over a transport (one connection, or one for each master of a cluster), and one
 * connection for subscriptions. What Redis refuses is sorted out here: again later, or counted and logged. The file is
 * long because each read that the rest of okws needs is a short method of one class: they share the connection, what is
 * known to be written, and the way in which errors are explained.
 */
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { LeaseError, MessageError, StoreError } from "../../shared/errors.ts";
import { roomLogger, type SparseWarning, sparseWarning } from "../../logging/log.ts";
import { type HostPort, parseRedisUrl } from "../../shared/redis_url.ts";
import {
  addFollowUp,
  addWrite,
  isAppended,
  isRejected,
  removalsOf,
  replyAt,
  type WrittenNames,
} from "../write/to_commands.ts";
import { ClusterTransport } from "./cluster/transport.ts";
import type { Command } from "./commands.ts";
import { type ClientOptions, clientOptions, connectClient, createClient, reasonOf } from "./connect.ts";
import { isExhausted, MAX_TAKEN_OVER, replacement, Replacements } from "./exhausted_stream.ts";
import { clientName } from "./lease/client_name.ts";
import { Gate } from "./lease/gate.ts";
import type { Instances } from "./lease/instances.ts";
import type { Lease } from "./lease/lease.ts";
import { addRemovals } from "./remove_rows.ts";
import type { Affected, RedisTransport, TransportError } from "./transport.ts";
import { isWrongType, type RedisRefusal, refusalOf, remedyOf } from "./redis_errors.ts";
import { keyOf, type RefusedWrite } from "../write/refused_writes.ts";
import { type Reply, ReplyError } from "./resp.ts";
import type { Applied, Listening, Prepended, Store, StreamPart } from "../store.ts";
import { paired, readEntries, readStreamInfo } from "./stream_replies.ts";
import { Subscriber } from "./subscriber.ts";
import { IoredisError, Pipeline } from "./pipeline.ts";
import type { Removal } from "../write/removals.ts";
import { isReadByGroups, prepended } from "../write/prepended.ts";
import { isTrim, type Write } from "../write/write.ts";
import { englishOf, type Message, message } from "../../shared/messages/message.ts";
import { type FollowedMaster, followMaster } from "./sentinel/followed_master.ts";

/** Settings of {@link openStore}. */
export type StoreOptions = {
  /** Goes on trying for ever, as a service must; otherwise one failed attempt ends it, as a command should. */
  readonly persistent?: boolean;
  readonly connectTimeoutMs?: number;
  /** There is a connection: what waits for one, under these keys, need not wait any longer. */
  readonly onReady?: (affected: Affected) => void;
  /** A connection that was there is lost: what is in Redis under these keys may not be what was written. */
  readonly onLost?: (affected: Affected) => void;
  /** Why the server that takes the writes may not be the master any more; nothing: it is. */
  readonly onDoubt?: (reason: Message | undefined) => void;
  /** A channel of our own, by which it is seen that what is published anywhere in a cluster is still received here. */
  readonly ownChannel?: string;
  /** Whoever writes holds it. */
  readonly lease?: StoreLease;
};

/** The lease of a KEY_PREFIX, and in whose name it is held. */
export type StoreLease = {
  readonly lease: Lease;
  readonly keyPrefix: string;
  readonly instance: string;
  /** Who stands by. */
  readonly instances?: Instances | undefined;
};

const log = roomLogger("store");

/** How long a message to ourselves may take; another node takes the next one. */
const PUBLISH_MS = 1000;

/** Least time between two lines about one kind of refusal. */
const COMPLAIN_MS = 60_000;

/**
 * Connects to a REDIS_URL. Rejects with StoreError where it cannot, unless `persistent`; with ConfigError for a file that
 * the URL names and that cannot be read.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const { persistent = false, connectTimeoutMs = 5000, ownChannel } = options;
  const { onReady = () => {}, onDoubt = () => {} } = options;
  const target = parseRedisUrl(url);
  if (target.kind === "fault") throw new StoreError(target.text);
  if (target.kind === "embedded") {
    throw new StoreError(message("redis.embedded_address"));
  }
  const client = await clientOptions(target, { persistent, connectTimeoutMs });
  const gate = options.lease && createGate(options.lease, { client, clustered: target.mode === "cluster" });
  const parts = { client, shown: target.shown, isPersistent: persistent, gate };
  let store: RedisStore;
  const onLost = (affected: Affected) => {
    store?.forget(affected);
    options.onLost?.(affected);
  };
  const wire = { gate, onReady: () => onReady(() => true), onLost: () => onLost(() => true) };
  let connecting: Promise<void>;
  if (target.mode === "cluster") {
    const transport = new ClusterTransport({
      ...{ seeds: target.nodes, client, connectTimeoutMs, gate, onReady, onLost },
      onChange: () => store?.onNodesChanged(),
    });
    store = new RedisStore(transport, {
      ...{ ...parts, clustered: true },
      nodes: () => transport.candidates(),
      ...(ownChannel === undefined ? {} : { ownChannel }),
    });
    connecting = transport.connect();
  } else if (target.mode === "sentinel") {
    const master = followMaster(client, { wire, onDoubt });
    const { pipeline } = master;
    store = new RedisStore(pipeline, { ...parts, client: master.client, clustered: false, master });
    if (persistent) master.follow();
    connecting = master.connect(connectTimeoutMs).then(() => {
      if (pipeline.fault !== undefined) throw pipeline.fault;
    });
  } else {
    const redis = createClient(client);
    const pipeline = new Pipeline(redis, wire);
    store = new RedisStore(pipeline, { ...parts, clustered: false });
    connecting = connectClient(redis, connectTimeoutMs).then(() => {
      if (pipeline.fault !== undefined) throw pipeline.fault;
    });
  }
  options.lease?.lease.begin((commands) => store.ask(commands));
  options.lease?.instances?.begin((commands) => store.ask(commands));
  try {
    await connecting;
    await gate?.first;
  } catch (error) {
    if (error instanceof LeaseError) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
    const reason = reasonOf(error);
    // Trying again helps where Redis cannot be reached, not where its client is of another make.
    if (!persistent || error instanceof IoredisError) {
      await store[Symbol.asyncDispose]();
      const cause = error instanceof MessageError ? error.cause ?? error : error;
      throw new StoreError(message("redis.unreachable", { url: target.shown, reason }), { cause });
    }
    log.warn("Cannot reach Redis yet, trying on", { redis: target.shown, reason: englishOf(reason) });
  }
  return store;
}

function createGate(
  { lease, keyPrefix, instance }: StoreLease,
  { client, clustered }: { readonly client: ClientOptions; readonly clustered: boolean },
): Gate {
  return new Gate({
    ...{ lease, clustered, name: clientName({ keyPrefix, instance, db: client.db ?? 0 }) },
    onUnfenced: (reason) =>
      log.warn("Redis does not let okws end the connections of another okws, a take-over takes longer", {
        reason,
        remedy: "okws redis-acl prints the rights that a service needs",
      }),
  });
}

type Parts = {
  readonly gate: Gate | undefined;
  readonly client: ClientOptions;
  readonly shown: string;
  readonly clustered: boolean;
  readonly isPersistent: boolean;
  readonly nodes?: () => readonly HostPort[];
  readonly ownChannel?: string;
  readonly master?: FollowedMaster;
};

class RedisStore implements Store {
  readonly clustered: boolean;
  readonly #transport: RedisTransport;
  readonly #shown: string;
  readonly #subscriber: Subscriber;
  readonly #written: WrittenNames = new Map();
  /** One for each kind of refusal. */
  readonly #complaints = new Map<string, SparseWarning>();
  /** Stream entries that were sent before, perhaps to be done. */
  readonly #cutOff = new WeakSet<Write>();
  readonly #replacements = new Replacements();
  readonly #master: FollowedMaster | undefined;
  #turn = 0;

  constructor(link: RedisTransport, parts: Parts) {
    const { client, shown, clustered, isPersistent, nodes, ownChannel, master, gate } = parts;
    this.#master = master;
    this.clustered = clustered;
    this.#transport = link;
    this.#shown = shown;
    this.#subscriber = new Subscriber({
      client,
      isPersistent,
      gate,
      ...(nodes === undefined ? {} : { nodes }),
      ...(nodes === undefined || ownChannel === undefined ? {} : {
        heartbeat: {
          channel: ownChannel,
          publish: (text, away) => this.#publishFrom(ownChannel, text, away),
        },
      }),
      onLoss: (channel) => log.warn("A listener does not keep up, messages are lost", { channel }),
      onRefused: (reason) =>
        log.warn("Redis does not let okws listen any more, trying again", {
          reason,
          remedy: remedyOf(reason)?.english ?? "okws redis-acl prints the rights that a service needs",
        }),
    });
  }

  /** Sends what needs no lease, to wherever keys are. */
  ask(commands: readonly Command[]): Promise<(Reply | TransportError)[]> {
    return this.#transport.ask(commands);
  }

  laneOf(key: string): string {
    return this.#transport.laneOf(key);
  }

  forget(affected?: Affected): void {
    if (affected === undefined) this.#written.clear();
    else for (const key of this.#written.keys()) if (affected(key)) this.#written.delete(key);
  }

  /** Nodes of the cluster have come, gone or changed their parts. */
  onNodesChanged(): void {
    this.#subscriber.check();
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
      if (error instanceof StoreError) this.#lookElsewhere(refusalOf(causeOf(error)));
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
    const exhausted: (Write & { readonly kind: "append" })[] = [];
    for (let i = 0, first = 0, end = 0; i < writes.length; i++, first = end) {
      const write = writes[i] as Write;
      end = ends[i] as number;
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
    const others = followUps.size;
    const settleRemovals = addRemovals(followUps, removals);
    const followed = await this.#transport.send(followUps);
    const removed = await settleRemovals(this.#transport, followed);
    let { rejected } = removed;
    for (const reply of followed.slice(0, others)) if (isRejected(reply)) rejected += 1;
    const replaced = await this.#replace(foreign, refused) + await this.#replaceStreams(exhausted, refused);
    const history: Prepended[] = [];
    let older = 0;
    for (const write of writes) {
      if (write.kind !== "prepend") continue;
      const { commands, rows } = await this.#prepend(write);
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
      else {this.#complaint("WRONGTYPE")("A key of okws held something else, which was replaced", {
          key: keyOf(write),
        });}
    }
    return batch.size;
  }

  /** A stream that takes no entry any more gives way to another one with its entries; not again within a minute. */
  async #replaceStreams(
    writes: readonly (Write & { readonly kind: "append" })[],
    refused: RefusedWrite[],
  ): Promise<number> {
    let commands = 0;
    for (const [key, appends] of Map.groupBy(writes, ({ key }) => key)) {
      const fault = await this.#replaceStream(key, appends);
      if (fault === undefined) commands += appends.length;
      else for (const write of appends) refused.push(this.#noteRefused(write, fault));
    }
    return commands;
  }

  /** Returns why a stream was not replaced. */
  async #replaceStream(
    key: string,
    appends: readonly (Write & { readonly kind: "append" })[],
  ): Promise<Error | undefined> {
    if (!this.#replacements.begin(key, Date.now())) {
      return new Error("ERR its last id was the greatest again");
    }
    const look = this.#transport.batch();
    look.add(["XREVRANGE", key, "+", "-", "COUNT", String(MAX_TAKEN_OVER)]);
    const [found] = await this.#transport.send(look);
    if (isRejected(found as Reply | TransportError)) return found as Error;
    const batch = this.#transport.batch();
    for (const command of replacement(key, found as Reply, appends)) batch.add(command);
    const replies = await this.#transport.send(batch);
    // What was refused is said before the end of the transaction, which is given up then.
    const fault = replies.find((reply) => isRejected(reply));
    if (fault !== undefined) return fault as Error;
    const entries = Array.isArray(found) ? found.length : 0;
    this.#complaint("exhausted")("A stream of okws took no entries any more and was replaced", {
      key,
      entries,
    });
    return undefined;
  }

  /** Puts rows before those of a stream; returns how many commands and rows. Where Redis refuses it, the stream stays as it is. */
  async #prepend(
    write: Write & { readonly kind: "prepend" },
  ): Promise<{ readonly commands: number; readonly rows: number }> {
    const { key, keep } = write;
    const look = this.#transport.batch();
    look.add(["XINFO", "STREAM", key]);
    look.add(["XRANGE", key, "-", "+", "COUNT", String(keep)]);
    const [info, entries] = await this.#transport.send(look) as [
      Reply | TransportError,
      Reply | TransportError,
    ];
    const { commands, rows } = isRejected(entries) || isReadByGroups(info)
      ? { commands: [], rows: 0 }
      : prepended(write, entries);
    const batch = this.#transport.batch();
    for (const command of commands) batch.add(command);
    const replies = commands.length === 0 ? [] : await this.#transport.send(batch);
    const fault = [entries, ...replies].find((reply) => isRejected(reply));
    if (fault !== undefined) log.info("History is not kept", { key, reason: reasonOf(fault as Error) });
    return { commands: look.size + batch.size, rows: fault === undefined ? rows : 0 };
  }

  async publish(channel: string, message: string): Promise<number | undefined> {
    const received = Number(await this.#ask(["PUBLISH", channel, message]));
    // A node of a cluster counts its own listeners only.
    if (!this.clustered || received > 0) return received;
    const { count, isWhole } = await this.#count(channel);
    return count > 0 || isWhole ? count : undefined;
  }

  async listeners(channel: string): Promise<number> {
    return (await this.#count(channel)).count;
  }

  /** Of every node, replicas too, that answers; rejects where none does. */
  async #count(channel: string): Promise<{ readonly count: number; readonly isWhole: boolean }> {
    const replies = await this.#transport.sendToAll(["PUBSUB", "NUMSUB", channel]);
    const counts = replies.filter((reply) => Array.isArray(reply)).map((reply) => Number(reply[1]));
    if (counts.length === 0) this.#checked(replies[0] as Reply | TransportError);
    return {
      count: counts.reduce((sum, each) => sum + each, 0),
      isWhole: counts.length === replies.length,
    };
  }

  /** Publishes by a master other than `away`, by turns; returns whether it was taken. Rejects with the refusal of Redis. */
  async #publishFrom(channel: string, text: string, away: string): Promise<boolean> {
    const all = await this.#transport.nodes();
    const others = all.length > 1 ? all.filter((each) => each !== away) : all;
    const node = others[this.#turn++ % others.length];
    if (node === undefined) return false;
    const sending = this.#transport.sendToNode(node, ["PUBLISH", channel, text]);
    const reply = await withDeadline(sending, PUBLISH_MS, () => undefined);
    if (reply instanceof ReplyError && refusalOf(reply.message)?.all !== true) throw reply;
    return reply !== undefined && !(reply instanceof Error);
  }

  async listen(what: readonly string[], signal: AbortSignal): Promise<Listening> {
    try {
      this.#master?.followLater();
      return await this.#subscriber.listen(what, signal);
    } catch (error) {
      throw this.#away(error);
    }
  }

  async text(key: string): Promise<string | undefined> {
    return optional(await this.#ask(["GET", key]));
  }

  async row(key: string): Promise<Record<string, string>> {
    return paired(await this.#ask(["HGETALL", key]));
  }

  async rows(keys: readonly string[]): Promise<Record<string, string>[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["HGETALL", key]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? {} : paired(this.#checked(reply))
    );
  }

  async field(key: string, field: string): Promise<string | undefined> {
    return optional(await this.#ask(["HGET", key, field]));
  }

  async fields(keys: readonly string[], field: string): Promise<(string | undefined)[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["HGET", key, field]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? undefined : optional(this.#checked(reply))
    );
  }

  async newest(key: string, count: number): Promise<string[]> {
    return listed(await this.#ask(["ZRANGE", key, String(-count), "-1"]));
  }

  async scored(key: string, scores: readonly number[]): Promise<string[]> {
    const batch = this.#transport.batch();
    for (const score of scores.map(String)) {
      batch.add(["ZRANGE", key, score, score, "BYSCORE", "LIMIT", "0", "1000"]);
    }
    return (await this.#transport.send(batch)).flatMap((reply) =>
      isWrongType(reply) ? [] : listed(this.#checked(reply))
    );
  }

  async members(key: string): Promise<string[]> {
    return listed(await this.#ask(["SMEMBERS", key]));
  }

  async entries(key: string, count: number): Promise<Record<string, string>[]> {
    return (await this.identified(key, count)).map(({ row }) => row);
  }

  async identified(
    key: string,
    count: number,
  ): Promise<{ readonly id: string; readonly row: Record<string, string> }[]> {
    const reply = await this.#ask(["XREVRANGE", key, "+", "-", "COUNT", String(count)]);
    return readEntries(reply).toReversed();
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
    const all = this.#checked(fault ?? replies.at(-1) as Reply | TransportError);
    const [info = null, found = null, text = null] = Array.isArray(all) ? all as readonly Reply[] : [];
    const entries = readEntries(this.#checked(found));
    // Of a stream that is not there it is an error.
    const isThere = !(info instanceof Error) || !info.message.includes("no such key");
    return {
      entries: after === undefined ? entries.toReversed() : entries,
      info: isThere ? readStreamInfo(this.#checked(info)) : undefined,
      beside: optional(this.#checked(text)),
    };
  }

  async lastIds(keys: readonly string[]): Promise<Map<string, string | undefined>> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["XREVRANGE", key, "+", "-", "COUNT", "1"]);
    const replies = await this.#transport.send(batch);
    return new Map(keys.flatMap((key, i): [string, string | undefined][] => {
      const reply = replies[i] as Reply | TransportError;
      if (isRejected(reply)) return [];
      const [entry] = Array.isArray(reply) ? reply : [];
      return [[key, Array.isArray(entry) ? String(entry[0]) : undefined]];
    }));
  }

  async lengths(keys: readonly string[]): Promise<number[]> {
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["XLEN", key]);
    return (await this.#transport.send(batch)).map((reply) =>
      isWrongType(reply) ? 0 : Number(this.#checked(reply))
    );
  }

  async type(key: string): Promise<string> {
    return String(await this.#ask(["TYPE", key]));
  }

  async *scan(pattern: string): AsyncGenerator<string[]> {
    for (const node of await this.#transport.nodes()) {
      let cursor = "0";
      do {
        const reply = this.#checked(
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
    if (!this.clustered) return Number(await this.#ask(["UNLINK", ...keys]));
    const batch = this.#transport.batch();
    for (const key of keys) batch.add(["UNLINK", key]);
    const replies = await this.#transport.send(batch);
    return replies.reduce<number>((sum, reply) => sum + Number(this.#checked(reply)), 0);
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
    const [seconds, micros] = listed(this.#checked(reply as Reply | TransportError));
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }

  async info(section: string): Promise<Record<string, string>> {
    const lines = String(await this.#ask(["INFO", section])).split("\r\n");
    return Object.fromEntries(
      lines.filter((line) => /^\w+:/.test(line)).map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#subscriber[Symbol.asyncDispose](),
      this.#transport[Symbol.asyncDispose](),
      this.#master?.[Symbol.asyncDispose](),
    ]);
  }

  /** Whether an entry may have been taken before. */
  #wasSent(write: Write): boolean {
    return this.#cutOff.has(write) || (write.kind === "append" && write.again === true);
  }

  /** A refusal may mean that another server is the one to write to. */
  #lookElsewhere(refusal: RedisRefusal | undefined): void {
    if (refusal?.elsewhere) this.#transport.renew();
    if (refusal?.elsewhere || refusal?.isolated) this.#master?.look();
  }

  async #ask(command: Command): Promise<Reply> {
    const batch = this.#transport.batch();
    batch.add(command);
    const [reply] = await this.#transport.send(batch);
    return this.#checked(reply as Reply | TransportError);
  }

  #checked(reply: Reply | TransportError): Reply {
    if (reply instanceof Error) throw this.#away(reply);
    return reply;
  }

  #away(error: unknown): StoreError {
    return new StoreError(message("redis.fault", { url: this.#shown, reason: reasonOf(error) }), {
      cause: error,
    });
  }

  #noteRefused(write: Write, error: Error): RefusedWrite {
    const key = keyOf(write);
    this.#written.delete(key);
    // Only kinds that are known are distinguished, so that they are few.
    const kind = refusalOf(error.message) === undefined ? "" : error.message.split(" ", 1)[0] as string;
    this.#complaint(kind)("Redis refuses to write a key", { key, reason: englishOf(reasonOf(error)) });
    return { write, reason: error.message };
  }

  #complaint(kind: string): SparseWarning {
    const complain = this.#complaints.get(kind) ?? sparseWarning(log, { everyMs: COMPLAIN_MS });
    this.#complaints.set(kind, complain);
    return complain;
  }
}

function causeOf({ cause }: StoreError): string {
  return cause instanceof Error ? cause.message : "";
}

function optional(reply: Reply): string | undefined {
  return reply === null ? undefined : String(reply);
}

function listed(reply: Reply): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

function isScalar(reply: Reply | TransportError | undefined): boolean {
  return typeof reply === "string" || typeof reply === "number";
}
