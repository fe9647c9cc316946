/** Which rows that are over are remembered, to be compared with what Redis has of them. */
import assert from "node:assert/strict";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { AT, only, rowsOf, stateOf } from "./events.ts";

const order = (ordId: string, state: string, uTime = 1) => ({
  ...{ ordId, instType: "SPOT", instId: "A-B", state, uTime: String(AT + uTime) },
});

function start(path: string) {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1000 });
  projector.project(stateOf(path, "live"));
  const push = (...rows: readonly unknown[]) => projector.project(rowsOf(path, rows));
  const keys = () => projector.ended().map(([{ key }]) => key.replace("okex/test/", ""));
  return { projector, push, keys };
}

Deno.test("the newest hundred orders that are over are remembered, with their places in the index", () => {
  const { projector, push, keys } = start("orders:SPOT");
  push(order("open", "live"));
  assert.deepEqual(keys(), []);
  for (let id = 1; id <= 101; id++) push(order(String(id), "filled"));
  push(order("2", "filled", 2));
  assert.deepEqual([keys().length, keys()[0], keys().at(-1)], [100, "orders:3", "orders:2"]);
  const [row, ...place] = projector.ended().at(-1) ?? [];
  assert.equal(row?.row.uTime, String(AT + 2));
  assert.deepEqual(only(place, "score").map(({ key, member }) => [key, member]), [["okex/test/orders", "2"]]);
  assert.equal(only(place, "trim").length, 1, "what is put back is trimmed as everything else");
  projector.project(stateOf("orders:SPOT", "gone"));
  assert.deepEqual(keys(), []);
});

Deno.test("a position that is open again is not over", () => {
  const { push, keys } = start("positions:SWAP");
  const position = (pos: string, uTime: number) => ({
    ...{ instType: "SWAP", instId: "A-B", posId: "1", pos, uTime: String(AT + uTime) },
  });
  push(position("0", 1));
  assert.deepEqual(keys(), ["positions:1"]);
  push(position("1", 2));
  assert.deepEqual(keys(), []);
});
