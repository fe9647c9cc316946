/**
 * What is known of paths, connections, servers and the service at one moment. Pages, metrics, the reply to `status`,
 * `P/subs` and the command line show parts of it. Times are Unix milliseconds; 0: never.
 */
import type { Protocol } from "../okx/codec.ts";
import type { ConnectionName, ExchangeRejection, Owner, SubscriptionState } from "./events.ts";
import type { Stats } from "./stats.ts";

/** One desired path of a server. */
export type PathStatus = {
  readonly path: string;
  readonly state: SubscriptionState;
  /** Why nothing comes: what the exchange said, or Redis, where it refuses to keep the rows. */
  readonly error: ExchangeRejection | null;
  /** When the state was entered. */
  readonly since: number;
  /** When a row last arrived. */
  readonly receivedAt: number;
  /** Rows since it is subscribed. */
  readonly rows: number;
  /** Who desires it: the configuration file, a command, or both. */
  readonly owners: readonly Owner[];
  /** The connection that serves it, such as `public` or `public#2`. */
  readonly connection: ConnectionName;
  /** Grows with every new request for it on that connection. */
  readonly generation: number;
  /** Longest silence that the exchange promises; null: quiet is normal. */
  readonly everyMs: number | null;
};

/** `idle`: nothing is desired of it; `waiting`: backing off after a failure. */
export type ConnectionState = "idle" | "waiting" | "connecting" | "connected" | "stopped";

/** One connection of a server. */
export type ConnectionStatus = {
  /** The name of the connection: its endpoint, with a number where there are more of them. */
  readonly endpoint: ConnectionName;
  readonly url: string;
  readonly state: ConnectionState;
  /** Since when. */
  readonly since: number;
  /** Dials in a row without anything useful received. */
  readonly attempts: number;
  readonly lastError: string;
  /** The exchange's name for the socket; empty where it gave none. */
  readonly connId: string;
  /** When anything was last received on it but a pong. */
  readonly receivedAt: number;
  /** Upstream subscriptions that it carries. */
  readonly subscriptions: number;
};

/** One server. */
export type ServerStatus = {
  readonly name: string;
  readonly protocol: Protocol;
  /** The exchange as the user wrote it. */
  readonly endpoint: string;
  /** Milliseconds that the exchange's clock is ahead of ours; null: not measured. */
  readonly clockSkewMs: number | null;
  readonly connections: readonly ConnectionStatus[];
  readonly subscriptions: readonly PathStatus[];
};

/** Whether a service is the one that writes. */
export type LeaseStatus = {
  /**
   * `waiting`: it does not hold the lease, or not yet; `standby`: it waits for another one's end; `unprotected`: Redis does not
   * let it, and it writes without.
   */
  readonly role: "active" | "waiting" | "standby" | "unprotected";
  /** The number of its term; 0: none has begun. */
  readonly epoch: number;
  /** Milliseconds since Redis said last that the lease is its own; null: never. */
  readonly ageMs: number | null;
};

/** A service that stands by, as it says of itself. */
export type StandbyStatus = {
  readonly instance: string;
  /** The shard that it stands by for; left out where there are none. */
  readonly shard?: string;
  /** Whether it is connected to the exchange already. */
  readonly mode: "warm" | "cold";
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Where its pages are; empty when they are off. */
  readonly url: string;
  /** When it was started, Unix ms by its own clock. */
  readonly since: number;
  /** Whether all that it subscribes is live; of one that is not connected yet always. */
  readonly ready: boolean;
  /** Milliseconds since it said so. */
  readonly ageMs: number;
};

/** One of the services that share the work. */
export type ShardStatus = {
  /** `2/3`. */
  readonly shard: string;
  /** Who has it; null: nobody, so that nothing of it is kept up. */
  readonly holder:
    | {
      readonly instance: string;
      readonly host: string;
      readonly pid: number;
      /** Where its pages are; empty when they are off. */
      readonly url: string;
      readonly epoch: number;
      /** When its term began, Unix ms by its own clock. */
      readonly since: number;
    }
    | null;
};

/** The whole service. */
export type ServiceStatus = {
  readonly version: string;
  /** Which shard this one is, as `2/3`; left out where there are none. */
  readonly shard?: string;
  /** All of them, this one too, as they were when they were read last. */
  readonly shards?: readonly ShardStatus[];
  readonly lease: LeaseStatus;
  /** Services that stand by under the same KEY_PREFIX. */
  readonly standbys: readonly StandbyStatus[];
  /** What is desired is not known yet. */
  readonly starting: boolean;
  readonly stopping: boolean;
  /** Why Redis does not take writes; empty when it does. */
  readonly outage: string;
  /** What Redis refuses of what is said of whole servers, and why it cannot be compared with what was written. */
  readonly faults: readonly string[];
  readonly stats: Stats;
  readonly servers: readonly ServerStatus[];
};
