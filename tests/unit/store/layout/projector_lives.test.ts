/** What opens and closes, as it is kept: late rows, ids that are numbers, and what snapshots leave out. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { Row } from "../../../../src/okx/frame.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, frameOf, only, published, rowsOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

function projector(): Projector {
  return new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
}

/** A snapshot, by default of one page. */
function snapshot(path: string, rows: readonly unknown[], curPage = 1, lastPage = true): SessionEvent {
  const topic = topicOf(path);
  const frame = frameOf(topic, rows, { eventType: "snapshot", curPage, lastPage });
  return { kind: "rows", topics: [topic], frame, at: AT };
}

/** What Redis would hold of hashes and sets after these events. */
function kept(project: Projector, events: readonly SessionEvent[]) {
  const rows = new Map<string, Row>();
  const sets = new Map<string, Set<string>>();
  const of = (key: string) => sets.get(key) ?? sets.set(key, new Set()).get(key) as Set<string>;
  const apply = (write: Write): void => {
    if (write.kind === "row") rows.set(write.key, write.row);
    if (write.kind === "member" || write.kind === "score") of(write.key).add(write.member);
    if (write.kind === "unmember" || write.kind === "unscore") of(write.key).delete(write.member);
    if (write.kind !== "retain") return;
    for (const member of [...of(write.key)].filter((each) => !write.members.includes(each))) {
      of(write.key).delete(member);
      if (write.ended === undefined) rows.delete(write.rows + member);
      else of(write.ended.index).add(member);
    }
  };
  const messages = events.flatMap((event) => {
    const writes = project.project(event);
    for (const write of writes) apply(write);
    return published(writes);
  });
  return { rows, messages, ids: (key: string) => [...of(key)] };
}

const order = (ordId: unknown, state: string, uTime: number, more: Row = {}): Row => {
  return { instType: "SPOT", instId: "A-USDT", ordId, state, uTime: String(uTime), ...more };
};

Deno.test("a late row neither opens an order again nor is reported", () => {
  const { rows, ids, messages } = kept(projector(), [
    rowsOf("orders:ANY", [order("1", "partially_filled", 1)]),
    rowsOf("orders:ANY", [order("1", "filled", 3)]),
    rowsOf("orders:ANY", [order("1", "partially_filled", 2)]),
  ]);
  assert.deepEqual([rows.get(`${P}/orders:1`)?.state, ids(`${P}/orders:ANY/open`), ids(`${P}/orders`)], [
    ...["filled", [], ["1"]],
  ]);
  assert.equal(messages.filter(([channel]) => channel === `${P}/orders:1`).length, 2);
});

Deno.test("a late row of one path changes nothing that another path has brought", () => {
  const { rows, ids } = kept(projector(), [
    rowsOf("orders:ANY", [order("1", "canceled", 3, { instType: "SWAP" })]),
    rowsOf("orders:SWAP", [order("1", "live", 1, { instType: "SWAP" })]),
  ]);
  assert.deepEqual([rows.get(`${P}/orders:1`)?.state, ids(`${P}/orders:SWAP/open`)], ["canceled", []]);
});

Deno.test("a list that is behind what was pushed opens nothing, and closes nothing that was changed since", () => {
  const { rows, ids } = kept(projector(), [
    rowsOf("orders:ANY", [order("1", "filled", 5), order("2", "partially_filled", 6)]),
    snapshot("orders:ANY", [order("1", "live", 4), order("2", "live", 4), order("3", "live", 4)]),
  ]);
  assert.deepEqual(ids(`${P}/orders:ANY/open`), ["2", "3"]);
  assert.deepEqual([rows.get(`${P}/orders:1`)?.state, rows.get(`${P}/orders:2`)?.state], [
    ...["filled", "partially_filled"],
  ]);
});

Deno.test("an id that is a number is kept like its text", () => {
  const { rows, ids } = kept(projector(), [rowsOf("orders:ANY", [order(901, "live", 1)])]);
  assert.deepEqual([rows.get(`${P}/orders:901`)?.ordId, ids(`${P}/orders:ANY/open`)], [901, ["901"]]);
});

Deno.test("a position that opens again leaves the index of those that are over", () => {
  const position = (pos: string, uTime: number) => ({ posId: "9", instId: "X", pos, uTime: String(uTime) });
  const { ids } = kept(projector(), [
    rowsOf("positions:ANY", [position("1", 1)]),
    rowsOf("positions:ANY", [position("0", 2)]),
    rowsOf("positions:ANY", [position("3", 3)]),
  ]);
  assert.deepEqual([ids(`${P}/positions:ANY/open`), ids(`${P}/positions`)], [["9"], []]);
});

Deno.test("what a list leaves out of orders is unknown and stays, what it leaves out of positions is gone", () => {
  const retain = (path: string) => {
    const [write] = only(projector().project(snapshot(path, [])), "retain");
    return write?.ended;
  };
  assert.deepEqual(retain("orders:ANY"), { index: `${P}/orders`, score: AT });
  assert.equal(retain("positions:ANY"), undefined);
  assert.equal(retain("account"), undefined);
});

Deno.test("an order whose end nothing reports is over with an unknown state, until it is reported after all", () => {
  const { rows, ids } = kept(projector(), [
    rowsOf("orders:ANY", [order("1", "live", 1), order("2", "live", 1)]),
    rowsOf("orders:ANY", [order("1", "unknown", 1), order("2", "unknown", 1)]),
    rowsOf("orders:ANY", [order("2", "filled", 4)]),
  ]);
  assert.deepEqual([rows.get(`${P}/orders:1`)?.state, rows.get(`${P}/orders:2`)?.state], [
    "unknown",
    "filled",
  ]);
  assert.deepEqual([ids(`${P}/orders:ANY/open`), ids(`${P}/orders`)], [[], ["1", "2"]]);
});

Deno.test("an older balance changes nothing", () => {
  const account = (uTime: number, cashBal: string) => ({
    ...{ uTime: String(uTime), totalEq: cashBal, details: [{ ccy: "BTC", cashBal, uTime: String(uTime) }] },
  });
  const { rows } = kept(projector(), [
    rowsOf("account", [account(5, "2")]),
    rowsOf("account", [account(4, "1")]),
  ]);
  assert.deepEqual([rows.get(`${P}/account`)?.totalEq, rows.get(`${P}/account:BTC`)?.cashBal], ["2", "2"]);
  const legacy = kept(projector(), [
    rowsOf("spot/account:BTC", [account(5, "2")]),
    rowsOf("spot/account:BTC", [account(4, "1")]),
  ]);
  assert.equal(legacy.rows.get(`${P}/spot/account:BTC`)?.balance, "2");
});

Deno.test("legacy wallets and positions that a snapshot leaves out are empty", async (t) => {
  const money = { uTime: "5", details: [{ ccy: "BTC", cashBal: "2", eq: "2", uTime: "5" }] };
  const other = { uTime: "6", details: [{ ccy: "USDT", cashBal: "1", eq: "1", uTime: "6" }] };
  await t.step("spot/account", () => {
    const { rows } = kept(projector(), [
      snapshot("spot/account:BTC", [money]),
      snapshot("spot/account:BTC", [other]),
    ]);
    assert.equal(rows.get(`${P}/spot/account:BTC`)?.balance, "0");
  });
  await t.step("futures/account, in pages", () => {
    const path = "futures/account:BTC-USDT";
    const wallet = (events: SessionEvent[]) => kept(projector(), events).rows.get(`${P}/${path}`)?.equity;
    assert.equal(wallet([snapshot(path, [money], 1, false), snapshot(path, [other], 2, true)]), "1");
    assert.equal(wallet([snapshot(path, [other], 1, false), snapshot(path, [money], 2, true)]), "1");
    assert.equal(wallet([snapshot(path, [money], 1, false)]), undefined);
    assert.equal(wallet([snapshot(path, [money])]), "0");
  });
  const side = (posId: string, instId: string, posSide: string, pos: string) => ({
    ...{ posId, instId, posSide, pos, avgPx: "7", lever: "3", uTime: "5", mgnMode: "cross" },
  });
  await t.step("futures/position, one side of two", () => {
    const path = "futures/position:X";
    const { rows, messages } = kept(projector(), [
      snapshot(path, [side("1", "X", "long", "4"), side("2", "X", "short", "5")]),
      snapshot(path, [side("1", "X", "long", "4")]),
      snapshot(path, [side("1", "X", "long", "4")]),
    ]);
    const row = rows.get(`${P}/${path}`);
    assert.deepEqual([row?.long_qty, row?.short_qty, row?.short_avg_cost, row?.leverage], [
      "4",
      "0",
      "",
      "3",
    ]);
    const reported = messages.filter(([channel, text]) =>
      channel === `${P}/${path}` && text.includes('"short_qty":"0"')
    );
    assert.equal(reported.length, 3);
  });
  await t.step("swap/position", () => {
    const path = "swap/position:X";
    const { rows } = kept(projector(), [snapshot(path, [side("1", "X", "net", "-4")]), snapshot(path, [])]);
    assert.deepEqual(rows.get(`${P}/${path}`)?.holding, []);
  });
  await t.step("option/position", () => {
    const path = "option/position:BTC-USD";
    const [one, two] = ["BTC-USD-1-C", "BTC-USD-2-C"] as const;
    const { rows } = kept(projector(), [
      snapshot(path, [side("1", one, "net", "4"), side("2", two, "net", "5")]),
      snapshot(path, [side("2", two, "net", "5")]),
    ]);
    assert.deepEqual([one, two].map((id) => rows.get(`${P}/option/position:${id}`)?.position), ["0", "5"]);
  });
});

Deno.test("a list that has nothing newer of an order takes no member away from it, and a newer one does", () => {
  const pushed = order("1", "live", 1, { px: "7", notionalUsd: "70" });
  const { rows } = kept(projector(), [
    rowsOf("orders:ANY", [pushed]),
    snapshot("orders:ANY", [order("1", "live", 1, { px: "7" })]),
  ]);
  assert.equal(rows.get(`${P}/orders:1`)?.notionalUsd, "70");
  const newer = kept(projector(), [
    rowsOf("orders:ANY", [pushed]),
    snapshot("orders:ANY", [order("1", "live", 2, { px: "8" })]),
  ]);
  assert.deepEqual(newer.rows.get(`${P}/orders:1`), order("1", "live", 2, { px: "8" }));
});
