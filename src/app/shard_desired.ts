/**
 * What is desired, as a shard brings its part of it about: the first one says in Redis what commands ask for, and the others look
 * for changes of that, so that none can be lost on its way.
 */
import { difference } from "../config/difference.ts";
import type { Config } from "../config/schema.ts";
import type { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import type { ReloadReport, ServerPaths } from "../control/command.ts";
import type { ServerRegistry } from "../session/server_registry.ts";
import { sleep } from "../shared/async/sleep.ts";
import { createKeys } from "../store/layout/keys.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import type { WriteQueues } from "../store/write/write_queues.ts";
import { readerOf } from "./desired_comparison.ts";
import { followCommands, LOOK_MS } from "./follow_commands.ts";
import type { DesiredState } from "./desired_state.ts";
import { type Share, writesDesired } from "./share.ts";

/** What a shard works with. */
export type ShardDesiredOptions = {
  readonly share: Share;
  readonly store: Store;
  readonly keyPrefix: string;
  readonly persisted: PersistedSubscriptions;
  readonly desired: DesiredState;
  readonly registry: ServerRegistry;
  /** Brings the servers to what is desired. */
  readonly follow: () => Promise<void>;
  readonly queues: Pick<WriteQueues, "add" | "isAway" | "isRefused">;
};

/** Restores what commands asked for before this process began; rejects with StoreError. */
export async function restoreShare(
  { share, persisted, desired, queues, follow }: ShardDesiredOptions,
): Promise<void> {
  const ofFile = desired.config.servers.map(({ name }) => name);
  if (writesDesired(share)) queues.add([...await persisted.restore(ofFile), ...persisted.stamp()]);
  else await persisted.load(ofFile);
  await follow();
}

/** Compares what stands in Redis once, as the first shard does for all; rejects with StoreError. */
export async function compareShare(
  { share, store, keyPrefix, persisted, registry, queues, follow }: ShardDesiredOptions,
): Promise<void> {
  if (!writesDesired(share)) return;
  const names = registry.names().filter((name) =>
    !queues.isAway(createKeys(keyPrefix, name, store.clustered).prefix)
  );
  const isRefused = (write: Write) => queues.isRefused(write);
  const { edits, writes } = await persisted.compare(names, readerOf(store), isRefused);
  queues.add(writes);
  if (edits.servers.length + edits.paths.size > 0) await follow();
}

/** Follows what the first shard says until the signal is aborted. */
export async function followFirst(
  { store, persisted, desired, follow }: ShardDesiredOptions,
  signal: AbortSignal,
): Promise<void> {
  await sleep(LOOK_MS, signal);
  const names = () => desired.config.servers.map(({ name }) => name);
  await followCommands({ persisted, reader: readerOf(store), names, onChange: follow }, signal);
}

/** Applies another file; what it reports of paths is its own part. */
export async function applyFile(
  next: Config,
  { share, persisted, desired, registry, queues, follow }: ShardDesiredOptions,
): Promise<ReloadReport> {
  const { opened, closed, changed, settings } = difference(desired.config, next);
  const before = pathsOf(registry);
  desired.setFile(next);
  if (writesDesired(share)) queues.add(persisted.fileRead(next.servers.map(({ name }) => name)));
  await follow();
  const after = pathsOf(registry);
  return {
    opened: opened.map(({ name }) => name),
    closed,
    reopened: changed.map(({ name }) => name),
    subscribed: without(after, before),
    unsubscribed: without(before, after),
    restart: settings,
  };
}

function pathsOf(registry: ServerRegistry): Map<string, Set<string>> {
  return new Map(
    registry.names().map((
      name,
    ) => [name, new Set([...registry.desired(name)].map(({ topic }) => topic.path))]),
  );
}

function without(
  one: ReadonlyMap<string, ReadonlySet<string>>,
  other: ReadonlyMap<string, ReadonlySet<string>>,
): ServerPaths[] {
  return [...one].map(([server, paths]) => ({
    server,
    paths: [...paths].filter((path) => other.get(server)?.has(path) !== true),
  })).filter(({ paths }) => paths.length > 0);
}
