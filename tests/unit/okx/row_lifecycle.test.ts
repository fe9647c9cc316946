/** Which of two rows of one id is the newer, channel by channel. */
import assert from "node:assert/strict";
import type { Row } from "../../../src/okx/frame.ts";
import { RowVersions } from "../../../src/okx/row_lifecycle.ts";
import type { Topic } from "../../../src/okx/topic.ts";
import { topicOf, topicOfV3 } from "../../support/topics.ts";

/** Which of these rows, one after the other, are taken. */
function taken(path: string, rows: readonly Row[], parse: (path: string) => Topic = topicOf): boolean[] {
  const lives = new RowVersions();
  const life = parse(path).lifecycle;
  assert.ok(life !== undefined, path);
  return rows.map((row) => lives.take(life, row));
}

const row = (id: string, state: string, uTime: number, more: Row = {}): Row => {
  return { [id]: "7", state, uTime: String(uTime), ...more };
};

Deno.test("an older row is not taken, and what is over does not open again, in every channel that opens and closes", async (t) => {
  const table: [string, string, string, string][] = [
    ["orders:ANY", "ordId", "live", "filled"],
    ["spot/order:X", "ordId", "partially_filled", "mmp_canceled"],
    ["orders-algo:SWAP", "algoId", "live", "effective"],
    ["swap/order_algo:X", "algoId", "live", "canceled"],
    ["algo-advance:SWAP", "algoId", "pause", "order_failed"],
    ["grid-orders-spot:SPOT", "algoId", "running", "stopped"],
    ["grid-orders-contract:SWAP", "algoId", "stopping", "stopped"],
    ["grid-sub-orders:448965992920907776", "ordId", "live", "canceled"],
    ["algo-recurring-buy:SPOT", "algoId", "pause", "stopped"],
    ["rfqs", "rfqId", "active", "traded_away"],
    ["quotes", "quoteId", "active", "expired"],
    ["sprd-orders", "ordId", "live", "filled"],
  ];
  for (const [path, id, open, over] of table) {
    await t.step(path, () => {
      assert.deepEqual(
        taken(path, [
          row(id, open, 2),
          row(id, open, 1),
          row(id, open, 2),
          row(id, open, 3),
          row(id, over, 5),
        ]),
        [true, false, true, true, true],
      );
      assert.deepEqual(
        taken(path, [row(id, over, 5), row(id, open, 6), row(id, over, 4), row(id, over, 6)]),
        [
          ...[true, false, false, true],
        ],
      );
      assert.deepEqual(taken(path, [row(id, open, 5), row(id, over, 5), row(id, open, 5)]), [
        true,
        true,
        false,
      ]);
    });
  }
});

Deno.test("of two rows of one time the one with more filled is the newer", () => {
  const part = (accFillSz: string) => row("ordId", "partially_filled", 1, { accFillSz });
  assert.deepEqual(taken("orders:ANY", [part("0.9"), part("0.10"), part("10"), part("9")]), [
    true,
    false,
    true,
    false,
  ]);
});

Deno.test("a deposit and a withdrawal without a time of change do not begin again once they are over", () => {
  assert.deepEqual(
    taken("deposit-info", [{ depId: "1", state: "0", ts: "5" }, { depId: "1", state: 2, ts: "5" }, {
      ...{ depId: 1, state: "1", ts: "5", pTime: "9" },
    }]),
    [true, true, false],
  );
  assert.deepEqual(
    taken("withdrawal-info", [{ wdId: "1", state: "-2" }, { wdId: "1", state: "0" }]),
    [true, false],
  );
});

Deno.test("a position may open again under the same id, by its time", () => {
  const position = (pos: unknown, uTime: number, pTime = uTime) => ({
    ...{ posId: "1", pos, uTime: String(uTime), pTime: String(pTime) },
  });
  assert.deepEqual(
    taken("positions:ANY", [position("2", 1), position("0", 3), position("1", 2), position("4", 5)]),
    [true, true, false, true],
  );
  // Regular pushes say the time of the last change again and again.
  assert.deepEqual(taken("positions:ANY", [position("2", 1, 8), position("2", 1, 7), position("2", 1, 9)]), [
    ...[true, false, true],
  ]);
  const life = topicOf("positions:ANY").lifecycle;
  assert.deepEqual(["0", "0.00", 0, "-0", "", undefined, "1"].map((pos) => life?.isOver({ pos })), [
    ...[true, true, true, true, false, false, false],
  ]);
});

Deno.test("a number is the same id as its text", () => {
  const lives = new RowVersions();
  const life = topicOf("orders:ANY").lifecycle;
  assert.ok(life !== undefined);
  assert.equal(lives.take(life, { ordId: 901, state: "filled", uTime: 3 }), true);
  assert.equal(lives.take(life, { ordId: "901", state: "live", uTime: "9" }), false);
  assert.equal(lives.isOpen(life, "901"), false);
});

Deno.test("orders of v3 have lives too", () => {
  const order = (state: string, at: number) => ({
    ...{ order_id: "66-7-a", state, timestamp: new Date(at).toISOString() },
  });
  const rows = [order("0", 5), order("0", 4), order("2", 6), order("1", 7)];
  assert.deepEqual(taken("swap/order:X", rows, topicOfV3), [true, false, true, false]);
});

Deno.test("only so many ids are remembered, those that were received last", () => {
  const lives = new RowVersions(2);
  const life = topicOf("orders:ANY").lifecycle;
  assert.ok(life !== undefined);
  for (const ordId of ["1", "2", "1", "3"]) lives.take(life, { ordId, state: "live", uTime: "1" });
  assert.deepEqual(["1", "2", "3"].map((id) => lives.isOpen(life, id)), [true, undefined, true]);
});
