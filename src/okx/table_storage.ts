/** How rows are kept, by the first word of a path alone, where nothing says of which protocol its server is. */
import { type ChannelSpec, findChannel } from "./channels.ts";
import { findV3Channel } from "./v3/channels.ts";
import { findLegacy } from "./v3/legacy_channels.ts";

/** Returns how the rows of a table are kept (`tickers`, `spot/ticker`); undefined: there is no such table. */
export function storageOfTable(table: string): ChannelSpec["storage"] | "trades" | undefined {
  return (findChannel(table) ?? findLegacy(table) ?? findV3Channel(table))?.storage;
}
