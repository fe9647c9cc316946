/**
 * A link to a Redis Cluster: one wire per master, batches split by slot and put together again. What a node redirects
 * (MOVED, ASK) is sent once more where it points to; what still fails after that is left to the caller, who repeats the
 * whole batch.
 */
import calculateSlot from "cluster-key-slot";
import { formatHost, type HostPort } from "../../shared/redis_url.ts";
import { type ClientOptions, connectClient, createClient } from "./connect.ts";
import type { Command } from "./commands.ts";
import { type Batch, type RedisTransport, TransportError } from "./transport.ts";
import { encodeCommand, type Reply, ReplyError } from "./resp.ts";
import { Pipeline, type PipelineOptions } from "./pipeline.ts";

/** Settings of {@link openClusterLink}. */
export type ClusterOptions = {
  readonly seeds: readonly HostPort[];
  readonly client: ClientOptions;
  readonly wire: PipelineOptions;
  readonly connectTimeoutMs: number;
};

/** How often one batch follows redirections. */
const MAX_ROUNDS = 5;

/** Slots learnt from redirections or long ago are asked for again after this time. */
const REFRESH_MS = 30_000;

/** A command, or a transaction, which goes to one node as a whole. */
type Unit = {
  readonly text: string;
  readonly count: number;
  readonly at: number;
  readonly slot: number;
  /** Where it is to be sent against the map of slots, because a slot is being moved. */
  asking?: string;
};

/** Commands of a batch as units. */
class UnitBatch implements Batch {
  readonly units: Unit[] = [];
  size = 0;
  #open: { text: string; count: number; key: string | undefined } | undefined;

  add(command: Command): void {
    const [name, key = ""] = command;
    this.size += 1;
    const unit = this.#open ?? { text: "", count: 0, key: undefined };
    unit.text += encodeCommand(command);
    unit.count += 1;
    if (name === "MULTI") this.#open = unit;
    else if (name === "EXEC") this.#open = undefined;
    else unit.key ??= key;
    if (this.#open !== undefined) return;
    const { text, count } = unit;
    this.units.push({ text, count, at: this.size - count, slot: calculateSlot(unit.key ?? "") });
  }
}

type Node = { readonly place: HostPort; readonly wire: Pipeline; readonly up: Promise<void> };

/** Commands in batches to the masters of a Redis Cluster. */
export class ClusterTransport implements RedisTransport {
  readonly #options: ClusterOptions;
  readonly #nodes = new Map<string, Node>();
  /** Connections that are being ended. */
  readonly #leaving = new Set<Promise<void>>();
  #slots: string[] = [];
  #masters: readonly HostPort[] = [];
  #refreshing: Promise<void> | undefined;
  #refreshedAt = -Infinity;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  batch(): Batch {
    return new UnitBatch();
  }

  async send(batch: Batch): Promise<(Reply | TransportError)[]> {
    const { units, size } = batch as UnitBatch;
    const replies: (Reply | TransportError)[] = new Array(size).fill(
      new TransportError("no node of the cluster is known"),
    );
    let open: readonly Unit[] = units;
    await this.#ready();
    for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round++) {
      const again = await this.#round(open, replies);
      if (again.length === open.length && !again.some(({ asking }) => asking)) await this.#refresh();
      open = again;
    }
    return replies;
  }

  async sendToAll(command: Command): Promise<(Reply | TransportError)[]> {
    const nodes = await this.nodes();
    return await Promise.all(nodes.map((node) => this.sendToNode(node, command)));
  }

  async nodes(): Promise<readonly string[]> {
    await this.#ready();
    const masters = this.#masters.map(formatHost);
    return masters.length > 0 ? masters : this.#options.seeds.map(formatHost);
  }

  async sendToNode(node: string, command: Command): Promise<Reply | TransportError> {
    const known = [...this.#masters, ...this.#options.seeds].find((each) => formatHost(each) === node);
    if (known === undefined || this.#closed) {
      return new TransportError(`${node} is no master of the cluster`);
    }
    const reply = await this.#node(known).wire.sendToNode(node, command);
    if (reply instanceof TransportError) this.#refreshedAt = -Infinity;
    return reply;
  }

  renew(): void {
    for (const { wire } of this.#nodes.values()) wire.renew();
    this.#refreshedAt = -Infinity;
  }

  /** Masters as far as they are known, else what the URL names: where a subscriber may connect. */
  candidates(): readonly HostPort[] {
    return this.#masters.length > 0 ? this.#masters : this.#options.seeds;
  }

  /** Asks for the map of slots. Rejects when no node answers. */
  async connect(): Promise<void> {
    await this.#refresh(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const name of this.#nodes.keys()) this.#leave(name);
    await this.#refreshing?.catch(() => {});
    await Promise.all(this.#leaving);
  }

  /** Sends units where they belong; answers those that were redirected. */
  async #round(units: readonly Unit[], replies: (Reply | TransportError)[]): Promise<Unit[]> {
    const byNode = new Map<string, Unit[]>();
    for (const unit of units) {
      const place = unit.asking ?? this.#slots[unit.slot] ?? "";
      const group = byNode.get(place);
      if (group === undefined) byNode.set(place, [unit]);
      else group.push(unit);
    }
    const again: Unit[] = [];
    await Promise.all(
      [...byNode].map(async ([place, group]) => {
        const node = this.#nodes.get(place);
        if (node === undefined) {
          this.#refreshedAt = -Infinity;
          const error = new TransportError(
            place === "" ? "a slot is served by nobody" : `${place} is not known`,
          );
          for (const { at, count } of group) replies.fill(error, at, at + count);
          return;
        }
        const text = group.map((unit) => unit.asking === undefined ? unit.text : ASKING + unit.text).join("");
        const extra = group.reduce((sum, unit) => sum + (unit.asking === undefined ? 0 : 1), 0);
        const count = group.reduce((sum, unit) => sum + unit.count, extra);
        const answers = await node.wire.sendText(text, count);
        let next = 0;
        for (const unit of group) {
          if (unit.asking !== undefined) next += 1;
          let first: Error | undefined;
          for (let i = 0; i < unit.count; i++) {
            const answer = answers[next++] as Reply | TransportError;
            replies[unit.at + i] = answer;
            if (first === undefined && answer instanceof Error) first = answer;
          }
          if (first !== undefined && this.#isRedirected(unit, first)) again.push(unit);
        }
      }),
    );
    return again.sort((a, b) => a.at - b.at);
  }

  #isRedirected(unit: Unit, error: Error): boolean {
    delete unit.asking;
    if (!(error instanceof ReplyError)) {
      this.#refreshedAt = -Infinity;
      return false;
    }
    const [word, slot, address = ""] = error.message.split(" ");
    if (word === "CLUSTERDOWN" || word === "READONLY") this.#refreshedAt = -Infinity;
    if (word !== "MOVED" && word !== "ASK") return false;
    const cut = address.lastIndexOf(":");
    const place: HostPort = { host: address.slice(0, cut), port: Number(address.slice(cut + 1)) };
    if (place.host === "" || this.#closed) return false;
    this.#node(place);
    if (word === "ASK") unit.asking = formatHost(place);
    else {
      this.#slots[Number(slot)] = formatHost(place);
      this.#refreshedAt = -Infinity;
    }
    return true;
  }

  /** The map of slots is there and not too old; failing to get it is found out by the sending itself. */
  async #ready(): Promise<void> {
    if (performance.now() - this.#refreshedAt > REFRESH_MS) await this.#refresh();
    await Promise.all([...this.#nodes.values()].map(({ up }) => up));
  }

  #refresh(mustAnswer = false): Promise<void> {
    const refreshing = this.#refreshing ??= this.#askForSlots().finally(() => this.#refreshing = undefined);
    return mustAnswer ? refreshing : refreshing.catch(() => {});
  }

  async #askForSlots(): Promise<void> {
    let reason: unknown = new TransportError("no node of the cluster answers");
    const seeds = this.#options.seeds.filter((seed) => !this.#nodes.has(formatHost(seed)));
    for (const place of [...[...this.#nodes.values()].map((node) => node.place), ...seeds]) {
      if (this.#closed) break;
      const node = this.#node(place);
      await node.up;
      const reply = await node.wire.sendToNode("", ["CLUSTER", "SLOTS"]);
      if (this.#closed) break;
      if (!Array.isArray(reply)) {
        reason = reply;
        continue;
      }
      this.#adopt(reply, place);
      return;
    }
    throw reason;
  }

  /** Takes over a map of slots: new masters are connected to, and nodes that have none any more are left. */
  #adopt(ranges: readonly Reply[], asked: HostPort): void {
    const slots: string[] = [];
    const masters = new Map<string, HostPort>();
    for (const range of ranges) {
      const [from, to, master] = Array.isArray(range) ? range : [];
      const [host, port] = Array.isArray(master) ? master : [];
      const place: HostPort = { host: String(host ?? "") || asked.host, port: Number(port) };
      masters.set(formatHost(place), place);
      for (let slot = Number(from); slot <= Number(to); slot++) slots[slot] = formatHost(place);
    }
    this.#slots = slots;
    this.#masters = [...masters.values()];
    this.#refreshedAt = performance.now();
    for (const place of this.#masters) this.#node(place);
    for (const name of this.#nodes.keys()) if (!masters.has(name)) this.#leave(name);
  }

  #leave(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    const leaving = node.wire[Symbol.asyncDispose]().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #node(place: HostPort): Node {
    const name = formatHost(place);
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const redis = createClient({ ...this.#options.client, ...place });
    const wire = new Pipeline(redis, this.#options.wire);
    const up = connectClient(redis, this.#options.connectTimeoutMs).catch(() => {});
    const node: Node = { place, wire, up };
    this.#nodes.set(name, node);
    return node;
  }
}

const ASKING = encodeCommand(["ASKING"]);
