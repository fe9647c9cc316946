/** A pipeline to whatever server the sentinels name as the master, and what can be said against it. */
import { roomLogger } from "../../../logging/log.ts";
import { type Message, message } from "../../../shared/messages/message.ts";
import { type ClientOptions, connectClient, createClient } from "../connect.ts";
import { Pipeline, type PipelineOptions } from "../pipeline.ts";
import { throughSentinels } from "./connector.ts";
import { MasterWatch } from "./master_watch.ts";
import { type Role, startRoleCheck } from "./role_check.ts";
import type { Quorum } from "./sentinels.ts";

/** Settings of {@link followMaster}. */
export type FollowedMasterOptions = {
  readonly wire: PipelineOptions;
  /** Why the server may not be the master any more although it takes writes; nothing: it is. */
  readonly onDoubt: (reason: Message | undefined) => void;
};

/** Connections that follow a master. Disposing ends the following; the pipeline is its owner's. */
export type FollowedMaster = AsyncDisposable & {
  readonly pipeline: Pipeline;
  /** What further clients of the same master are made with. */
  readonly client: ClientOptions;
  /** Resolves when there is a connection. */
  connect(ms: number): Promise<void>;
  /** Moves with the master from now on. */
  follow(): void;
  /** The same for a client that is there for longer than a question takes. */
  followLater(): void;
  /** The server refuses writes: another may be the master. */
  look(): void;
};

const log = roomLogger("store");

/** A client that listens longer than this follows the master. */
const PATIENCE_MS = 1000;

/** Returns a connection that finds the master by its sentinels and follows it; nothing is connected yet. */
export function followMaster(
  options: ClientOptions,
  { wire, onDoubt }: FollowedMasterOptions,
): FollowedMaster {
  let quorum: Quorum = "majority";
  let role: Role | undefined;
  let hadReplicas = false;
  let isDoubted = false;
  const judge = () => {
    const doubted = quorum !== "majority" && hadReplicas && role?.replicas === 0;
    if (doubted === isDoubted) return;
    isDoubted = doubted;
    onDoubt(doubted ? message("redis.cut_off") : undefined);
  };
  const watch = new MasterWatch(options, {
    onMoved: (from, to) => log.warn("Another Redis is the master now, following it", { from, to }),
    onQuorum: (now) => {
      quorum = now;
      if (now === "majority") log.info("The sentinels answer again");
      else {log.warn("The sentinels that answer are too few to elect a master, a fail-over may go unseen", {
          answer: now === "none" ? "none" : "a minority",
        });}
      judge();
    },
  });
  const client = throughSentinels(options, watch);
  const redis = createClient(client);
  const pipeline = new Pipeline(redis, {
    ...wire,
    onLost: () => {
      role = undefined;
      wire.onLost?.();
      watch.look();
    },
  });
  let check: Disposable | undefined;
  let later: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const follow = () => {
    if (isClosed) return;
    watch.begin();
    check ??= startRoleCheck(pipeline, (now) => {
      role = now;
      hadReplicas ||= now.replicas > 0;
      judge();
      if (!now.isReplica) return;
      log.warn("This Redis is a replica now, asking the sentinels for the master");
      watch.leaveAll();
    });
  };
  return {
    pipeline,
    client,
    connect: (ms) => connectClient(redis, ms),
    look: () => watch.look(),
    follow,
    followLater: () => void (later ??= setTimeout(follow, PATIENCE_MS)),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(later);
      check?.[Symbol.dispose]();
      await watch[Symbol.asyncDispose]();
    },
  };
}
