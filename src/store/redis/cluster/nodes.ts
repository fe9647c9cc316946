/** The connections to the nodes of a cluster: one each, opened when a node is first needed and ended when it is left. */
import { sleep } from "../../../shared/async/sleep.ts";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import { type ClientOptions, connectClient, createClient } from "../connect.ts";
import type { Gate } from "../lease/gate.ts";
import { Pipeline } from "../pipeline.ts";

/** One node that is connected to, or is being. */
export type Node = {
  readonly name: string;
  readonly address: HostPort;
  readonly wire: Pipeline;
  /** Resolves when the first attempt to connect has succeeded or failed. */
  readonly up: Promise<void>;
  /** Returns whether it will not connect again by itself. */
  isEnded(): boolean;
};

/** Settings of {@link ClusterNodes}. */
export type ClusterNodesOptions = {
  readonly client: ClientOptions;
  readonly connectTimeoutMs: number;
  readonly gate?: Gate | undefined;
  /** A node is connected to. */
  readonly onReady: (name: string) => void;
  /** A connection that was there is lost. */
  readonly onLost: (name: string) => void;
};

/** A connection that is left may have its answers yet, for so long; after half of it without one it is dead. */
const DRAIN_MS = 500;

/** The connections to the nodes of a cluster, none at first. */
export class ClusterNodes implements AsyncDisposable {
  readonly #options: ClusterNodesOptions;
  readonly #nodes = new Map<string, Node>();
  /** Connections that are being ended. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: ClusterNodesOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Returns the node of this name, where it is connected to. */
  get(name: string): Node | undefined {
    return this.#nodes.get(name);
  }

  all(): Node[] {
    return [...this.#nodes.values()];
  }

  /** Returns the node at an address, connected to if it was not. */
  open(address: HostPort): Node {
    const name = formatHost(address);
    const known = this.#nodes.get(name);
    if (known !== undefined && !known.isEnded()) return known;
    if (known !== undefined) this.leave(name);
    const { client, connectTimeoutMs, gate, onReady, onLost } = this.#options;
    const redis = createClient({ ...client, ...address });
    const wire = new Pipeline(redis, { gate, onReady: () => onReady(name), onLost: () => onLost(name) });
    const up = connectClient(redis, connectTimeoutMs).catch(() => {});
    const node: Node = { name, address, wire, up, isEnded: () => redis.status === "end" };
    if (this.isClosed) this.#end(node);
    else this.#nodes.set(name, node);
    return node;
  }

  /** Ends the connection to a node, after what it was asked is answered where it still answers. */
  leave(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    this.#end(node);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const name of [...this.#nodes.keys()]) this.leave(name);
    await Promise.all(this.#leaving);
  }

  #end(node: Node): void {
    const end = async () => {
      const { signal } = this.#closing;
      const until = performance.now() + DRAIN_MS;
      while (!signal.aborted && performance.now() < until) {
        const silentMs = node.wire.unansweredMs();
        if (silentMs === undefined || silentMs > DRAIN_MS / 2) break;
        await sleep(DRAIN_MS / 10, signal);
      }
      await node.wire[Symbol.asyncDispose]();
    };
    const leaving = end().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
