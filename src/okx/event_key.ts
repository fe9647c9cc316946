/**
 * What makes one event the same as another. The exchange says the newest events of some channels again whenever they are
 * subscribed (`option-trades`, liquidations, block and spread trades), and two connections bring each event twice.
 */
import type { Row } from "./frame.ts";
import { fieldText } from "./exact_json.ts";
import { parseJson } from "../shared/json_object.ts";

/** Members that name an event, the first that is there counts; ids are unique per instrument only. */
const IDS = ["tradeId", "blockTdId"];
const OWNERS = ["instId", "sprdId", "ordId"];
const TIMES = ["ts", "cTime", "uTime", "pTime"];

/**
 * Returns a text that two rows have in common when they are the same event: its id and time, or everything that it says where
 * it has a time only. Undefined: nothing distinguishes it from another with the same content. Also for a row as Redis keeps it.
 */
export function eventKey(row: Row): string | undefined {
  const time = firstOf(row, TIMES);
  const id = firstOf(row, IDS);
  if (id !== "") return [id, time, ...OWNERS.map((name) => fieldText(row[name]))].join("\n");
  if (time === "") return undefined;
  return Object.keys(row).sort().map((name) => `${name}=${fieldText(row[name])}`).join("\n");
}

/** Returns when an event was, by its own word, in Unix milliseconds; undefined: it does not say. */
export function eventTime(row: Row): number | undefined {
  const time = Number(firstOf(row, TIMES) || NaN);
  return Number.isFinite(time) ? time : undefined;
}

/**
 * Returns the parts of a row that are events of their own (each liquidation of an instrument); undefined: it is one
 * itself.
 */
export function nestedEvents(row: Row): readonly Row[] | undefined {
  const { details } = row;
  const list: unknown = typeof details === "string" ? parseJson(details) : details;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const { instType, instId } = row;
  return list.filter((each) => typeof each === "object" && each !== null)
    .map((each) => ({ ...each, instType, instId }));
}

/** Returns what names each event of a row, as {@link eventKey} does. */
export function eventKeys(row: Row): string[] {
  return (nestedEvents(row) ?? [row]).map(eventKey).filter((id) => id !== undefined);
}

function firstOf(row: Row, names: readonly string[]): string {
  for (const name of names) {
    const text = fieldText(row[name]);
    if (text !== "") return text;
  }
  return "";
}
