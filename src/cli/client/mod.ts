/** `okws client …`: commands to a running service, and what it keeps in Redis. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { addClearCommand } from "./clear.ts";
import { createClientCommands } from "./command.ts";
import { addGetCommand } from "./get.ts";
import { addReloadCommand } from "./reload.ts";
import { addServerCommands } from "./servers.ts";
import { addSubscribeCommands } from "./subscribe.ts";
import { addWatchCommand } from "./watch.ts";
import { CLIENT_EXITS, teach } from "../help.ts";
import type { Io } from "../terminal/io.ts";

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
