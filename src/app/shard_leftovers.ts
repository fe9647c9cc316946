/**
 * What a shard has to settle of what stood in Redis at its start: what is its own. Of what stands under the names of rows nobody
 * can say by the name alone whose it is; the first shard resolves that, where it is no longer desired.
 */
import type { Keys } from "../store/layout/keys.ts";
import { earlierRowsOf } from "../store/read/leftover_rows.ts";
import type { Leftover } from "../store/read/leftovers.ts";
import type { Share } from "./share.ts";

/** Returns the part of this shard; `desired` are all paths that are desired of the server. */
export function ownLeftover(
  left: Leftover,
  keys: Keys,
  { shard, owns }: Share,
  desired: ReadonlySet<string>,
): Leftover {
  const { server } = left;
  const isFirst = shard.index === 1;
  const heirs = new Map(earlierRowsOf(left.rows, keys, desired).map(({ key, topic }) => [key, topic.path]));
  const isOwnRow = (what: string) => {
    const heir = heirs.get(keys.path(what));
    return heir === undefined ? isFirst : owns(server, heir);
  };
  const none = new Map<string, never>();
  const { sets, rows, orders, fading } = left.rows;
  return {
    ...left,
    records: new Map([...left.records].filter(([path]) => owns(server, path))),
    open: Object.fromEntries(Object.entries(left.open).filter(([path]) => owns(server, path))),
    books: new Map(
      [...left.books].filter(([key]) => owns(server, keys.pathOf(key).replace(/\/(?:bids|asks)$/, ""))),
    ),
    rows: {
      ...(isFirst ? { sets, rows, orders } : { sets: none, rows: none, orders: none }),
      fading: new Map([...fading].filter(([what]) => isOwnRow(what))),
    },
  };
}
