/** The table of all commands, by name. */
import type { Command } from "./command.ts";
import { connectionCommands } from "./connection.ts";
import { hashCommands } from "./hashes.ts";
import { keyCommands } from "./keys.ts";
import { pubsubCommands } from "./pubsub.ts";
import { serverCommands } from "./server.ts";
import { setCommands } from "./sets.ts";
import { streamReadCommands } from "./stream_reads.ts";
import { streamCommands } from "./streams.ts";
import { stringCommands } from "./strings.ts";
import { transactionCommands } from "./transactions.ts";
import { zsetRangeCommands } from "./zset_ranges.ts";
import { zsetCommands } from "./zsets.ts";

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
