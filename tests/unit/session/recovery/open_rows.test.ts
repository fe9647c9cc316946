/** What is open as far as was reported, and what an earlier process knew to be over. */
import assert from "node:assert/strict";
import { OpenRows } from "../../../../src/session/recovery/open_rows.ts";
import { topicOf } from "../../../support/topics.ts";

const topic = topicOf("orders:ANY");
const order = (ordId: string, state: string, uTime: number) => ({ ordId, state, uTime: String(uTime) });

Deno.test("a push that is older than what an earlier process knew to be over is no news", () => {
  const rows = new OpenRows();
  rows.resumeFrom(topic, [order("1", "live", 1)], [order("2", "filled", 5)]);
  assert.deepEqual(rows.onRows(topic, [order("2", "live", 3)]), []);
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["1"]);
  const news = [order("1", "live", 2), order("3", "live", 1)];
  assert.deepEqual(rows.onRows(topic, news), news);
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["1", "3"]);
});

Deno.test("what the exchange lists as open is open, whatever an earlier process has kept", () => {
  const rows = new OpenRows();
  rows.resumeFrom(topic, [], [order("2", "filled", 5)]);
  rows.onRows(topic, [order("2", "live", 3)], { listed: true });
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["2"]);
  // What this process was sent itself is not forgotten by a list.
  rows.onRows(topic, [order("2", "filled", 6)]);
  rows.onRows(topic, [order("2", "live", 3)], { listed: true });
  assert.deepEqual([...rows.of(topic.upstream).keys()], []);
});

Deno.test("what was open at the last stop and is read late is open beside what has been pushed, unless that is newer", () => {
  const rows = new OpenRows();
  rows.onRows(topic, [order("1", "live", 4)], { listed: true });
  rows.onRows(topic, [order("2", "filled", 6)]);
  const before = [order("1", "live", 3), order("2", "live", 5)];
  assert.equal(rows.resumeFrom(topic, before), false);
  assert.equal(rows.resumeFrom(topic, [...before, order("3", "live", 2)]), true);
  assert.deepEqual([...rows.of(topic.upstream)], [["1", order("1", "live", 4)], [
    "3",
    order("3", "live", 2),
  ]]);
});

Deno.test("positions, currencies and instruments that an earlier process had are known, unless something newer was pushed of them", () => {
  const rows = new OpenRows();
  const ids = (path: string) => [...rows.of(topicOf(path).upstream).keys()].toSorted();
  const positions = topicOf("positions:ANY");
  rows.onRows(positions, [{ posId: "1", pos: "0", uTime: "9" }]);
  assert.equal(
    rows.resumeFrom(positions, [{ posId: "1", pos: "1", uTime: "5" }, { posId: "2", pos: "1", uTime: "5" }]),
    true,
  );
  assert.deepEqual(ids("positions:ANY"), ["2"]);
  const parts = [{ ccy: "A", cashBal: "1", uTime: "5" }, { posId: "2", ccy: "A", pos: "1", uTime: "5" }, {}];
  assert.equal(rows.resumeFrom(topicOf("balance_and_position"), parts), true);
  assert.deepEqual(ids("balance_and_position"), ["ccy:A", "posId:2"]);
  const instruments = topicOf("instruments:SPOT");
  rows.onRows(instruments, [{ instId: "X", state: "expired" }, { instId: "Y", tickSz: "2" }]);
  assert.equal(
    rows.resumeFrom(instruments, ["X", "Y", "Z"].map((instId) => ({ instId, tickSz: "1" }))),
    true,
  );
  assert.deepEqual(ids("instruments:SPOT"), ["Y", "Z"]);
  assert.equal(rows.of(instruments.upstream).get("Y")?.tickSz, "2");
  assert.equal(rows.resumeFrom(instruments, []), false);
});

Deno.test("a list counts more than what an earlier process kept, a push that is older than it does not", () => {
  const rows = new OpenRows();
  const paths = ["orders:ANY", "positions:ANY", "balance_and_position"] as const;
  const kept = { "orders:ANY": order("1", "live", 5), "positions:ANY": { posId: "1", pos: "2", uTime: "5" } };
  const value = (path: string) => [...rows.of(topicOf(path).upstream).values()].map(({ uTime }) => uTime);
  const reported = (path: typeof paths[number], uTime: number) =>
    path === "balance_and_position"
      ? { balData: [{ ccy: "A", cashBal: "1", uTime: String(uTime) }] }
      : { ...kept[path], uTime: String(uTime) };
  for (const path of paths) {
    const topic = topicOf(path);
    rows.resumeFrom(
      topic,
      path === "balance_and_position" ? [{ ccy: "A", cashBal: "2", uTime: "5" }] : [kept[path]],
    );
    rows.onRows(topic, [reported(path, 4)]);
    assert.deepEqual(value(path), ["5"], `${path}: pushed`);
    rows.onRows(topic, [reported(path, 4)], { listed: true });
    assert.deepEqual(value(path), ["4"], `${path}: listed, so that a newer one of a later list is news`);
    rows.onRows(topic, [reported(path, 3)], { listed: true });
    assert.deepEqual(value(path), ["4"], `${path}: an older list`);
  }
});
