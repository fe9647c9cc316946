/** The table of all commands, by name. */
import type { Command } from "./command.ts";
import { connectionCommands } from "./commands_connection.ts";
import { hashCommands } from "./commands_hashes.ts";
import { keyCommands } from "./commands_keys.ts";
import { pubsubCommands } from "./commands_pubsub.ts";
import { serverCommands } from "./commands_server.ts";
import { setCommands } from "./commands_sets.ts";
import { streamReadCommands } from "./commands_stream_reads.ts";
import { streamCommands } from "./commands_streams.ts";
import { stringCommands } from "./commands_strings.ts";
import { transactionCommands } from "./commands_transactions.ts";
import { zsetRangeCommands } from "./commands_zset_ranges.ts";
import { zsetCommands } from "./commands_zsets.ts";

export const commandTable: ReadonlyMap<string, Command> = new Map(
  [
    ...connectionCommands,
    ...serverCommands,
    ...keyCommands,
    ...stringCommands,
    ...hashCommands,
    ...zsetCommands,
    ...zsetRangeCommands,
    ...setCommands,
    ...streamCommands,
    ...streamReadCommands,
    ...pubsubCommands,
    ...transactionCommands,
  ].map((command) => [command.name, command]),
);
