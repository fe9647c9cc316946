/** Commands of the pages: the few that a page may send, carried out by what carries out those over Redis. */
import { refused } from "../control/command.ts";
import type { CommandHandler } from "../control/handler.ts";
import type { CommandPort, CommandReply } from "../http/commands.ts";
import type { ShardStatus } from "../model/status.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import type { Op } from "../shared/ops.ts";

/** What a page has buttons for. A server's login is not typed into a page, and a page does not stop the service. */
export const PAGE_OPS: readonly Op[] = ["subscribe", "unsubscribe", "reload"];

/** Creates the port of the pages; `current` returns what carries commands out now, undefined: nothing does. */
export function createPageCommands(
  allowed: readonly Op[],
  current: () => CommandHandler | undefined,
): CommandPort {
  return {
    ops: PAGE_OPS.filter((op) => allowed.includes(op)),
    take(text) {
      const handler = current();
      if (handler === undefined) return undefined;
      const { promise, resolve } = Promise.withResolvers<CommandReply>();
      handler.take(text, { ops: PAGE_OPS, reply: (_, reply) => resolve(reply) });
      return promise;
    },
  };
}

/**
 * Creates the port of the pages of another shard, which refuses with where the first one is; `first` returns who that is, if
 * known.
 */
export function createPageCommandsElsewhere(first: () => ShardStatus["holder"] | undefined): CommandPort {
  return {
    ops: [],
    take() {
      const holder = first() ?? null;
      const text = holder === null ? message("shard.commands_none") : message("shard.commands", {
        ...{ pid: holder.pid, host: holder.host, url: holder.url || "-" },
      });
      return Promise.resolve(refused(new CommandError(CODES.notAllowed, text)));
    },
  };
}
