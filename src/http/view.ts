/** What the HTTP pages read. Declared here because they ask for it; the service provides it. Times are Unix ms. */
import type { Stats } from "../model/stats.ts";

/** One wanted path of one server. */
export type PathView = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When the state was entered. */
  readonly since?: number;
  /** When a row last arrived; 0: never. */
  readonly receivedAt?: number;
  readonly rows?: number;
  readonly owners?: readonly string[];
  /** The connection that serves it, such as `public` or `public#2`. */
  readonly connection?: string;
  /** Longest silence that the exchange promises; null: quiet is normal. */
  readonly everyMs?: number | null;
};

/** One connection of a server. */
export type ConnectionView = {
  readonly endpoint: string;
  readonly state: string;
  readonly lastError: string;
  readonly url?: string;
  readonly since?: number;
  readonly attempts?: number;
  readonly connId?: string;
  readonly receivedAt?: number;
  readonly subscriptions?: number;
};

/** One server. */
export type ServerView = {
  readonly name: string;
  readonly protocol?: string;
  readonly endpoint?: string;
  readonly clockSkewMs?: number | null;
  readonly connections: readonly ConnectionView[];
  readonly subscriptions: readonly PathView[];
};

/** The whole service at one moment. */
export type View = {
  readonly version: string;
  /** What is wanted is not known yet. */
  readonly starting?: boolean;
  readonly stopping: boolean;
  /** Why Redis does not take writes; empty when it does. */
  readonly outage: string;
  /** What Redis refuses of what is said of whole servers, and why it cannot be compared with what was written. */
  readonly faults?: readonly string[];
  readonly stats: Stats;
  readonly servers: readonly ServerView[];
};
