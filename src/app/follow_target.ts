/** Brings the servers of a running service to what is desired of them now. */
import { isEqual } from "../config/difference.ts";
import type { Owner } from "../model/events.ts";
import type { Topic } from "../okx/topic.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import { CommandError } from "../shared/errors.ts";
import type { DesiredState } from "./desired_state.ts";
import type { ResumeReader } from "./resume_reader.ts";

/** What {@link createFollowTarget} compares and changes. */
export type FollowTargetOptions = {
  readonly desired: DesiredState;
  readonly registry: ServerRegistry;
  readonly resume: Pick<ResumeReader, "readOrLater">;
};

/** Returns a function that makes the open servers those that are desired; a second call waits for the first. */
export function createFollowTarget(options: FollowTargetOptions): () => Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  return () => {
    const work = before.then(() => follow(options));
    before = work.catch(() => {});
    return work;
  };
}

async function follow(options: FollowTargetOptions): Promise<void> {
  const { desired, registry } = options;
  const target = desired.target();
  for (const name of registry.names()) {
    const next = target.get(name);
    if (next === undefined) await desired.closeServer(name);
    else if (!isEqual(next.server, desired.serverOf(name))) await desired.reopen(next.server);
  }
  for (const [name, { server }] of target) {
    if (!registry.has(name)) unlessRefused(() => desired.openServer(server));
    for (const owner of ["file", "command"] as const) await followPaths(options, name, owner);
  }
}

async function followPaths(options: FollowTargetOptions, name: string, owner: Owner): Promise<void> {
  const { desired, registry, resume } = options;
  for (let missing = reconcile(options, name, owner); missing.length > 0;) {
    const fresh = missing.filter((topic) => !registry.isResumed(name, topic));
    // What is there already must not be taken again.
    const seen = fresh.length === 0 ? undefined : await resume.readOrLater(name, fresh);
    const still = new Set(reconcile(options, name, owner).map(({ path }) => path));
    const topics = missing.filter(({ path }) => still.has(path));
    // More than can be had.
    if (!unlessRefused(() => desired.subscribeFor(owner, name, topics, seen))) return;
    missing = reconcile(options, name, owner);
  }
}

/** Ends what is not desired any more; returns what is, and is not subscribed yet. */
function reconcile({ desired, registry }: FollowTargetOptions, name: string, owner: Owner): Topic[] {
  const topics = desired.target().get(name)?.topics;
  if (topics === undefined || !registry.has(name)) return [];
  desired.dropOthers(name, topics);
  const before = desired.pathsOf(name, owner);
  return [...topics.values()].filter(({ topic, owners }) => owners.has(owner) && !before.has(topic.path))
    .map(({ topic }) => topic);
}

function unlessRefused(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return false;
  }
}
