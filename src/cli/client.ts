/** `okws client …`: commands to a running service, and what it keeps in Redis. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { addClearCommand } from "./client/clear.ts";
import { createClientCommands } from "./client/command.ts";
import { addGetCommand } from "./client/get.ts";
import { addReloadCommand } from "./client/reload.ts";
import { addServerCommands } from "./client/servers.ts";
import { addSubscribeCommands } from "./client/subscribe.ts";
import { addWatchCommand } from "./client/watch.ts";
import { CLIENT_EXITS, teach } from "./help.ts";
import type { Io } from "./io.ts";

/** The group of commands, for the help and the parser. */
export function clientCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const group = new Command("client").description("talk to a running service").enablePositionalOptions();
  teach(group, {
    examples: [
      ["okws client status", "connections and subscriptions with their ages"],
      ["okws client subscribe test tickers:ETH-USDT", "one subscription more, while the service runs"],
      ["okws client get test tickers:ETH-USDT", "what is in the cache"],
      ["okws client watch test tickers:ETH-USDT", "what arrives from now on"],
    ],
    exits: CLIENT_EXITS,
  });
  const commands = createClientCommands(group, io, exit);
  addServerCommands(commands);
  addReloadCommand(commands);
  addSubscribeCommands(commands);
  addGetCommand(commands);
  addWatchCommand(commands);
  addClearCommand(commands);
  return group;
}
