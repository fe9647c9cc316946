/** Lists of instruments: what expires, what is said in part, and what a new list leaves out. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { Row } from "../../../../src/okx/frame.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { published, rowsOf, seedOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

/** What Redis would hold after these events, and what was published. */
function kept(events: readonly SessionEvent[]) {
  const project = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  const rows = new Map<string, Row>();
  const ids = new Set<string>();
  const messages: [string, string][] = [];
  for (const event of events) {
    const writes = project.project(event);
    messages.push(...published(writes));
    for (const write of writes) {
      if (write.kind === "row" && Object.keys(write.row).length === 0) rows.delete(write.key);
      else if (write.kind === "row") {
        rows.set(write.key, write.whole ? write.row : { ...rows.get(write.key), ...write.row });
      }
      if (write.kind === "member") ids.add(write.member);
      if (write.kind === "unmember") ids.delete(write.member);
      if (write.kind !== "retain") continue;
      for (const id of [...ids].filter((each) => !write.members.includes(each))) {
        ids.delete(id);
        rows.delete(write.rows + id);
      }
    }
  }
  return { rows, ids: [...ids], messages };
}

const row = (instId: string, more: Row = {}): Row => ({
  instType: "SPOT",
  instId,
  state: "live",
  tickSz: "0.1",
  ...more,
});

Deno.test("an instrument that has expired goes from the list with its row, and is reported once more", () => {
  const path = "instruments:SPOT";
  const { rows, ids, messages } = kept([
    seedOf(topicOf(path), [row("A-B"), row("C-D"), row("E-F", { state: "expired" })]),
    rowsOf(path, [row("A-B", { state: "expired" })]),
    rowsOf(path, [row("G-H")]),
  ]);
  assert.deepEqual(ids, ["C-D", "G-H"]);
  assert.equal(rows.has(`${P}/${path}:A-B`), false);
  assert.ok(messages.some(([channel, text]) => channel === `${P}/${path}:A-B` && text.includes("expired")));
});

Deno.test("a new list leaves nothing of an instrument that is not in it, as one that was renamed", () => {
  const path = "instruments:SPOT";
  const { rows, ids } = kept([
    seedOf(topicOf(path), [row("OLD-USD"), row("A-B")]),
    seedOf(topicOf(path), [row("NEW-USD"), row("A-B")]),
  ]);
  assert.deepEqual([ids.toSorted(), rows.has(`${P}/${path}:OLD-USD`)], [["A-B", "NEW-USD"], false]);
});

Deno.test("a push of a part of a row leaves the rest as it was, over legacy paths too", () => {
  const part = { instType: "SPOT", instId: "A-B", lotSz: "5" };
  for (
    const [path, step, tick] of [["instruments:SPOT", "lotSz", "tickSz"], [
      "spot/instruments",
      "size_increment",
      "tick_size",
    ]] as const
  ) {
    const { rows } = kept([seedOf(topicOf(path), [row("A-B", { lotSz: "1" })]), rowsOf(path, [part])]);
    const found = rows.get(`${P}/${path}:A-B`);
    assert.deepEqual([found?.[step], found?.[tick]], ["5", "0.1"], path);
  }
});

Deno.test("a part of an option's row finds its family, and another family's does not", () => {
  const path = "option/instruments:BTC-USD";
  const option = (instId: string, more: Row = {}) => ({ instType: "OPTION", instId, state: "live", ...more });
  const { rows, ids } = kept([
    seedOf(topicOf(path), [option("BTC-USD-1-2-C", { instFamily: "BTC-USD", stk: "2" })]),
    rowsOf(path, [option("BTC-USD-1-2-C", { lotSz: "3" }), option("ETH-USD-1-2-C"), option("BTC-USD-1-9-P")]),
    rowsOf(path, [option("BTC-USD-1-9-P", { state: "expired" })]),
  ]);
  assert.deepEqual(ids, ["BTC-USD-1-2-C"]);
  const found = rows.get(`${P}/${path}:BTC-USD-1-2-C`);
  assert.deepEqual([found?.lot_size, found?.strike, found?.state], ["3", "2", "2"]);
});
