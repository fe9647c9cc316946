/**
 * A link to a Redis Cluster: one pipeline for each node, batches split by slot and put together again. A batch waits for
 * the nodes that it is for and for no other. What a node redirects (MOVED, ASK) is sent once more where it points to; what
 * still fails after that is left to the caller, who repeats the whole batch.
 */
import { withDeadline } from "../../../shared/async/with_deadline.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import { slotOfKey, type Unit, UnitBatch } from "./unit_batch.ts";
import { ClusterNodes, type Node } from "./nodes.ts";
import type { RedisCommand } from "../commands.ts";
import type { ClientOptions } from "../connect.ts";
import { refusalOf } from "../../../shared/redis_errors.ts";
import { encodeCommand, type RedisReply, ReplyError } from "../resp.ts";
import { Topology } from "./topology.ts";
import type { Gate } from "../lease/gate.ts";
import { type Affected, type Batch, type RedisTransport, TransportError } from "../transport.ts";

/** Settings of {@link ClusterTransport}. */
export type ClusterOptions = {
  readonly seeds: readonly HostPort[];
  readonly client: ClientOptions;
  readonly connectTimeoutMs: number;
  /** A node that serves these keys is connected to. */
  readonly onReady?: (affected: Affected) => void;
  /** What is under these keys may not be what was written: a connection is lost, or another node serves them. */
  readonly onLost?: (affected: Affected) => void;
  /** Nodes have come, gone or changed their parts. */
  readonly onChange?: () => void;
  /** What every connection has to pass before it may write. */
  readonly gate?: Gate | undefined;
};

/** How often one batch follows redirections. */
const MAX_ROUNDS = 5;

/** How long one node may take to answer what is asked of several. */
const ANSWER_MS = 1000;

/** A node that owes an answer for so long is asked last. */
const SLOW_MS = 300;

/** For so long after a redirection what a slot's publishes are about may be on its way to another node. */
const MOVING_MS = 2000;

/** Commands in batches to the masters of a Redis Cluster. */
export class ClusterTransport implements RedisTransport {
  readonly #options: ClusterOptions;
  readonly #nodes: ClusterNodes;
  readonly #topology: Topology;
  /** When a slot that is being moved was last noticed, by slot. */
  readonly #moving = new Map<number, number>();

  constructor(options: ClusterOptions) {
    const { seeds, connectTimeoutMs } = options;
    const { onReady = () => {}, onLost = () => {}, onChange = () => {} } = options;
    this.#options = options;
    this.#nodes = new ClusterNodes({
      ...options,
      onReady: (name) => onReady(this.#servedBy(name)),
      onLost: (name) => {
        onLost(this.#servedBy(name));
        this.#topology.suspect();
      },
    });
    this.#topology = new Topology({
      ...{ seeds, connectTimeoutMs, nodes: this.#nodes },
      onChange: (moved) => {
        const isMoved = (key: string) => moved.has(slotOfKey(key));
        if (moved.size > 0) {
          onLost(isMoved);
          onReady(isMoved);
        }
        onChange();
      },
    });
  }

  batch(): Batch {
    return new UnitBatch();
  }

  async send(batch: Batch): Promise<(RedisReply | TransportError)[]> {
    const all = batch as UnitBatch;
    const { units, size } = all;
    const replies: (RedisReply | TransportError)[] = new Array(size).fill(
      new TransportError("no node of the cluster is known"),
    );
    if (all.isKeyless && size > 0) {
      await this.#sendAnywhere(units, replies);
      return replies;
    }
    if (units.some(({ slot }) => this.#topology.ownerOf(slot) === undefined)) await this.#refresh();
    const isLate = (unit: Unit) => unit.isPublish && this.#isMoving(unit.slot);
    const late = this.#moving.size === 0 ? [] : units.filter(isLate);
    await this.#follow(late.length === 0 ? units : units.filter((unit) => !isLate(unit)), replies);
    // A client that learns of a row finds it, also where it had to be sent twice.
    await this.#follow(late, replies);
    return replies;
  }

  /** Sends commands that need no lease. */
  async ask(commands: readonly RedisCommand[]): Promise<(RedisReply | TransportError)[]> {
    const batch = new UnitBatch(true);
    for (const command of commands) batch.add(command);
    return await this.send(batch);
  }

  laneOf(key: string): string {
    return String(slotOfKey(key));
  }

  async sendToAll(command: RedisCommand): Promise<(RedisReply | TransportError)[]> {
    await this.#ready();
    const addresses = [...this.#topology.masters(), ...this.#topology.replicas()];
    return await Promise.all(addresses.map(async (address) => {
      const node = this.#nodes.open(address);
      const asking = node.up.then(() => node.wire.sendToNode("", command));
      return await withDeadline(asking, ANSWER_MS, () => new TransportError(`${node.name} does not answer`));
    }));
  }

  async nodes(): Promise<readonly string[]> {
    await this.#ready();
    return this.#topology.masters().map(formatHost);
  }

  async sendToNode(name: string, command: RedisCommand): Promise<RedisReply | TransportError> {
    const address = this.#topology.masters().find((each) => formatHost(each) === name);
    if (address === undefined || this.#nodes.isClosed) {
      return new TransportError(`${name} is no master of the cluster`);
    }
    const node = this.#nodes.open(address);
    await node.up;
    const reply = await node.wire.sendToNode(name, command);
    if (reply instanceof TransportError) this.#topology.suspect();
    return reply;
  }

  renew(): void {
    this.#topology.suspect();
  }

  /** Returns where a subscriber may connect: masters, those that answer first. */
  candidates(): readonly HostPort[] {
    const masters = this.#topology.masters();
    return [
      ...masters.filter((address) => this.#isPrompt(address)),
      ...masters.filter((address) => !this.#isPrompt(address)),
    ];
  }

  /** Asks for the map of slots. Rejects when no node has one. */
  async connect(): Promise<void> {
    await this.#topology.refresh();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#topology[Symbol.asyncDispose](), this.#nodes[Symbol.asyncDispose]()]);
  }

  /** Sends units until none is redirected any more. */
  async #follow(units: readonly Unit[], replies: (RedisReply | TransportError)[]): Promise<void> {
    let open = units;
    for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round++) {
      const again = await this.#round(open, replies);
      if (again.length === open.length && !again.some(({ asking }) => asking)) await this.#refresh();
      open = again;
    }
  }

  /** Sends units where they belong; returns those that were redirected. */
  async #round(units: readonly Unit[], replies: (RedisReply | TransportError)[]): Promise<Unit[]> {
    const groups = Map.groupBy(units, (unit) => unit.asking ?? this.#topology.ownerOf(unit.slot) ?? "");
    const again = await Promise.all(
      [...groups].map(([name, group]) => this.#sendGroup(name, group, replies)),
    );
    return again.flat().sort((a, b) => a.at - b.at);
  }

  async #sendGroup(
    name: string,
    group: readonly Unit[],
    replies: (RedisReply | TransportError)[],
  ): Promise<Unit[]> {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      this.#topology.suspect();
      const error = new TransportError(name === "" ? "a slot is served by nobody" : `${name} is not known`);
      for (const { at, count } of group) replies.fill(error, at, at + count);
      return [];
    }
    await node.up;
    const text = group.map((unit) => unit.asking === undefined ? unit.text : ASKING + unit.text).join("");
    const count = group.reduce((sum, unit) => sum + unit.count + (unit.asking === undefined ? 0 : 1), 0);
    const isQuestion = group[0]?.isQuestion === true;
    const answers = await (isQuestion ? node.wire.askText(text, count) : node.wire.sendText(text, count));
    const again: Unit[] = [];
    let next = 0;
    for (const unit of group) {
      if (unit.asking !== undefined) next += 1;
      let first: Error | undefined;
      for (let i = 0; i < unit.count; i++) {
        const answer = answers[next++] as RedisReply | TransportError;
        replies[unit.at + i] = answer;
        if (first === undefined && answer instanceof Error) first = answer;
      }
      if (first !== undefined && this.#isRedirected(unit, first, node)) again.push(unit);
    }
    return again;
  }

  #isRedirected(unit: Unit, error: Error, node: Node): boolean {
    delete unit.asking;
    if (!(error instanceof ReplyError)) {
      this.#topology.suspect();
      return false;
    }
    const [word, , target = ""] = error.message.split(" ");
    if (word !== "MOVED" && word !== "ASK") {
      const refusal = refusalOf(error.message);
      if (refusal?.all) this.#topology.suspect();
      if (refusal?.elsewhere) node.wire.renew();
      if (word === "TRYAGAIN") this.#noteMoving(unit.slot);
      return false;
    }
    const cut = target.lastIndexOf(":");
    // An empty host is that of the node which says so.
    const address: HostPort = {
      host: target.slice(0, cut).replace(/^\?$/, "") || node.address.host,
      port: Number(target.slice(cut + 1)),
    };
    if (!(address.port > 0) || this.#nodes.isClosed) return false;
    this.#nodes.open(address);
    if (word === "MOVED") this.#topology.learn(unit.slot, address);
    else {
      unit.asking = formatHost(address);
      this.#noteMoving(unit.slot);
    }
    return true;
  }

  #servedBy(name: string): Affected {
    return (key) => this.#topology.ownerOf(slotOfKey(key)) === name;
  }

  #noteMoving(slot: number): void {
    this.#moving.set(slot, performance.now());
  }

  #isMoving(slot: number): boolean {
    const at = this.#moving.get(slot);
    if (at === undefined) return false;
    if (performance.now() - at < MOVING_MS) return true;
    this.#moving.delete(slot);
    return false;
  }

  /** Sends what names no key to one node after the other until one answers, those that are quick first. */
  async #sendAnywhere(units: readonly Unit[], replies: (RedisReply | TransportError)[]): Promise<void> {
    await this.#ready();
    const first = this.#topology.ownerOf(units[0]?.slot ?? 0);
    const addresses = [...this.candidates()].sort((a, b) => this.#rank(a, first) - this.#rank(b, first));
    const text = units.map((unit) => unit.text).join("");
    for (const address of addresses) {
      const node = this.#nodes.open(address);
      const isQuestion = units[0]?.isQuestion === true;
      const sending = node.up.then(() =>
        isQuestion ? node.wire.askText(text, units.length) : node.wire.sendText(text, units.length)
      );
      const answers = await withDeadline(
        sending,
        ANSWER_MS,
        () => units.map(() => new TransportError(`${node.name} does not answer`)),
      );
      for (const [i, answer] of answers.entries()) replies[i] = answer;
      if (!answers.some((answer) => isElsewhere(answer))) return;
      this.#topology.suspect();
    }
  }

  #rank(address: HostPort, first: string | undefined): number {
    return (this.#isPrompt(address) ? 0 : 2) + (formatHost(address) === first ? 0 : 1);
  }

  /** Returns whether a node is connected to and does not owe an answer for long. */
  #isPrompt(address: HostPort): boolean {
    const wire = this.#nodes.get(formatHost(address))?.wire;
    return wire?.isConnected === true && (wire.unansweredMs() ?? 0) < SLOW_MS;
  }

  /** A map is there; failing to get one is found out by the sending itself. */
  async #ready(): Promise<void> {
    if (this.#topology.ownerOf(0) === undefined) await this.#refresh();
  }

  async #refresh(): Promise<void> {
    await this.#topology.refresh().catch(() => {});
  }
}

const ASKING = encodeCommand(["ASKING"]);

/** Returns whether another node may do what this one did not. */
function isElsewhere(reply: RedisReply | TransportError): boolean {
  return reply instanceof TransportError ||
    (reply instanceof ReplyError && refusalOf(reply.message)?.all === true);
}
