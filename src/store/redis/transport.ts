/**
 * What the store needs of a connection to Redis, be it one server or the nodes of a cluster: batches of commands out,
 * replies in the same order back. One socket's implementation is `wire.ts`, a cluster's is `cluster_link.ts`.
 */
import type { Command } from "./commands.ts";
import type { Reply } from "./resp.ts";

/** Commands collected for one batch. */
export type Batch = {
  add(command: Command): void;
  readonly size: number;
};

/** The connection was lost, or there is none. Not an answer of Redis. */
export class TransportError extends Error {
  override readonly name = "WireError";
}

/** Sends batches of commands and resolves with their replies, in order. */
export type RedisTransport = AsyncDisposable & {
  /** An empty batch. */
  batch(): Batch;
  /** Sends a batch that this link made; answers in the order of its commands, with errors among the replies. */
  send(batch: Batch): Promise<(Reply | TransportError)[]>;
  /** Sends one command to every master; one reply each. */
  sendToAll(command: Command): Promise<(Reply | TransportError)[]>;
  /** The masters by name, for what must be asked of one after the other. */
  nodes(): Promise<readonly string[]>;
  /** Sends one command to one of {@link nodes}. */
  sendToNode(node: string, command: Command): Promise<Reply | TransportError>;
  /** Gives up the present connections, so that the master is looked up again. */
  renew(): void;
};
