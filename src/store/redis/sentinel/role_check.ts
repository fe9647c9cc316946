/**
 * Asks a server, as long as it is connected to, whether it is a master still: one that became a replica need not refuse
 * writes, and need not end its connections.
 */
import type { Pipeline } from "../pipeline.ts";

/** What a server says of its role; only replicas that confirm what they receive count. */
export type Role = { readonly isReplica: boolean; readonly replicas: number };

/** Seconds without a word of a replica, which sends one each second, until it counts as gone. */
const MAX_LAG = 10;

const CHECK_MS = 1000;

/** Asks once a second until it is disposed of; `onRole` is called with each answer that says something. */
export function startRoleCheck(
  pipeline: Pick<Pipeline, "ask">,
  onRole: (role: Role) => void,
): Disposable {
  let isDue = true;
  const timer = setInterval(() => {
    if (!isDue) return;
    isDue = false;
    pipeline.ask([["INFO", "replication"]], false).then(([reply]) => {
      isDue = true;
      const role = typeof reply === "string" ? roleOf(reply) : undefined;
      if (role !== undefined) onRole(role);
    });
  }, CHECK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Parses the role of a server out of INFO; undefined where the text says nothing of it. */
export function roleOf(text: string): Role | undefined {
  const role = /^role:(\w+)/m.exec(text)?.[1];
  if (role === undefined) return undefined;
  const lags = [...text.matchAll(/^slave\d+:.*\bstate=online\b.*\blag=(\d+)/gm)].map(([, lag]) =>
    Number(lag)
  );
  return { isReplica: role === "slave", replicas: lags.filter((lag) => lag <= MAX_LAG).length };
}
