/** Commands over Redis, as the service takes them. */
import type { Settings } from "../config/shapes.ts";
import { runControl } from "../control/control.ts";
import { type CommandHandler, createCommandHandler } from "../control/handler.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Store } from "../store/store.ts";
import { createCommandTarget } from "./command_target.ts";
import { explainListening } from "./other_services.ts";
import type { Parts } from "./parts.ts";
import { createShardCommands } from "./shard_commands.ts";
import type { ShardWatch } from "./shard_watch.ts";
import { createReplyWriter } from "./replies.ts";

/** What commands act on. */
export type TakeCommandsOptions = {
  readonly settings: Settings;
  readonly store: Store;
  readonly parts: Pick<Parts, "queues" | "clock" | "desired" | "servers" | "reload" | "sharing">;
  /** Who has which shard; undefined: there are none. */
  readonly watch: ShardWatch | undefined;
  readonly view: () => ServiceStatus;
  readonly quit: () => void;
  readonly onCommand: () => void;
  /** Called when commands are taken, with what carries them out, those of pages too. */
  readonly onReady: (handler: CommandHandler) => void;
};

/** Takes commands until `running` is aborted; replies go on until `writing` is. */
export async function takeCommands(
  { settings, store, parts: { queues, clock, desired, servers, reload, sharing }, watch, ...service }:
    TakeCommandsOptions,
  { running, writing }: { readonly running: AbortSignal; readonly writing: AbortSignal },
): Promise<void> {
  const { LISTEN_CHANNEL, REDIS_INFO_KEY, REPLY_SECONDS, COMMANDS } = settings;
  const { view, quit, onCommand, onReady } = service;
  const own = createCommandTarget({ desired, servers, view, reload, quit });
  const handler = createCommandHandler({
    servers: sharing === undefined || watch === undefined ? own : createShardCommands({
      ...sharing,
      ...{ own, watch, signal: running },
      write: (writes) => queues.add(writes),
      redisNow: () => clock.at(Date.now()),
    }),
    replyTtlMs: REPLY_SECONDS * 1000,
    allowed: COMMANDS,
    stopping: running,
    onCommand,
  });
  await runControl({
    store: {
      listen: (what, signal, options) => store.listen(what, signal, options),
      apply: createReplyWriter(store, queues, writing),
    },
    handler,
    listenChannel: LISTEN_CHANNEL,
    infoKey: REDIS_INFO_KEY,
    onReady: () => onReady(handler),
  }, running).catch((error) => {
    throw explainListening(error, LISTEN_CHANNEL);
  });
}
