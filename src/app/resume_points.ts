/** Where series stood when an earlier process ended, read from Redis, in times of this machine's clock. */
import type { Settings } from "../config/shapes.ts";
import type { Topic } from "../okx/topic.ts";
import { createKeys } from "../store/layout/keys.ts";
import { shiftedGap } from "../store/layout/open_gaps.ts";
import { readEarlier } from "../store/read/resume_points.ts";
import { millisecondsOf } from "../store/write/stream_id.ts";
import type { RedisClock } from "../store/redis/redis_clock.ts";
import type { Store } from "../store/store.ts";
import type { RecentEntries } from "../store/write/recent_entries.ts";
import type { Projectors } from "./projectors.ts";
import type { ResumePoints } from "./resume_reader.ts";
import { undefinedIfAway } from "./undefined_if_away.ts";

/** What is read from, and what has to know it too. */
export type ResumePointsOptions = {
  readonly settings: Settings;
  readonly store: Store;
  readonly projectors: Projectors;
  readonly clock: RedisClock;
  readonly recent: Pick<RecentEntries, "inherit">;
};

/** As much the clock of another machine may be ahead of this one's. */
const MAX_AHEAD_MS = 600_000;

/** Reads it for topics of a server. `late`: this process has written to them since. Rejects with StoreError. */
export async function readResumePoints(
  { settings, store, projectors, clock, recent }: ResumePointsOptions,
  { server, topics, late }: {
    readonly server: string;
    readonly topics: readonly Topic[];
    readonly late: boolean;
  },
): Promise<ResumePoints> {
  const keys = createKeys(settings.KEY_PREFIX, server, store.clustered);
  const earlier = await readEarlier(store, keys, topics, { most: settings.MAX_ROW, late });
  const { seen, refused, reason } = earlier;
  const streams = topics.filter(({ storage }) => storage === "events").map(({ path }) => keys.path(path));
  // Where nothing has to be known of before, a Redis that is away need not be waited for.
  const isKnown = !late && streams.length + seen.size > 0;
  // A Redis that was away until now has not said what time it is.
  if (isKnown && clock.offsetMs() === undefined) await clock.measure().catch(undefinedIfAway);
  const lastIds = isKnown ? await store.lastIds([...streams, keys.gaps]) : new Map<string, string>();
  const now = Date.now();
  // A Redis that comes back older has lost what was written up to these.
  recent.inherit(new Map([...lastIds].filter(([key, id]) => key !== keys.gaps && isPossible(id, now))));
  const ended = topics.map((topic) => ({ topic, rows: seen.get(topic.upstream)?.ended ?? [] }));
  projectors.resume(server, {
    ...{ members: earlier.members, backfilled: earlier.backfilled },
    lastEntryAt: latestOf(lastIds, now),
    // What is read late stands behind rows of this process, and may be these.
    stored: late ? [] : earlier.stored,
    rows: ended.filter(({ rows }) => rows.length > 0),
  });
  // Records are of Redis' clock, and what is fetched is asked for by ours.
  const aheadMs = Math.round(clock.offsetMs() ?? 0);
  const ours = new Map([...seen].map(([upstream, each]) => [upstream, {
    ...each,
    at: each.at === undefined ? undefined : each.at - aheadMs,
    gaps: each.gaps.map((gap) => shiftedGap(gap, (at) => at - aheadMs)),
  }]));
  // P/gaps is that of other shards, too.
  const ofStreams = new Map([...lastIds].filter(([key]) => key !== keys.gaps));
  const writtenAt = latestOf(ofStreams, Date.now());
  const writtenAgoMs = writtenAt === 0 ? Infinity : clock.at(Date.now()) - writtenAt;
  return { seen: ours, refused, reason, writtenAgoMs };
}

/** Returns the latest time among the ids of entries; one that no clock is ahead by is none. */
function latestOf(ids: ReadonlyMap<string, string | undefined>, now: number): number {
  return Math.max(0, ...[...ids.values()].filter((id) => isPossible(id, now)).map(timeOf));
}

/** Returns whether the time of an id is none that no clock is ahead by. */
function isPossible(id: string | undefined, now: number): boolean {
  return timeOf(id) <= now + MAX_AHEAD_MS;
}

function timeOf(id: string | undefined): number {
  return millisecondsOf(id ?? "");
}
