/** Latest rows that end without a word of the exchange. */
import assert from "node:assert/strict";
import type { Row } from "../../../../src/okx/frame.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { fadesOf } from "../../../../src/store/layout/expiring_rows.ts";
import { AT, only, rowsOf, stateOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

/** What Redis would hold. */
function layout() {
  const project = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  const rows = new Map<string, Row>();
  const apply = (writes: readonly Write[]): void => {
    for (const { key, row } of only(writes, "row")) {
      if (Object.keys(row).length === 0) rows.delete(key);
      else rows.set(key, row);
    }
  };
  return {
    rows,
    push: (path: string, row: Row, at = AT) => apply(project.project(rowsOf(path, [row], at))),
    pushAll: (path: string, all: readonly Row[]) => apply(project.project(rowsOf(path, all))),
    state: (path: string, state: "live" | "stale", at = AT) =>
      apply(project.project(stateOf(path, state, at))),
    pass: (at: number) => apply(project.due(at)),
  };
}

const ADL = "adl-warning:SWAP:BTC-USDT";
const warning = { instType: "SWAP", instFamily: "BTC-USDT", state: "warning", bal: "5" };

Deno.test("a warning of auto-deleveraging that is not repeated any more is over", () => {
  const { rows, push, pass } = layout();
  push(ADL, warning);
  pass(AT + 9000);
  assert.equal(rows.get(`${P}/${ADL}`)?.state, "warning");
  push(ADL, { ...warning, state: "adl" }, AT + 9500);
  pass(AT + 15_000);
  assert.equal(rows.get(`${P}/${ADL}`)?.state, "adl");
  pass(AT + 20_000);
  assert.deepEqual([rows.get(`${P}/${ADL}`)?.state, rows.get(`${P}/${ADL}`)?.bal], ["normal", "5"]);
});

Deno.test("while nothing is received nobody knows of a warning, and what an earlier process left ends too", () => {
  const { rows, push, state, pass } = layout();
  push(ADL, warning);
  state(ADL, "stale");
  assert.equal(rows.get(`${P}/${ADL}`)?.state, "unknown");
  pass(AT + 60_000);
  assert.equal(rows.get(`${P}/${ADL}`)?.state, "unknown");
  state(ADL, "live", AT + 60_000);
  pass(AT + 70_000);
  assert.equal(rows.get(`${P}/${ADL}`)?.state, "normal");
  const other = layout();
  other.state(ADL, "live");
  other.pass(AT + 11_000);
  assert.equal(other.rows.get(`${P}/${ADL}`)?.state, "normal");
});

Deno.test("rows of options go when these have expired, native and legacy", () => {
  const day = Date.UTC(2026, 11, 25);
  for (
    const [path, table] of [["opt-summary:BTC-USD", "opt-summary"], [
      "option/summary:BTC-USD",
      "option/summary",
    ]] as const
  ) {
    const { rows, push, pass } = layout();
    for (const id of ["BTC-USD-261225-60000-C", "BTC-USD-261226-0.5-P"]) {
      push(path, { instId: id, delta: "1" }, day);
    }
    pass(day + 8 * 3_600_000);
    assert.equal(rows.size, 2);
    pass(day + 9 * 3_600_000);
    assert.deepEqual([...rows.keys()], [`${P}/${table}:BTC-USD-261226-0.5-P`]);
  }
});

Deno.test("more options than are kept at once come and go", () => {
  const { rows, push, pushAll, pass } = layout();
  for (let day = 1; day <= 3; day++) {
    pushAll(
      "opt-summary:BTC-USD",
      Array.from({ length: 20_000 }, (_, i) => ({ instId: `BTC-USD-26120${day}-${i}-C` })),
    );
    pass(Date.UTC(2026, 11, day, 12));
  }
  push("opt-summary:BTC-USD", { instId: "BTC-USD-261224-1-C" });
  assert.equal(rows.size, 1);
});

Deno.test("a warning of liquidation goes with its position, or when it was long ago", () => {
  const risk = "liquidation-warning:ANY";
  const { rows, push, pass } = layout();
  for (const posId of ["1", "2"]) push(risk, { posId, instId: "X", pos: "3", uTime: "1" });
  push("positions:ANY", { posId: "1", instId: "X", pos: "0", uTime: "2" });
  const left = () => [...rows.keys()].filter((key) => key.includes("liquidation"));
  assert.deepEqual(left(), [`${P}/liquidation-warning:2`]);
  pass(AT + 3_700_000);
  assert.deepEqual(left(), []);
});

Deno.test("a market of event contracts that has expired makes room for another", () => {
  const path = "event-contract-markets:EVENTS";
  const { rows, push, pushAll } = layout();
  for (const series of ["A", "B", "C"]) {
    pushAll(path, Array.from({ length: 20_000 }, (_, i) => ({ instId: `${series}-${i}`, state: "expired" })));
  }
  push(path, { instId: "NEW", state: "live" });
  assert.equal(rows.get(`${P}/event-contract-markets:NEW`)?.state, "live");
});

Deno.test("a warning of an earlier process is over when it is not repeated after the start", () => {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  const path = "adl-warning:SWAP:A-USDT";
  const row = { instType: "SWAP", instFamily: "A-USDT", state: "warning", ts: "1" };
  const key = `okex/test/${path}`;
  projector.mergeFrom([{ topic: topicOf(path), id: "SWAP:A-USDT", key, row }]);
  assert.deepEqual(projector.due(AT - 1000), []);
  projector.project(stateOf(path, "live"));
  assert.deepEqual(projector.due(AT + 5000), []);
  const [write] = projector.due(AT + 20_000);
  assert.deepEqual(write, { kind: "row", key, row: { ...row, state: "normal" }, whole: true });
});

Deno.test("rows of an earlier process that have ended meanwhile are removed, and others when their time comes", () => {
  const summary = fadesOf("opt-summary");
  const at = Date.UTC(2026, 0, 2);
  assert.deepEqual(summary?.({ instId: "BTC-USD-260101-1-C" }, { isDesired: true, at }), {});
  assert.equal(summary?.({ instId: "BTC-USD-260103-1-C" }, { isDesired: true, at }), undefined);
  assert.deepEqual(summary?.({ instId: "BTC-USD-260103-1-C" }, { isDesired: false, at }), {});
  const risk = fadesOf("liquidation-warning");
  assert.deepEqual(risk?.({ posId: "1", uTime: String(at - 3_600_001) }, { isDesired: true, at }), {});
  assert.equal(risk?.({ posId: "1", uTime: String(at - 1) }, { isDesired: true, at }), undefined);
  assert.equal(fadesOf("tickers"), undefined);
});
