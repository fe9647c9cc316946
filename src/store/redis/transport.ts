/**
 * What the store needs of a connection to Redis, be it one server or the nodes of a cluster: batches of commands out,
 * replies in the same order back. One socket's implementation is `pipeline.ts`, a cluster's is `cluster.ts`.
 */
import type { RedisCommand } from "./commands.ts";
import type { RedisReply } from "./resp.ts";

/** Commands collected for one batch. */
export type Batch = {
  add(command: RedisCommand): void;
  readonly size: number;
};

/** The connection was lost, or there is none. Not an answer of Redis. */
export class TransportError extends Error {
  override readonly name = "WireError";
}

/** Whether something concerns what is under a key. */
export type Affected = (key: string) => boolean;

/** Sends batches of commands and resolves with their replies, in order. */
export type RedisTransport = AsyncDisposable & {
  /** Returns an empty batch. */
  batch(): Batch;
  /** Sends a batch that this transport made; resolves with replies in the order of its commands, with errors among the replies. */
  send(batch: Batch): Promise<(RedisReply | TransportError)[]>;
  /** Sends commands that need no lease; one reply each. */
  ask(commands: readonly RedisCommand[]): Promise<(RedisReply | TransportError)[]>;
  /** What shares its lane with other keys may wait for them; what has another one never does. */
  laneOf(key: string): string;
  /** Sends one command to every node, replicas too; one reply each. */
  sendToAll(command: RedisCommand): Promise<(RedisReply | TransportError)[]>;
  /** Returns the masters by name, for what must be asked of one after the other. */
  nodes(): Promise<readonly string[]>;
  /** Sends one command to one of {@link nodes}. */
  sendToNode(node: string, command: RedisCommand): Promise<RedisReply | TransportError>;
  /** Gives up the present connections, so that the master is looked up again. */
  renew(): void;
};
