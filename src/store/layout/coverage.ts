/** Which rows a subscription brings: one whose key is the path itself, or those of many instruments. */
import type { Topic } from "../../okx/topic.ts";

type Row = Readonly<Record<string, unknown>>;

/** Returns whether a row of a channel is one that this subscription asked for. */
export function bringsRow({ arg, asSent, keep }: Topic, row: Row): boolean {
  // What a legacy path of a v5 server leaves out is in rows as they are sent.
  if (asSent && keep !== undefined) return keep(row);
  return Object.entries(arg).every(([name, value]) =>
    row[name] === undefined || row[name] === value || (name === "instType" && value === "ANY")
  );
}

/** Storages whose rows are found one by one, each under its own natural key. */
const KEYED: readonly Topic["storage"][] = ["latest", "open", "balances", "instruments"];

/** Returns whether a subscription brings rows that are found under other paths than its own. */
export function bringsMany(topic: Topic): boolean {
  return KEYED.includes(topic.storage) && !topic.isOneRow;
}

/**
 * Returns whether a row of a path is one among others that come without it, so that none of them says anything of
 * another.
 */
export function isMixed(topic: Topic): boolean {
  const { arg, storage, login } = topic;
  if (KEYED.includes(storage)) return !topic.isOneRow;
  // Legacy orders are kept as trades are, and change as orders do.
  return (storage === "trades" && login) || (arg.instId === undefined && arg.sprdId === undefined);
}
