/**
 * Connections of services by the names that Redis lists: each says whose prefix and which process it is of, so that a new
 * holder of the lease can end those of the one before.
 */
import { createHash } from "node:crypto";

/** What a name is made of. */
export type ClientName = { readonly keyPrefix: string; readonly db: number; readonly instance: string };

/** Of a prefix only what any list of clients can hold, and enough of a hash that no other one has the same. */
export function clientName({ keyPrefix, db, instance }: ClientName): string {
  const hash = createHash("sha256").update(JSON.stringify([keyPrefix, db])).digest("hex").slice(0, 12);
  return `okws:${keyPrefix.replace(/[^A-Za-z0-9._-]/g, "").slice(0, 20)}-${hash}:${instance}`;
}

/** Ids of the connections in a reply to CLIENT LIST that are of another process with the same prefix. */
export function othersOf(list: string, name: string): string[] {
  const group = name.slice(0, name.lastIndexOf(":") + 1);
  return list.split("\n").flatMap((line) => {
    const id = /(?:^| )id=(\d+)/.exec(line)?.[1];
    const other = /(?:^| )name=(\S*)/.exec(line)?.[1] ?? "";
    return id !== undefined && other.startsWith(group) && other !== name ? [id] : [];
  });
}
