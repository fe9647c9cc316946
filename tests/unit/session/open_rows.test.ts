/** What is open as far as was told, and what an earlier process knew to be over. */
import assert from "node:assert/strict";
import { OpenRows } from "../../../src/session/open_rows.ts";
import { topicOf } from "../store/events.ts";

const topic = topicOf("orders:ANY");
const order = (ordId: string, state: string, uTime: number) => ({ ordId, state, uTime: String(uTime) });

Deno.test("a push that is older than what an earlier process knew to be over is no news", () => {
  const rows = new OpenRows();
  rows.recall(topic, [order("1", "live", 1)], [order("2", "filled", 5)]);
  assert.deepEqual(rows.onRows(topic, [order("2", "live", 3)]), []);
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["1"]);
  const news = [order("1", "live", 2), order("3", "live", 1)];
  assert.deepEqual(rows.onRows(topic, news), news);
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["1", "3"]);
});

Deno.test("what the exchange lists as open is open, whatever an earlier process has kept", () => {
  const rows = new OpenRows();
  rows.recall(topic, [], [order("2", "filled", 5)]);
  rows.onRows(topic, [order("2", "live", 3)], { listed: true });
  assert.deepEqual([...rows.of(topic.upstream).keys()], ["2"]);
  // What this process was told itself is not forgotten by a list.
  rows.onRows(topic, [order("2", "filled", 6)]);
  rows.onRows(topic, [order("2", "live", 3)], { listed: true });
  assert.deepEqual([...rows.of(topic.upstream).keys()], []);
});

Deno.test("what was open at the last stop and is read late is open beside what has been told, unless that is newer", () => {
  const rows = new OpenRows();
  rows.onRows(topic, [order("1", "live", 4)], { listed: true });
  rows.onRows(topic, [order("2", "filled", 6)]);
  const before = [order("1", "live", 3), order("2", "live", 5)];
  assert.equal(rows.recall(topic, before), false);
  assert.equal(rows.recall(topic, [...before, order("3", "live", 2)]), true);
  assert.deepEqual([...rows.of(topic.upstream)], [["1", order("1", "live", 4)], [
    "3",
    order("3", "live", 2),
  ]]);
});
