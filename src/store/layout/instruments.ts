/**
 * Instruments: a set of ids with a row each. The full list replaces the set, pushes change it: one that has expired goes,
 * and one that says a part of a row leaves the rest as it was (OKX v5 changelog of 2026-09-30).
 */
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { cleanId, isOfSet, type Push, type PushContext, rowMessage } from "./push.ts";
import type { Write } from "../write/write.ts";

/** The exchange's rows of legacy paths, whose own rows have other members. */
export class Instruments {
  readonly #rows = new Map<string, Map<string, Row>>();

  /** Returns a push whose rows say everything that is known of each instrument; a list is that already. */
  complete(topic: Topic, frame: DataFrame): DataFrame {
    if (topic.storage !== "instruments" || topic.asSent) return frame;
    const whole = frame.action === "list";
    const known = whole ? new Map<string, Row>() : this.#rows.get(topic.path) ?? new Map<string, Row>();
    this.#rows.set(topic.path, known);
    const rows = (frame.rows as readonly Row[]).map((row) => {
      const id = String(row?.instId ?? "");
      const full = whole ? row : { ...known.get(id), ...row };
      if (isExpired(full)) known.delete(id);
      else if (known.has(id) || known.size < MAX_ROWS) known.set(id, full);
      return full;
    });
    return { ...frame, rows };
  }

  /** Forgets a path that is no longer desired. */
  forget(path: string): void {
    this.#rows.delete(path);
  }
}

/** Rows remembered of a path; more than all options that there are. */
const MAX_ROWS = 50_000;

function isExpired(row: Row): boolean {
  return row?.state === "expired";
}

/** Adds the writes of a push of instruments. `sources` are the exchange's rows of those of the push. */
export function writeInstruments(context: PushContext, push: Push, writes: Write[]): void {
  const { keys, sets, rowKeys, current } = context;
  const { topic, frame, rows, sources = rows } = push;
  const key = keys.path(topic.path);
  const whole = frame.action === "list" || topic.pushesWhole;
  const known = whole ? new Set<string>() : sets.get(key);
  let changed = whole;
  for (const [i, row] of rows.entries()) {
    const id = cleanId(row.instrument_id ?? row.instId);
    if (id === undefined) continue;
    const rowKey = keys.member(key, id);
    const message: Write = {
      kind: "publish",
      channel: rowKey,
      message: rowMessage(topic, frame, row),
      of: key,
    };
    const slot = `${key}\n${id}`;
    if (isExpired(sources[i] as Row)) {
      rowKeys.release(topic.path, id);
      current.drop(topic.path, rowKey);
      current.drop(topic.path, slot);
      // A row of nothing removes the key.
      if (!whole) {
        writes.push({ kind: "row", key: rowKey, row: {}, whole: true }, {
          kind: "unmember",
          key,
          member: id,
        });
      }
      writes.push(message);
      changed = known?.delete(id) === true || changed;
      continue;
    }
    if (!rowKeys.admit(topic.path, id)) continue;
    const write: Write = { kind: "row", key: rowKey, row, whole: false };
    const member: Write = { kind: "member", key, member: id };
    current.keep(topic.path, rowKey, write);
    current.keep(topic.path, slot, member);
    writes.push(write, member, message);
    if (known !== undefined && !known.has(id)) {
      known.add(id);
      changed = true;
    }
  }
  if (known === undefined || !changed) return;
  sets.set(key, known);
  const retain: Write = { kind: "retain", key, members: [...known], rows: keys.member(key, "") };
  current.narrow(topic.path, (write) => isOfSet(write, key, known, keys.member(key, "")));
  current.keep(topic.path, `${key}\ntrim`, retain);
  if (whole) {
    rowKeys.forget(topic.path);
    for (const id of known) rowKeys.admit(topic.path, id);
  }
  writes.push(retain);
}
