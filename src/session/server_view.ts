/** What is shown of a server: each path as the connection says it that is authoritative for it. */
import type { ConnectionName } from "../model/events.ts";
import type { PathStatus } from "../model/status.ts";
import type { ConnectionPool } from "./connection_pool.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import type { PathStanding } from "./subscriptions/subscriptions.ts";

/** Returns what is known of every path. */
export function viewPaths(
  pool: Pick<ConnectionPool, "all" | "isAuthoritative">,
  desired: ReadonlyMap<string, Pick<DesiredSubscription, "owners">>,
): PathStatus[] {
  return pool.all().flatMap((connection) =>
    [...connection.subscriptions.list()]
      .filter(({ topic }) => pool.isAuthoritative(connection, topic.upstream))
      .map((standing) => viewPath(connection.name, standing, desired.get(standing.topic.path)))
  );
}

function viewPath(
  connection: ConnectionName,
  { topic, state, refusal, since, receivedAt, rows, generation }: PathStanding,
  desired: Pick<DesiredSubscription, "owners"> | undefined,
): PathStatus {
  const { path, maxSilenceSeconds } = topic;
  return {
    ...{ path, state, error: refusal ?? null, since, receivedAt, rows },
    owners: [...desired?.owners ?? []],
    connection,
    generation,
    everyMs: maxSilenceSeconds === undefined ? null : maxSilenceSeconds * 1000,
  };
}
