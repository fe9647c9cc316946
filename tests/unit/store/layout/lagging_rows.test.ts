/** Latest rows of a connection that lags behind another do not take the place of newer ones. */
import assert from "node:assert/strict";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { AT, only, published, rowsOf, stateOf } from "./events.ts";

/** What is written and published of a row that says these milliseconds after a time, and comes as many after it. */
function start(path: string, more: Record<string, unknown> = {}, toRedisTime?: (at: number) => number) {
  const clock = toRedisTime === undefined ? {} : { toRedisTime };
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3, ...clock });
  projector.project(stateOf(path, "live"));
  let n = 0;
  return (ts: unknown, at = 0) => {
    const said = typeof ts === "number" ? String(AT + ts) : ts;
    const row = { instId: "X", n: String(++n), ...more, ...(said === undefined ? {} : { ts: said }) };
    const writes = projector.project(rowsOf(path, [row], AT + at));
    assert.equal(only(writes, "row").length > 0, published(writes).length > 0, "both, or neither");
    return only(writes, "row").length > 0;
  };
}

for (
  const [path, more] of [
    ["tickers:X", {}],
    ["mark-price:X", {}],
    ["index-tickers:X", {}],
    ["open-interest:X", {}],
    ["funding-rate:X", {}],
    ["price-limit:X", {}],
    ["opt-summary:X", { instFamily: "X" }],
    ["spot/ticker:X", {}],
    ["swap/funding_rate:X", {}],
  ] as const
) {
  Deno.test(`an older row of ${path} replaces no newer one, and one of the same time does`, () => {
    const push = start(path, more);
    assert.deepEqual([push(0), push(5), push(4), push(5), push(3), push(6)], [
      ...[true, true, false, true, false, true],
    ]);
  });
}

Deno.test("rows of which one has no time are taken as they come", () => {
  const push = start("tickers:X");
  assert.deepEqual([push(5), push(undefined), push(3), push("x"), push(2)], [true, true, true, true, true]);
});

Deno.test("a time of the future blocks nothing", () => {
  const push = start("tickers:X");
  assert.deepEqual([push(0), push(9_000_000), push(1, 1), push(0, 2)], [true, true, true, false]);
  const behind = start("tickers:X", {}, (at) => at + 3_600_000);
  assert.deepEqual([behind(3_600_000), behind(3_599_000)], [true, false], "it is Redis' clock that counts");
});

Deno.test("rows whose times go on below the newest one are followed after 10 s", () => {
  const push = start("tickers:X");
  assert.deepEqual([push(50_000), push(100, 100), push(9000, 9000), push(10_200, 10_100)], [
    ...[true, false, false, true],
  ]);
  assert.equal(push(10_100, 10_200), false, "and then they count");
});

Deno.test("a connection that lags while another goes on is not followed, however long", () => {
  const push = start("tickers:X");
  push(0);
  for (let ms = 1000; ms < 60_000; ms += 1000) {
    assert.deepEqual([push(ms, ms), push(ms - 500, ms)], [true, false]);
  }
});

Deno.test("of a push with several rows those that are older are left out", () => {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  projector.project(stateOf("opt-summary:X", "live"));
  const push = (...times: number[]) => {
    const rows = times.map((ts, i) => ({ instId: `X-${i}`, ts: String(AT + ts) }));
    return only(projector.project(rowsOf("opt-summary:X", rows)), "row").map(({ key }) => key.slice(-3));
  };
  assert.deepEqual([push(5, 5), push(4, 6), push(4, 5)], [["X-0", "X-1"], ["X-1"], []]);
});

Deno.test("rows of an unknown channel are of what they name", () => {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  projector.project(stateOf({ channel: "brand-new", instType: "SWAP" }, "live"));
  const rows = [5, 4].map((ts, i) => ({ instId: `X-${i}`, ts: String(AT + ts) }));
  const writes = projector.project(rowsOf({ channel: "brand-new", instType: "SWAP" }, rows));
  assert.deepEqual(only(writes, "row").map(({ key }) => key.slice(-3)), ["X-0", "X-1"]);
});
