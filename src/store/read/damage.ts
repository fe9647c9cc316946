/**
 * What Redis should hold against what it holds: rows, records and registers may be evicted, deleted, overwritten, or go
 * with the whole database when it is replaced by another. Reads alone; nothing is decided here.
 */
import type { Row } from "../../okx/frame.ts";
import { isWrongType } from "../../shared/redis_errors.ts";
import type { Store } from "../store.ts";
import { fieldText } from "../../okx/exact_json.ts";
import type { Write } from "../write/write.ts";

type Reader = Pick<Store, "rows" | "members" | "newest">;

/** Keys read at once, so that nobody waits long for a reply behind them. */
const PORTION = 500;

/** Returns those of these writes that are not in Redis as they were written. Rejects with StoreError. */
export async function findDamage(store: Reader, writes: readonly Write[]): Promise<Write[]> {
  const byKey = new Map<string, Write[]>();
  for (const write of writes) {
    if (!isLasting(write)) continue;
    const known = byKey.get(write.key);
    if (known === undefined) byKey.set(write.key, [write]);
    else known.push(write);
  }
  const damaged: Write[] = [];
  const hashes = [...byKey].filter(([, [first]]) => isOfHash(first));
  for (let at = 0; at < hashes.length; at += PORTION) {
    const portion = hashes.slice(at, at + PORTION);
    const found = await store.rows(portion.map(([key]) => key));
    for (const [i, [, ofKey]] of portion.entries()) {
      damaged.push(...ofKey.filter((write) => !isThere(write, found[i] ?? {})));
    }
  }
  for (const [key, ofKey] of byKey) {
    const [first] = ofKey;
    if (first?.kind !== "member" && first?.kind !== "score") continue;
    if (first.kind === "score") {
      if ((await orNone(store.newest(key, 1))).length === 0) damaged.push(...ofKey);
      continue;
    }
    const members = new Set(await orNone(store.members(key)));
    damaged.push(...ofKey.filter((write) => write.kind === "member" && !members.has(write.member)));
  }
  return damaged;
}

/** Returns those of these rows that are there, and not as they were written. Rejects with StoreError. */
export async function findChanged<Row extends Write & { readonly kind: "row" }>(
  store: Pick<Store, "rows">,
  writes: readonly Row[],
): Promise<Row[]> {
  const changed: Row[] = [];
  for (let at = 0; at < writes.length; at += PORTION) {
    const portion = writes.slice(at, at + PORTION);
    const found = await store.rows(portion.map(({ key }) => key));
    changed.push(...portion.filter((write, i) => {
      const row = found[i] ?? {};
      return Object.keys(row).length > 0 && !isThere(write, row);
    }));
  }
  return changed;
}

/** Returns the members of sets, by key; a key of another type has none. Rejects with StoreError. */
export async function readSets(
  store: Reader,
  keys: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (let at = 0; at < keys.length; at += PORTION) {
    const portion = keys.slice(at, at + PORTION);
    const members = await Promise.all(portion.map((key) => orNone(store.members(key))));
    for (const [i, key] of portion.entries()) found.set(key, members[i] ?? []);
  }
  return found;
}

/** What stays as it was written until it is written again. */
function isLasting(
  write: Write,
): write is Write & { readonly kind: "row" | "book" | "field" | "member" | "score"; readonly key: string } {
  return isOfHash(write) || write.kind === "member" || write.kind === "score";
}

function isOfHash(write: Write | undefined): boolean {
  return write?.kind === "row" || write?.kind === "book" || write?.kind === "field";
}

function isThere(write: Write, found: Readonly<Record<string, string>>): boolean {
  if (write.kind === "field") return found[write.field] === write.value;
  if (write.kind !== "row" && write.kind !== "book") return true;
  const isWhole = write.kind === "book" || write.whole;
  return write.row === undefined || hasRow(found, write.row) &&
      (!isWhole || Object.keys(found).length === Object.keys(write.row).length);
}

function hasRow(found: Readonly<Record<string, string>>, row: Row): boolean {
  for (const name in row) if (found[name] !== fieldText(row[name])) return false;
  return true;
}

/** A key of another type has no members. */
async function orNone(members: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await members;
  } catch (error) {
    if (isWrongType(error)) return [];
    throw error;
  }
}
