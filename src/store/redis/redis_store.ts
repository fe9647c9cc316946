/**
 * The store over Redis: a transport for batches (one connection, or one for each master of a cluster) and one connection for
 * subscriptions. How writes are applied is in `batch_writer.ts`, what is read in `redis_reader.ts`.
 */
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { causeText, LeaseError, MessageError, StoreError } from "../../shared/errors.ts";
import { roomLogger } from "../../logging/log.ts";
import { englishOf, type Message, message } from "../../shared/messages/message.ts";
import { type HostPort, parseRedisUrl } from "../../shared/redis_url.ts";
import type { Shard } from "../../shared/shard.ts";
import type { Listening, ListenOptions, Store } from "../store.ts";
import type { Applied } from "../write/applied.ts";
import type { Write } from "../write/write.ts";
import { BatchWriter } from "./batch/batch_writer.ts";
import { ClusterTransport } from "./cluster/transport.ts";
import type { RedisCommand } from "./commands.ts";
import { type ClientOptions, clientOptions, connectClient, createClient, reasonOf } from "./connect.ts";
import { clientName, hasLongBeenUsed } from "./lease/client_name.ts";
import { Gate } from "./lease/gate.ts";
import type { Lease } from "./lease/lease.ts";
import type { SendCommands } from "./lease/lease_keys.ts";
import { IoredisError, Pipeline } from "./pipeline.ts";
import { type RedisRefusal, refusalOf, remedyOf } from "../../shared/redis_errors.ts";
import { RedisReader } from "./redis_reader.ts";
import { type RedisReply, ReplyError } from "./resp.ts";
import { type FollowedMaster, followMaster } from "./sentinel/followed_master.ts";
import { Subscriber } from "./subscriber.ts";
import type { Affected, RedisTransport, TransportError } from "./transport.ts";

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
  /** The service that writes holds it. */
  readonly lease?: StoreLease;
};

/** The lease of a KEY_PREFIX, and in whose name it is held. */
export type StoreLease = {
  readonly lease: Lease;
  readonly keyPrefix: string;
  readonly instance: string;
  readonly shard?: Shard | undefined;
  /** What asks Redis beside it, whether the lease is held or not: who stands by, who may dial. */
  readonly beside?: readonly { begin(ask: SendCommands): void }[];
};

const log = roomLogger("store");

/** How long a message to ourselves may take; another node takes the next one. */
const PUBLISH_MS = 1000;

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
  // In a cluster clients are at other nodes than the lease, which it must not depend on.
  const isInUse = target.mode === "cluster" || gate === undefined
    ? undefined
    : (clients: string) => hasLongBeenUsed(clients, gate.name);
  options.lease?.lease.begin((commands) => store.ask(commands), isInUse);
  for (const each of options.lease?.beside ?? []) each.begin((commands) => store.ask(commands));
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
  { lease, keyPrefix, instance, shard }: StoreLease,
  { client, clustered }: { readonly client: ClientOptions; readonly clustered: boolean },
): Gate {
  return new Gate({
    ...{ lease, clustered, name: clientName({ keyPrefix, instance, shard, db: client.db ?? 0 }) },
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

class RedisStore extends RedisReader implements Store {
  readonly #transport: RedisTransport;
  readonly #subscriber: Subscriber;
  readonly #writer: BatchWriter;
  readonly #master: FollowedMaster | undefined;
  #turn = 0;

  constructor(link: RedisTransport, parts: Parts) {
    super(link, parts);
    const { client, isPersistent, nodes, ownChannel, master, gate } = parts;
    this.#master = master;
    this.#transport = link;
    this.#writer = new BatchWriter(link, (error) => this.#lookElsewhere(refusalOf(causeText(error))));
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
  ask(commands: readonly RedisCommand[]): Promise<(RedisReply | TransportError)[]> {
    return this.#transport.ask(commands);
  }

  laneOf(key: string): string {
    return this.#transport.laneOf(key);
  }

  forget(affected?: Affected): void {
    this.#writer.forget(affected);
  }

  /** Nodes of the cluster have come, gone or changed their parts. */
  onNodesChanged(): void {
    this.#subscriber.check();
  }

  apply(writes: readonly Write[]): Promise<Applied> {
    return this.#writer.apply(writes);
  }

  async publish(channel: string, message: string): Promise<number | undefined> {
    const received = Number(await this.command(["PUBLISH", channel, message]));
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
    if (counts.length === 0) this.checked(replies[0] as RedisReply | TransportError);
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

  async listen(
    what: readonly string[],
    signal: AbortSignal,
    options?: ListenOptions,
  ): Promise<Listening> {
    try {
      this.#master?.followLater();
      return await this.#subscriber.listen(what, signal, options);
    } catch (error) {
      throw this.away(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      this.#subscriber[Symbol.asyncDispose](),
      this.#transport[Symbol.asyncDispose](),
      this.#master?.[Symbol.asyncDispose](),
    ]);
  }

  /** A refusal may mean that another server is the one to write to. */
  #lookElsewhere(refusal: RedisRefusal | undefined): void {
    if (refusal?.elsewhere) this.#transport.renew();
    if (refusal?.elsewhere || refusal?.isolated) this.#master?.look();
  }
}
