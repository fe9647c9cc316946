/**
 * What becomes of rows that open and close, and of lists, when their path is no longer desired: a set of what is open that
 * nobody keeps up would be read as true for ever. Series are left as they are.
 */
import type { Row } from "../../okx/frame.ts";
import { type RowLifecycle, UNKNOWN } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "../write/write.ts";

/** Returns the set of what a path has open or listed; undefined: it has none. */
export function setKeyOf(keys: Keys, { storage, path }: Topic): string | undefined {
  if (storage === "instruments") return keys.path(path);
  return storage === "open" || storage === "balances" ? keys.open(path) : undefined;
}

/**
 * Returns the writes that remove a set. Its rows go with it; those of what has an end of its own stay, say that their state is
 * unknown, and stand in the index of what is over. `kept`: ids that another path of the same table has, whose rows are as they
 * were.
 */
export function retireSet(
  keys: Keys,
  topic: Topic,
  { kept, at }: { readonly kept: ReadonlySet<string>; readonly at: number },
): Write[] {
  const key = setKeyOf(keys, topic);
  if (key === undefined) return [];
  const { table, storage } = topic;
  const rows = storage === "instruments" ? keys.member(key, "") : keys.row(table, "");
  const ended = hasEnd(topic) ? { ended: { index: keys.path(table), score: at } } : {};
  return [
    ...[...kept].map((member): Write => ({ kind: "unmember", key, member })),
    { kind: "retain", key, members: [], rows, ...ended },
  ];
}

/** Returns a row that no set has, of a table of which no path is desired; `row` is what is known of it. */
export function retireRow(
  keys: Keys,
  topic: Topic,
  { id, row, at }: { readonly id: string; readonly row: Row; readonly at: number },
): Write[] {
  const key = keys.row(topic.table, id);
  if (!hasEnd(topic)) return [{ kind: "row", key, row: {}, whole: true }];
  if (row.state === undefined || row.state === UNKNOWN || topic.lifecycle?.isOver(row) === true) return [];
  return [
    { kind: "row", key, row: { state: UNKNOWN }, whole: false },
    { kind: "score", key: keys.path(topic.table), score: at, member: id },
  ];
}

/** Whatever has an end that is pushed is not simply gone when nothing is received of it, as a position is. */
function hasEnd(topic: Topic): boolean {
  return topic.storage === "open" && topic.lifecycle?.reopens === false;
}

/** Returns the members with which a legacy row of an order says that its state is unknown: orders of spot say it twice. */
export function unknownOrder(life: RowLifecycle, row: Row): Row {
  const names = life.id === "algo_id" || life.id === "algoId" ? ["status"] : ["state", "status"];
  return Object.fromEntries(names.filter((name) => row[name] !== undefined).map((name) => [name, UNKNOWN]));
}
