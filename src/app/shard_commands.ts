/**
 * Commands of a sharded service, which the first shard takes for all: what others have is said in Redis, where they look for it,
 * and what became of it is read from their records.
 */
import type { PathAnswer, Servers } from "../control/handler.ts";
import type { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { topicFault } from "../config/schema.ts";
import type { ConnectionName } from "../model/events.ts";
import { missingShards } from "../shared/missing_shards.ts";
import type { PathStatus, ServerStatus, ServiceStatus } from "../model/status.ts";
import { shardOf } from "../session/shard_placement.ts";
import { sleep } from "../shared/async/sleep.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import { formatShard, shardsOf } from "../shared/shard.ts";
import { parseAnyTopic, type Topic } from "../okx/topic.ts";
import { createKeys, leaderKey } from "../store/layout/keys.ts";
import { readSubRecord, type SubRecord } from "../store/layout/subscription_record.ts";
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import { settleMissing } from "./missing_shards.ts";
import type { DesiredState } from "./desired_state.ts";
import type { Share } from "./share.ts";
import type { ShardWatch } from "./shard_watch.ts";
import { undefinedIfAway } from "./undefined_if_away.ts";

/** What commands act on. */
export type ShardCommandsOptions = {
  /** Of this shard alone. */
  readonly own: Servers;
  readonly share: Share;
  readonly store: Pick<Store, "rows" | "field" | "apply" | "publish" | "clustered">;
  readonly keyPrefix: string;
  readonly desired: Pick<DesiredState, "parseServer" | "serverOf" | "topicsOfFile">;
  readonly persisted: Pick<PersistedSubscriptions, "subscribed" | "unsubscribed">;
  readonly watch: Pick<ShardWatch, "look">;
  readonly write: (writes: Write[]) => void;
  /** Redis' time now. */
  readonly redisNow: () => number;
  /** Ends every wait. */
  readonly signal: AbortSignal;
};

/** An order to all shards. */
export type ShardOrder = "RELOAD" | "QUIT";

/** Between two looks at what became of a command. */
const LOOK_MS = 100;

/** How long the end of a subscription is waited for. */
const GONE_MS = 3000;

/** Returns the port of the command handler to all shards. */
export function createShardCommands(options: ShardCommandsOptions): Servers {
  const { own, share, desired, persisted, write } = options;
  const split = (name: string, topics: readonly Topic[]) => ({
    ours: topics.filter(({ path }) => share.owns(name, path)),
    theirs: topics.filter(({ path }) => !share.owns(name, path)),
  });
  const shardNameOf = (name: string, path: string) => {
    const { count } = share.shard;
    return formatShard({ index: shardOf(name, path, count), count });
  };
  const inOrder = createTurns();
  return {
    ...own,
    open(name, args) {
      if (desired.parseServer(name, args).credentials !== undefined) {
        throw new CommandError(CODES.notAllowed, message("shard.login"));
      }
      own.open(name, args);
    },
    async close(name) {
      await own.close(name);
      const shards = await settle(options, name);
      return shards.size === 0 ? "" : late(shards);
    },
    subscribe: (name, topics) =>
      inOrder(name, async () => {
        const { ours, theirs } = split(name, topics);
        if (theirs.length > 0) await assertServed(options, name, theirs);
        if (ours.length > 0 || theirs.length === 0) await own.subscribe(name, ours);
        if (theirs.length === 0) return;
        write(persisted.subscribed(name, theirs.map(({ path }) => path), Date.now()));
      }),
    async unsubscribe(name, topics) {
      const { gone, others } = await inOrder(name, async () => {
        const { ours, theirs } = split(name, topics);
        // Throws where there is no such server.
        const gone = await own.unsubscribe(name, ours);
        const known = share.all().get(name);
        const others = theirs.map(({ path }) => path).filter((path) => known?.has(path) === true);
        const ofFile = new Set(desired.topicsOfFile(name).map(({ path }) => path));
        write(persisted.unsubscribed(name, others, (path) => ofFile.has(path)));
        return { gone, others };
      });
      const missing = others.length === 0 ? NONE : await settle(options, name);
      const isDone = (record: SubRecord | undefined) => record === undefined;
      const left = await untilRecords(options, { name, paths: others, timeoutMs: GONE_MS, isDone });
      const all = new Map(gone.map((each) => [each.path, each]));
      for (const path of others) {
        all.set(path, goneOfOther(path, left.get(path), shardNameOf(name, path), missing));
      }
      return topics.flatMap(({ path }) => all.get(path) ?? []);
    },
    async answers(name, paths, timeoutMs) {
      const others = paths.filter((path) => !share.owns(name, path));
      // Of what nobody desires any more nothing will be said.
      const isAnswered = (record: SubRecord | undefined, path: string) =>
        isAnswer(record) || share.all().get(name)?.has(path) !== true;
      const [ours, records] = await Promise.all([
        own.answers(name, paths.filter((path) => share.owns(name, path)), timeoutMs),
        untilRecords(options, { name, paths: others, timeoutMs, isDone: isAnswered }),
      ]);
      const theirs = others.filter((path) => records.has(path) || share.all().get(name)?.has(path) === true)
        .map((path): PathAnswer => {
          const { state = "sent", error = null } = records.get(path) ?? {};
          return { path, state, error };
        });
      return [...ours, ...theirs];
    },
    async status(name) {
      if (name !== undefined) return await withOthers(options, own.status(name) as ServerStatus);
      const view = own.status(name) as ServiceStatus;
      return { ...view, servers: await Promise.all(view.servers.map((each) => withOthers(options, each))) };
    },
    async reload() {
      await order(options, "RELOAD");
      return await own.reload();
    },
    quit() {
      void order(options, "QUIT").catch(() => {}).then(() => own.quit());
    },
  };
}

/** What becomes of a path whose records are those of another shard. */
function goneOfOther(
  path: string,
  record: SubRecord | undefined,
  shard: string,
  missing: ReadonlySet<string>,
): PathAnswer {
  const text = missing.has(shard)
    ? late([shard])
    : record === undefined
    ? undefined
    : message("shard.unanswered", { shard }).english;
  const error = text === undefined ? null : { code: "shard", message: text };
  return { path, state: record?.state ?? "gone", error };
}

/** Removes what missing shards have left of a server, as far as it is not desired; returns which of them had any. */
async function settle(options: ShardCommandsOptions, name: string): Promise<ReadonlySet<string>> {
  const shards = await options.watch.look().catch(undefinedIfAway) ?? [];
  const missing = missingShards(shards, formatShard(options.share.shard));
  if (missing.size === 0) return NONE;
  return await settleMissing(options, name, missing).catch(undefinedIfAway) ?? NONE;
}

const NONE: ReadonlySet<string> = new Set();

function late(shards: Iterable<string>): string {
  return message("shard.late", { shard: [...shards].join(", ") }).english;
}

/** Returns a function that does the work about one server in the order in which it came. */
function createTurns(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work);
    const ended = turn.catch(() => {}).then(() => {
      if (last.get(name) === ended) last.delete(name);
    });
    last.set(name, ended);
    return turn;
  };
}

/** With the paths of other shards, as their records have them; a connection is named with its shard. */
async function withOthers(options: ShardCommandsOptions, server: ServerStatus): Promise<ServerStatus> {
  const { store, keyPrefix, share: { owns, shard: { count } } } = options;
  const { name } = server;
  const { subs } = createKeys(keyPrefix, name, store.clustered);
  const [fields = {}] = await store.rows([subs]).catch(undefinedIfAway) ?? [];
  const others = Object.entries(fields).flatMap(([path, text]): PathStatus[] => {
    const record = owns(name, path) ? undefined : readSubRecord(text);
    if (record === undefined) return [];
    const topic = parseAnyTopic(path);
    const seconds = topic.kind === "topic" ? topic.maxSilenceSeconds : undefined;
    const { state, error, since, receivedAt, rows, owners, generation } = record;
    const shard = formatShard({ index: shardOf(name, path, count), count });
    return [{
      ...{ path, state, error, since, receivedAt, rows, owners, generation },
      connection: `${shard} ${record.connection}`.trim() as ConnectionName,
      everyMs: seconds === undefined ? null : seconds * 1000,
    }];
  });
  return { ...server, subscriptions: [...server.subscriptions, ...others] };
}

/** Rejects with CommandError where a path would be served by nobody. */
async function assertServed(
  { own, share: { shard: { count } }, desired, watch }: ShardCommandsOptions,
  name: string,
  topics: readonly Topic[],
): Promise<void> {
  const server = desired.serverOf(name);
  // Throws where there is no such server.
  if (server === undefined) own.status(name);
  for (const topic of topics) {
    const fault = topicFault(topic, server);
    if (fault !== undefined) {
      throw new CommandError(topic.login ? CODES.notAllowed : CODES.unknownPath, fault);
    }
  }
  const shards = await watch.look().catch(undefinedIfAway);
  const isThere = new Set(shards?.filter(({ holder }) => holder !== null).map(({ shard }) => shard));
  for (const { path } of topics) {
    const shard = formatShard({ index: shardOf(name, path, count), count });
    if (!isThere.has(shard)) throw new CommandError(CODES.notAllowed, message("shard.away", { shard, path }));
  }
}

/** The records of paths as soon as all are as they are to be, or when the time is up. */
async function untilRecords(
  { store, keyPrefix, signal }: ShardCommandsOptions,
  { name, paths, timeoutMs, isDone }: {
    readonly name: string;
    readonly paths: readonly string[];
    readonly timeoutMs: number;
    readonly isDone: (record: SubRecord | undefined, path: string) => boolean;
  },
): Promise<Map<string, SubRecord>> {
  const { subs } = createKeys(keyPrefix, name, store.clustered);
  const until = performance.now() + timeoutMs;
  let found = new Map<string, SubRecord>();
  while (paths.length > 0 && !signal.aborted) {
    const [fields = {}] = await store.rows([subs]).catch(undefinedIfAway) ?? [];
    found = new Map(paths.flatMap((path) => {
      const record = readSubRecord(fields[path] ?? "");
      return record === undefined ? [] : [[path, record] as const];
    }));
    if (paths.every((path) => isDone(found.get(path), path)) || performance.now() >= until) break;
    await sleep(LOOK_MS, signal);
  }
  return found;
}

/** Publishes it to all others, each on the channel where it is asked to hand over. */
async function order(
  { store, keyPrefix, share: { shard } }: ShardCommandsOptions,
  op: ShardOrder,
): Promise<void> {
  const others = shardsOf(shard.count).filter(({ index }) => index !== shard.index);
  await Promise.all(
    others.map((each) => store.publish(leaderKey(keyPrefix, each), JSON.stringify({ op }))),
  );
}

function isAnswer(record: SubRecord | undefined): boolean {
  return record?.state === "live" || record?.state === "refused";
}
