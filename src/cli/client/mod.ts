/** `okws client …`: commands to a running service, and what it keeps in Redis. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { addClearCommand } from "./clear.ts";
import { type ClientCommands, createClientCommands } from "./command.ts";
import { addGetCommand } from "./get.ts";
import { addReloadCommand } from "./reload.ts";
import { addServerCommands, addServiceCommands } from "./servers.ts";
import { addSubscribeCommands } from "./subscribe.ts";
import { addWatchCommand } from "./watch.ts";
import { addHelp, CLIENT_EXITS } from "../shared/help.ts";
import type { Io } from "../terminal/io.ts";
import { translator } from "../i18n/translate.ts";

/** Returns the group of commands, for the help and the parser. */
export function clientCommand(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const group = new Command("client").description(t("client_command.about")).enablePositionalOptions();
  addHelp(group, {
    examples: [
      ["okws client status", "client_command.example_status"],
      ["okws client subscribe test tickers:ETH-USDT", "client_command.example_subscribe"],
      ["okws client get test tickers:ETH-USDT", "client_command.example_get"],
      ["okws client watch test tickers:ETH-USDT", "client_command.example_watch"],
    ],
    exits: CLIENT_EXITS,
  });
  const commands = createClientCommands(group, io, exit);
  addServerCommands(commands);
  addShortForms(commands);
  addClearCommand(commands);
  return group;
}

/** Adds to the program itself what is typed most: `okws watch` is `okws client watch`. */
export function addShortCommands(program: Command, io: Io, exit: (code: number) => void): void {
  addShortForms(createClientCommands(program, io, exit, "okws"));
}

function addShortForms(commands: ClientCommands): void {
  addServiceCommands(commands);
  addReloadCommand(commands);
  addSubscribeCommands(commands);
  addGetCommand(commands);
  addWatchCommand(commands);
}
