/**
 * What is open in an account: orders, positions, balances. Each has a row of its own and stands in the set of what is
 * open until it is over, and then in an index of the newest that are over. A snapshot in pages replaces the set only when
 * its last page has come, since a single page says nothing about what it leaves out.
 */
import type { Row } from "../../okx/frame.ts";
import {
  changedAt,
  isSameMoment,
  partLifecycle,
  type RowLifecycle,
  UNKNOWN,
} from "../../okx/row_lifecycle.ts";
import { cleanId, idOf, isOfSet, type Push, type PushContext, rowMessage } from "./push.ts";
import { fadedWrites } from "./fading_writes.ts";
import type { Write } from "../write/write.ts";

const WARNINGS = "liquidation-warning";

/** Adds the writes of a push of orders, positions or whatever else has a life. */
export function writeOpen(context: PushContext, push: Push, writes: Write[]): void {
  const { keys, maxRow } = context;
  const { topic, frame, rows, at, standing = [] } = push;
  const index = keys.path(topic.table);
  const open = keys.open(topic.path);
  const life = topic.lifecycle;
  const trim: Write = { kind: "trim", key: index, keep: maxRow, rows: keys.row(topic.table, "") };
  const seen = standing.map(cleanId).filter((id) => id !== undefined);
  for (const pushed of rows) {
    const id = idOf(topic.key, pushed);
    if (id === undefined) continue;
    const key = keys.row(topic.table, id);
    const row = isListed(push) && life !== undefined
      ? completed(life, pushed, context.current.get(topic.path, key))
      : pushed;
    const over = life?.isOver(row) === true || row.state === UNKNOWN;
    if (over) context.rowKeys.release(topic.path, id);
    else if (!context.rowKeys.admit(topic.path, id)) continue;
    const write = { kind: "row", key, row, whole: true } as const;
    writes.push(write);
    // The index holds what is over, and only that is trimmed: what is open keeps its row however old it gets.
    const score = row.state === UNKNOWN ? at : changedAt(row) ?? at;
    const indexing = { kind: "score", key: index, score, member: id } as const;
    if (over) writes.push(indexing);
    else if (context.current.get(topic.path, key) === undefined) {
      writes.push({ kind: "unscore", key: index, member: id });
    }
    const member = { kind: over ? "unmember" : "member", key: open, member: id } as const;
    writes.push(member);
    remember(context, topic.path, over, write, member);
    if (over) context.ended.note(topic.path, [write, indexing, trim]);
    // What is closed is at no risk any more.
    const warning = over && topic.table === "positions"
      ? context.fading.end(keys.row(WARNINGS, id))
      : undefined;
    if (warning !== undefined) writes.push(...fadedWrites(context, [warning]));
    writes.push({
      ...{ kind: "publish", channel: key, message: rowMessage(topic, frame, row) },
      of: keys.path(topic.path),
    });
    if (!over) seen.push(id);
    follow(context, { open, path: topic.path }, id, over);
  }
  writes.push(trim);
  // Whatever has an end of its own that was not pushed is not simply gone, as a position that is missing is.
  const ended = life?.reopens === true ? undefined : { index, score: at };
  replaceWhenWhole(context, push, { key: open, rows: keys.row(topic.table, ""), ended }, seen, writes);
}

/** Returns whether rows may be those of a list, which has fewer members than a push. */
function isListed({ frame }: Push): boolean {
  return frame.action === "snapshot" || frame.action === "backfill";
}

/** A list that has nothing newer of a row than what was pushed takes nothing away from it. */
function completed(life: RowLifecycle, row: Row, known: Write | undefined): Row {
  if (life.reopens || known?.kind !== "row" || !isSameMoment(life, row, known.row)) return row;
  return { ...known.row, ...row };
}

/** Writes an account's own row, and one row for each currency (and position, where the channel sends them too). */
export function writeBalances(context: PushContext, push: Push, writes: Write[]): void {
  const { keys } = context;
  const { topic, frame, rows } = push;
  const open = keys.open(topic.path);
  const account = keys.path(topic.table);
  const seen: string[] = [];
  for (const row of rows) {
    const { details, balData, posData, ...own } = row;
    const whole = partLifecycle(topic.table, "account");
    let news = context.lives.take(whole, { ...own, account: topic.table });
    if (news) {
      const write: Write = { kind: "row", key: account, row: own, whole: true };
      context.current.keep(topic.path, account, write);
      writes.push(write);
    }
    for (
      const [part, name] of [
        ...listed(details, "ccy"),
        ...listed(balData, "ccy"),
        ...listed(posData, "posId"),
      ]
    ) {
      const id = idOf([name], part);
      if (id === undefined) continue;
      const key = keys.row(topic.table, id);
      const life = partLifecycle(topic.table, name);
      if (!context.lives.take(life, part)) {
        if (context.lives.isOpen(life, id)) seen.push(id);
        continue;
      }
      news = true;
      const over = life.isOver(part);
      if (over) context.rowKeys.release(topic.path, id);
      else if (!context.rowKeys.admit(topic.path, id)) continue;
      const write = { kind: "row", key, row: part, whole: true } as const;
      const member = { kind: over ? "unmember" : "member", key: open, member: id } as const;
      writes.push(write, member);
      remember(context, topic.path, over, write, member);
      if (over) context.ended.note(topic.path, [write]);
      writes.push({ kind: "publish", channel: key, message: JSON.stringify(part) });
      if (!over) seen.push(id);
      follow(context, { open, path: topic.path }, id, over);
    }
    if (!news) continue;
    writes.push({
      ...{ kind: "publish", channel: account, message: rowMessage(topic, frame, row) },
      of: keys.path(topic.path),
    });
  }
  replaceWhenWhole(context, push, { key: open, rows: keys.row(topic.table, "") }, seen, writes);
}

/** Remembers what is open and its score in the set, and forgets what is over. */
function remember(
  { current, ended }: PushContext,
  path: string,
  over: boolean,
  row: Write & { kind: "row" },
  member: Write & { kind: "member" | "unmember" },
): void {
  const slot = `${member.key}\n${member.member}`;
  if (over) {
    current.drop(path, row.key);
    current.drop(path, slot);
  } else {
    ended.drop(row.key);
    current.keep(path, row.key, row);
    current.keep(path, slot, member);
  }
}

/** Keeps the last complete snapshot, and one whose pages are still coming, up to date with what is pushed since. */
function follow(
  { sets, pages }: PushContext,
  { open, path }: { readonly open: string; readonly path: string },
  id: string,
  over: boolean,
): void {
  for (const ids of [sets.get(open), pages.get(path)]) {
    if (over) ids?.delete(id);
    else ids?.add(id);
  }
}

/**
 * After the last page, whatever the snapshot left out goes. Within a batch that removal comes last, so every later push
 * says again what is to stay: what was opened in between must not go with the rest.
 */
function replaceWhenWhole(
  { pages, sets, rowKeys, current }: PushContext,
  { topic, frame }: Push,
  { ended, ...set }: {
    readonly key: string;
    readonly rows: string;
    readonly ended?: { readonly index: string; readonly score: number } | undefined;
  },
  seen: readonly string[],
  writes: Write[],
): void {
  const known = sets.get(set.key);
  const retain = (ids: Iterable<string>): void => {
    const members = [...ids];
    const write: Write = { kind: "retain", ...set, members, ...(ended === undefined ? {} : { ended }) };
    current.keep(topic.path, `${set.key}\ntrim`, write);
    writes.push(write);
  };
  if (frame.action !== "snapshot" || frame.page === undefined) {
    if (known !== undefined && seen.length > 0) retain(known);
    return;
  }
  const ids = frame.page.number === 1 ? new Set<string>() : pages.get(topic.path);
  // A page whose beginning was missed cannot make a whole.
  if (ids === undefined) return;
  for (const id of seen) ids.add(id);
  pages.set(topic.path, ids);
  if (!frame.page.last) return;
  pages.delete(topic.path);
  sets.set(set.key, ids);
  rowKeys.forget(topic.path);
  for (const id of ids) rowKeys.admit(topic.path, id);
  current.narrow(topic.path, (write) => isOfSet(write, set.key, ids, set.rows));
  retain(ids);
}

function listed<Name extends string>(value: unknown, name: Name): [Row, Name][] {
  const rows = Array.isArray(value) ? value : [];
  return rows.filter((row) => typeof row === "object" && row !== null).map((row) => [row as Row, name]);
}
