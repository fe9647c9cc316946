/**
 * Rows that go before those of a stream, whose ids only grow: another one with both replaces it, in one step. What is there
 * keeps its id, so that a reader that goes on behind one notices nothing. Groups would go with the stream: where there are any
 * it stays as it is.
 */
import { fillsOf } from "../../../okx/trade_row.ts";
import type { Row } from "../../../okx/frame.ts";
import type { RedisCommand } from "../commands.ts";
import type { RedisReply } from "../resp.ts";
import type { TransportError } from "../transport.ts";
import { millisecondsOf } from "../../write/stream_id.ts";
import { flatten, type Write } from "../../write/write.ts";

type Entry = { readonly id: string; readonly fields: readonly string[] };

/** What puts rows before a stream, and how many they are. */
export type Prepending = { readonly commands: readonly RedisCommand[]; readonly rows: number };

const NOTHING: Prepending = { commands: [], rows: 0 };

/**
 * Returns the commands, where `reply` has the entries that are there, at most `keep`; none where there is no room or
 * nothing is older.
 */
export function prepended(
  { key, rows, name, keep }: Write & { readonly kind: "prepend" },
  reply: RedisReply | TransportError,
): Prepending {
  if (!Array.isArray(reply)) return NOTHING;
  const entries = reply.map(entryOf);
  if (entries.includes(undefined)) return NOTHING;
  const there = entries as readonly Entry[];
  const room = keep - there.length;
  const first = there[0] === undefined ? Infinity : numberIn(there[0], name);
  const older = rows.filter((row) => Number(row[name]) < first);
  const added = room > 0 ? older.slice(-room) : [];
  if (added.length === 0) return NOTHING;
  const commands: RedisCommand[] = [
    ["MULTI"],
    ["DEL", key],
    ...idsBelow(added, there[0]?.id).map((
      id,
      i,
    ): RedisCommand => ["XADD", key, id, ...flatten(added[i] as Row)]),
    ...there.map(({ id, fields }): RedisCommand => ["XADD", key, id, ...fields]),
    ["EXEC"],
  ];
  return { commands, rows: added.length };
}

/** Returns whether groups read a stream, or may: `info` is what XINFO STREAM says of it. */
export function isReadByGroups(info: RedisReply | TransportError): boolean {
  if (info instanceof Error) return !info.message.includes("no such key");
  const count = Array.isArray(info) ? info[info.indexOf("groups") + 1] : undefined;
  return Number(count) !== 0;
}

/** Ids that grow and are below another one: the times of the rows, where these are not too late. */
function idsBelow(rows: readonly Row[], limit: string | undefined): string[] {
  const most = limit === undefined ? Infinity : millisecondsOf(limit) - 1;
  let [ms, n] = [1, 0];
  return rows.map(({ ts }) => {
    const time = Math.min(most, Number(ts) || 0);
    if (time > ms) [ms, n] = [time, 0];
    return `${ms}-${n++}`;
  });
}

function entryOf(entry: RedisReply): Entry | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [id, fields] = entry;
  return Array.isArray(fields) ? { id: String(id), fields: fields.map(String) } : undefined;
}

/** Returns a number that an entry has, of several trades that of the first; without one nothing is older. */
function numberIn({ fields }: Entry, name: string): number {
  const row: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) row[fields[i] as string] = fields[i + 1] as string;
  const number = row[name];
  return number === undefined ? -Infinity : Number(number) - fillsOf(row) + 1;
}
