/** Paths as a reader may write them: the old client names the instrument apart from the channel. */
import { findChannel } from "../okx/channels.ts";
import { formatPath } from "../okx/path_text.ts";
import { parseAnyTopic } from "../okx/topic.ts";

/** Members that complete a path, in the old client's words and in v5's. */
const COMPLETING = [
  "instrument_id",
  "currency",
  "instId",
  "instType",
  "instFamily",
  "sprdId",
  "ccy",
  "algoId",
];

/** A full path, and the members that are left to filter rows with. */
export type FullPath = { readonly path: string; readonly where: Readonly<Record<string, string>> };

/**
 * Completes a path by members: `spot/ticker` with `instrument_id=ETH-USDT` is `spot/ticker:ETH-USDT`; `tickers` with `instId`
 * likewise. A path that is complete is left alone, and the members filter its rows.
 */
export function completePath(path: string, members: Readonly<Record<string, string>>): FullPath {
  const where = { ...members };
  if (path.includes(":")) return { path: canonical(path), where };
  const name = COMPLETING.find((each) => where[each] !== undefined);
  if (name === undefined) return { path: canonical(path), where };
  const value = where[name] as string;
  if (path.includes("/")) {
    delete where[name];
    return { path: canonical(`${path}:${value}`), where };
  }
  const arg: Record<string, string> & { channel: string } = { channel: path };
  const known = findChannel(path)?.args.map((each) => each.replace("?", ""));
  for (const each of COMPLETING) {
    const member = each === "instrument_id" ? "instId" : each === "currency" ? "ccy" : each;
    // What is no argument of the channel filters its rows.
    if (where[each] === undefined || known?.includes(member) === false) continue;
    arg[member] = where[each];
    delete where[each];
  }
  return { path: formatPath(arg), where };
}

function canonical(path: string): string {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" ? topic.path : path;
}
