/** When a pushed snapshot of the account is whole. */
import assert from "node:assert/strict";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { QUIET_MS, Snapshot } from "../../../../src/session/recovery/snapshot_pages.ts";

function page(number: number, last: boolean): DataFrame {
  const arg = { channel: "positions", instType: "ANY" };
  return { kind: "data", arg, rows: [], action: "snapshot", page: { number, last }, text: "" };
}

function part(eventType: string, balData: Row[], posData: Row[] = []): DataFrame {
  const rows = [{ eventType, pTime: "1", balData, posData }];
  return { kind: "data", arg: { channel: "balance_and_position" }, rows, action: undefined, text: "" };
}

Deno.test("a snapshot in pages is whole with its last one, when none before it is missing", () => {
  const whole = (...pages: [number, boolean][]) => {
    const snapshot = new Snapshot(undefined);
    return pages.map(([number, last]) => snapshot.take(page(number, last), 0));
  };
  assert.deepEqual(whole([1, true]), [true]);
  assert.deepEqual(whole([1, false], [2, false], [3, true]), [false, false, true]);
  assert.deepEqual(whole([1, false], [3, true]), [false, false]);
  assert.deepEqual(whole([2, true]), [false]);
  assert.deepEqual(whole([1, false], [3, true], [1, true]), [false, false, true]);
});

Deno.test("pages some time apart are no snapshot; one that is whole has what was pushed between its pages", () => {
  const snapshot = new Snapshot(undefined);
  const row = (posId: string): Partial<DataFrame> => ({ rows: [{ posId }] });
  snapshot.take({ ...page(1, false), ...row("1") }, 0);
  assert.equal(snapshot.take({ ...page(2, true), ...row("2") }, 12_000), false);
  snapshot.take({ ...page(1, false), ...row("1") }, 20_000);
  snapshot.take({ ...page(1, false), ...row("3"), action: "update" }, 20_001);
  assert.equal(snapshot.take({ ...page(2, true), ...row("2") }, 22_000), true);
  assert.deepEqual(snapshot.rows().map((each) => (each as Row).posId), ["1", "3", "2"]);
  snapshot.take(page(1, false), 30_000);
  snapshot.end();
  assert.equal(snapshot.take(page(2, true), 30_001), false, "a list was delivered in between");
});

Deno.test("one that is split without a word is whole when nothing more has come for a while", () => {
  const snapshot = new Snapshot("balancesAndPositions");
  assert.equal(snapshot.dueIn(0), undefined);
  snapshot.take(part("filled", [{ ccy: "OLD" }]), 0);
  assert.equal(snapshot.dueIn(0), undefined);
  snapshot.take(part("snapshot", [{ ccy: "BTC" }]), 10);
  snapshot.take(part("snapshot", [{ ccy: "ETH" }], [{ posId: "1" }]), 200);
  snapshot.take(part("filled", [{ ccy: "BTC", cashBal: "2" }]), 300);
  assert.equal(snapshot.dueIn(300), 200 + QUIET_MS - 300);
  assert.equal(snapshot.dueIn(200 + QUIET_MS), 0);
  const [row] = snapshot.join();
  assert.deepEqual([row?.eventType, row?.balData, row?.posData], [
    "snapshot",
    [{ ccy: "BTC" }, { ccy: "ETH" }, { ccy: "BTC", cashBal: "2" }],
    [{ posId: "1" }],
  ]);
  assert.equal(snapshot.dueIn(9999), undefined);
});
