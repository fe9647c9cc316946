/**
 * Which server is the master, by what several sentinels say. A sentinel that was cut off or stopped goes on naming the
 * server that was the master before: what counts is the epoch of the configuration, which grows with each election. Pure.
 */
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";

/** What one sentinel says of the master. */
export type SentinelAnswer = {
  /** Undefined: it knows no master of that name. */
  readonly master: HostPort | undefined;
  /** Of its configuration; undefined where it may not be asked. */
  readonly epoch: number | undefined;
  /** The other sentinels that it knows, and how many of all, itself included, it believes to be alive. */
  readonly peers: readonly HostPort[];
  readonly alive: number;
};

/** A master by the newest configuration. */
export type Elected = { readonly address: HostPort; readonly epoch: number; readonly votes: number };

/** An answer without an epoch is older than any with one. */
const NO_EPOCH = -1;

/**
 * Returns the master that most of the answers with the highest epoch name; undefined where none names any. `isMajority`:
 * so many votes outweigh `last`, the newest that was ever seen, which a sentinel that is behind does not.
 */
export function electMaster(
  answers: readonly SentinelAnswer[],
  last: Elected | undefined,
  isMajority: (votes: number) => boolean,
): Elected | undefined {
  const named = answers.flatMap(({ master, epoch = NO_EPOCH }) =>
    master === undefined ? [] : [{ master, epoch }]
  );
  if (named.length === 0) return undefined;
  const epoch = Math.max(...named.map((each) => each.epoch));
  const newest = named.filter((each) => each.epoch === epoch).map(({ master }) => master);
  const groups = [...Map.groupBy(newest, formatHost).values()];
  const isLast = (group: readonly HostPort[]) =>
    last !== undefined && formatHost(group[0] as HostPort) === formatHost(last.address);
  // Of equally many votes those for the master that is followed count more: nothing has happened to it.
  groups.sort((a, b) => b.length - a.length || Number(isLast(b)) - Number(isLast(a)));
  const votes = groups[0] as HostPort[];
  const elected = { address: votes[0] as HostPort, epoch, votes: votes.length };
  return last !== undefined && epoch < last.epoch && !isMajority(elected.votes) ? last : elected;
}

/** Returns whether most of all sentinels name it; one with a newer configuration still weighs more. */
export function isNamedByMost(elected: Elected, sentinels: number): boolean {
  return elected.votes > sentinels / 2;
}
