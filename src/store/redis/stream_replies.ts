/** What Redis says of streams, as values. */
import type { CachedRow, StreamInfo } from "../store.ts";
import type { RedisReply } from "./resp.ts";

/** Entries as XRANGE and XREVRANGE give them. */
export function parseEntries(reply: RedisReply): { readonly id: string; readonly row: CachedRow }[] {
  const entries: readonly RedisReply[] = Array.isArray(reply) ? reply : [];
  return entries.map((entry) => {
    const [id = "", row = []] = Array.isArray(entry) ? entry : [];
    return { id: String(id), row: paired(row) };
  });
}

/** Returns what XINFO STREAM gives. */
export function readStreamInfo(reply: RedisReply): StreamInfo {
  const members: readonly RedisReply[] = Array.isArray(reply) ? reply : [];
  const valueOf = (name: string) => {
    const at = members.indexOf(name);
    return at < 0 ? undefined : members[at + 1];
  };
  const [added, first] = [valueOf("entries-added"), valueOf("first-entry")];
  return {
    length: Number(valueOf("length") ?? 0),
    added: added === undefined ? undefined : Number(added),
    first: Array.isArray(first) ? String(first[0]) : undefined,
    last: String(valueOf("last-generated-id") ?? "0-0"),
  };
}

/** Returns a row of names and values that stand in turns. */
export function paired(reply: RedisReply): CachedRow {
  const row: CachedRow = {};
  if (!Array.isArray(reply)) return row;
  for (let i = 0; i + 1 < reply.length; i += 2) row[String(reply[i])] = String(reply[i + 1]);
  return row;
}
