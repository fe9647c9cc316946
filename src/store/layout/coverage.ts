/** Which rows a subscription brings: one whose key is the path itself, or those of many instruments. */
import type { Topic } from "../../okx/topic.ts";

type Row = Readonly<Record<string, unknown>>;

/** Whether a subscription brings one row only, whose key is the path itself. */
export function bringsOneRow(topic: Topic): boolean {
  if (topic.endpoint === "v3") return topic.keep === undefined && topic.path.includes(":");
  if (topic.convert !== undefined) return topic.storage === "latest" && topic.path.includes(":");
  return topic.key.every((name) => topic.arg[name] !== undefined);
}

/** Whether a row of a channel is one that this subscription asked for. */
export function bringsRow(topic: Topic, row: Row): boolean {
  if (topic.endpoint === "v3") return topic.keep?.(row) ?? true;
  return Object.entries(topic.arg).every(([name, value]) =>
    row[name] === undefined || row[name] === value || (name === "instType" && value === "ANY")
  );
}

/** Storages whose rows are found one by one, each under its own natural key. */
const KEYED: readonly Topic["storage"][] = ["latest", "open", "balances", "instruments"];

/** Whether a subscription brings rows that are found under other paths than its own. */
export function bringsMany(topic: Topic): boolean {
  return KEYED.includes(topic.storage) && !bringsOneRow(topic);
}

/** Whether a row of a path is one among others that come without it, so that none of them says anything of another. */
export function isMixed(topic: Topic): boolean {
  const { arg, storage, login } = topic;
  if (KEYED.includes(storage)) return !bringsOneRow(topic);
  // Legacy orders are kept as trades are, and change as orders do.
  return (storage === "trades" && login) || (arg.instId === undefined && arg.sprdId === undefined);
}
