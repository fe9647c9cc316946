/** What a service says of itself, as the reply to `status` without a name has it. Times are Unix milliseconds. */

/** One wanted path. */
export type PathView = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** When the state was entered. */
  readonly since: number;
  /** When a row last arrived; 0: never. */
  readonly receivedAt: number;
  readonly rows: number;
  /** Who wants it: `file`, `command` or both. */
  readonly owners: readonly string[];
  /** The connection that serves it, such as `public` or `public#2`. */
  readonly connection: string;
  /** Longest silence that the exchange promises; null: quiet is normal. */
  readonly everyMs: number | null;
};

/** One connection to the exchange. */
export type ConnectionView = {
  /** The name of the connection: its endpoint, with a number where there are more of them. */
  readonly endpoint: string;
  readonly url: string;
  readonly state: string;
  readonly since: number;
  readonly attempts: number;
  readonly lastError: string;
  /** When a frame last arrived; 0: never. */
  readonly receivedAt: number;
  readonly subscriptions: number;
};

/** One server. */
export type ServerView = {
  readonly name: string;
  /** The exchange's clock minus ours; null: not measured. */
  readonly clockSkewMs: number | null;
  readonly connections: readonly ConnectionView[];
  readonly subscriptions: readonly PathView[];
};

/** A distribution: `counts[i]` values were at most `bounds[i]`, the last count has those above. */
export type Distribution = { readonly bounds: readonly number[]; readonly counts: readonly number[] };

/** The whole service at one moment. */
export type ServiceView = {
  readonly version: string;
  readonly stopping: boolean;
  /** Why Redis does not take writes; empty when it does. */
  readonly outage: string;
  /** Totals since the start and a few gauges, by name. */
  readonly stats: Readonly<Record<string, number>>;
  /** Seconds from the receipt of events to the answer of the Redis that has them, and of batches. */
  readonly writtenSeconds: Distribution;
  readonly servers: readonly ServerView[];
};

/** Reads a reply; what another version of the service does not say is empty, zero or null. */
export function readServiceView(value: unknown): ServiceView {
  const view = objectOf(value);
  const stats = objectOf(view.stats);
  const numbers = Object.entries(stats).filter((entry): entry is [string, number] =>
    typeof entry[1] === "number"
  );
  return {
    version: textOf(view.version),
    stopping: view.stopping === true,
    outage: textOf(view.outage),
    stats: Object.fromEntries(numbers),
    writtenSeconds: readDistribution(stats.writtenSeconds),
    servers: listOf(view.servers).map(readServerView),
  };
}

/** Reads the reply for one server. */
export function readServerView(value: unknown): ServerView {
  const server = objectOf(value);
  return {
    name: textOf(server.name),
    clockSkewMs: typeof server.clockSkewMs === "number" ? server.clockSkewMs : null,
    connections: listOf(server.connections).map((each) => {
      const connection = objectOf(each);
      return {
        endpoint: textOf(connection.endpoint),
        url: textOf(connection.url),
        state: textOf(connection.state),
        since: numberOf(connection.since),
        attempts: numberOf(connection.attempts),
        lastError: textOf(connection.lastError),
        receivedAt: numberOf(connection.receivedAt),
        subscriptions: numberOf(connection.subscriptions),
      };
    }),
    subscriptions: listOf(server.subscriptions).map(readPathView),
  };
}

function readPathView(value: unknown): PathView {
  const path = objectOf(value);
  const error = path.error === null || path.error === undefined ? null : objectOf(path.error);
  return {
    path: textOf(path.path),
    state: textOf(path.state),
    error: error === null ? null : { code: textOf(error.code), message: textOf(error.message) },
    since: numberOf(path.since),
    receivedAt: numberOf(path.receivedAt),
    rows: numberOf(path.rows),
    owners: listOf(path.owners).map(textOf),
    connection: textOf(path.connection),
    everyMs: typeof path.everyMs === "number" ? path.everyMs : null,
  };
}

function readDistribution(value: unknown): Distribution {
  const { bounds, counts } = objectOf(value);
  return { bounds: listOf(bounds).map(numberOf), counts: listOf(counts).map(numberOf) };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
