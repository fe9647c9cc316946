/** What a service says of itself, as the reply to `status` without a name has it. Times are Unix milliseconds. */

import type {
  ConnectionStatus,
  LeaseStatus,
  PathStatus,
  ServerStatus,
  ServiceStatus,
  ShardStatus,
  StandbyStatus,
} from "../model/status.ts";

/** Of another version a state, an owner or a connection may be any text. */
type Texts<Names extends string> = Readonly<Record<Names, string>>;

/** One desired path. */
export type PathView =
  & Pick<PathStatus, "path" | "error" | "since" | "receivedAt" | "rows" | "everyMs">
  & Texts<"state" | "connection">
  & { readonly owners: readonly string[] };

/** One connection to the exchange. */
export type ConnectionView =
  & Pick<ConnectionStatus, "url" | "since" | "attempts" | "lastError" | "receivedAt" | "subscriptions">
  & Texts<"endpoint" | "state">;

/** One server. */
export type ServerView = Pick<ServerStatus, "name" | "clockSkewMs"> & {
  readonly connections: readonly ConnectionView[];
  readonly subscriptions: readonly PathView[];
};

/** A distribution: `counts[i]` values were at most `bounds[i]`, the last count has those above. */
export type Distribution = { readonly bounds: readonly number[]; readonly counts: readonly number[] };

/** A service that stands by. */
export type StandbyView =
  & Pick<StandbyStatus, "host" | "pid" | "version" | "url" | "since" | "ready" | "ageMs">
  & Texts<"mode">;

/** One of the services that share the work. */
export type ShardView = Pick<ShardStatus, "shard"> & {
  /** Null: nobody has it. */
  readonly holder: Pick<NonNullable<ShardStatus["holder"]>, "host" | "pid" | "url"> | null;
};

/** The whole service at one moment. */
export type ServiceView = Pick<ServiceStatus, "version" | "shard" | "stopping" | "outage"> & {
  readonly shards?: readonly ShardView[];
  /** Whether it is the one that writes; null where its store is its own, or it does not say. */
  readonly lease: (Texts<"role"> & Pick<LeaseStatus, "epoch" | "ageMs">) | null;
  /** Services that stand by for it. */
  readonly standbys: readonly StandbyView[];
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
    version: stringOf(view.version),
    ...readShards(value),
    stopping: view.stopping === true,
    lease: readLease(view.lease),
    standbys: readStandbys(view.standbys),
    outage: stringOf(view.outage),
    stats: Object.fromEntries(numbers),
    writtenSeconds: readDistribution(stats.writtenSeconds),
    servers: listOf(view.servers).map(readServerView),
  };
}

/** Reads what is said of the lease. */
export function readLease(value: unknown): ServiceView["lease"] {
  if (typeof value !== "object" || value === null) return null;
  const { role, epoch, ageMs } = objectOf(value);
  return { role: stringOf(role), epoch: numberOf(epoch), ageMs: typeof ageMs === "number" ? ageMs : null };
}

/** Reads which shard it is, and who has the others. */
export function readShards(value: unknown): Pick<ServiceView, "shard" | "shards"> {
  const { shard, shards } = objectOf(value);
  if (typeof shard !== "string") return {};
  return {
    shard,
    shards: listOf(shards).map((each) => {
      const { shard, holder } = objectOf(each);
      const { host, pid, url } = objectOf(holder);
      const isHeld = typeof holder === "object" && holder !== null;
      return {
        shard: stringOf(shard),
        holder: isHeld ? { host: stringOf(host), pid: numberOf(pid), url: stringOf(url) } : null,
      };
    }),
  };
}

/** Reads who stands by. */
export function readStandbys(value: unknown): ServiceView["standbys"] {
  return listOf(value).map((each) => {
    const { mode, host, pid, version, url, since, ready, ageMs } = objectOf(each);
    return {
      ...{ mode: stringOf(mode), host: stringOf(host), pid: numberOf(pid), version: stringOf(version) },
      ...{ url: stringOf(url), since: numberOf(since), ready: ready === true, ageMs: numberOf(ageMs) },
    };
  });
}

/** Reads the reply for one server. */
export function readServerView(value: unknown): ServerView {
  const server = objectOf(value);
  return {
    name: stringOf(server.name),
    clockSkewMs: typeof server.clockSkewMs === "number" ? server.clockSkewMs : null,
    connections: listOf(server.connections).map((each) => {
      const connection = objectOf(each);
      return {
        endpoint: stringOf(connection.endpoint),
        url: stringOf(connection.url),
        state: stringOf(connection.state),
        since: numberOf(connection.since),
        attempts: numberOf(connection.attempts),
        lastError: stringOf(connection.lastError),
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
    path: stringOf(path.path),
    state: stringOf(path.state),
    error: error === null ? null : {
      code: stringOf(error.code),
      message: stringOf(error.message),
      ...(typeof error.nextAt === "number" && { nextAt: error.nextAt }),
    },
    since: numberOf(path.since),
    receivedAt: numberOf(path.receivedAt),
    rows: numberOf(path.rows),
    owners: listOf(path.owners).map(stringOf),
    connection: stringOf(path.connection),
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

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
