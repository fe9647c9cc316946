/** What a series remembers, and what it takes to be missing; the exchange's REST is a real server of the test. */
import assert from "node:assert/strict";
import type { RestHost } from "../../../src/okx/endpoints.ts";
import type { DataFrame } from "../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { Backfill, type HoleFilled } from "../../../src/session/backfill.ts";

function topicOf(path: string): Topic {
  const parsed = parseTopic(path);
  if (parsed.kind === "fault") throw new SyntaxError(parsed.message);
  return parsed;
}

const TRADES = topicOf("trades:X");
const ORDERS = topicOf("orders:ANY");

function frameOf(topic: Topic, rows: readonly unknown[]): DataFrame {
  return { kind: "data", arg: topic.arg, rows, action: undefined, text: "…" };
}

/** A row of `trades`: it stands for `count` trades up to `last`. */
function match(last: number, count = 1) {
  return { instId: "X", tradeId: String(last), count: String(count) };
}

/** A REST that knows single trades, and the pages it was asked for. */
function startRest(ids: readonly number[], answer: (call: number) => Response | undefined = () => undefined) {
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const special = answer(calls++);
    if (special !== undefined) return special;
    const after = Number(new URL(request.url).searchParams.get("after") ?? Infinity);
    const data = ids.filter((id) => id < after).toReversed().map((id) => ({
      instId: "X",
      tradeId: String(id),
    }));
    return Response.json({ code: "0", msg: "", data });
  });
  return {
    rest: { url: `http://127.0.0.1:${server.addr.port}`, headers: {} },
    calls: () => calls,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function fillAll(backfill: Backfill, topic: Topic, rest: RestHost): Promise<HoleFilled[]> {
  const told: HoleFilled[] = [];
  const { signal } = new AbortController();
  await backfill.onLive(
    topic,
    { rest, signal, turn: () => Promise.resolve() },
    (filled) => told.push(filled),
  );
  return told;
}

function idsOf(filled: HoleFilled | undefined): string[] {
  return (filled?.rows ?? []).map((row) => (row as { tradeId: string }).tradeId);
}

Deno.test("orders without a fill are never taken for old trades", () => {
  const backfill = new Backfill();
  backfill.onLost([ORDERS], 1000);
  const order = { ordId: "1", instId: "X", state: "live", tradeId: "" };
  const filled = { ordId: "2", instId: "Y", state: "filled", tradeId: "3" };
  const frame = frameOf(ORDERS, [order, filled]);
  assert.equal(backfill.onRows(ORDERS.upstream, ORDERS, frame, 2000), frame);
});

Deno.test("what a row that sums up trades stands for is not fetched beside it", async () => {
  await using exchange = startRest(Array.from({ length: 30 }, (_, i) => i + 1));
  const backfill = new Backfill();
  backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(10, 4)]), 1);
  backfill.onLost([TRADES], 1000);
  backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(20, 5), match(21)]), 2000);
  const [filled, ...more] = await fillAll(backfill, TRADES, exchange.rest);
  assert.deepEqual(idsOf(filled), ["11", "12", "13", "14", "15"]);
  assert.equal(filled?.hole.outcome, "filled");
  assert.deepEqual(more, []);
});

Deno.test("ids that are skipped on a living connection are fetched, each skip by itself", async () => {
  await using exchange = startRest(Array.from({ length: 40 }, (_, i) => i + 1));
  const backfill = new Backfill();
  const hear = (...rows: unknown[]) => backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, rows), 1);
  hear(match(10), match(13, 3));
  assert.deepEqual(backfill.takeSkipped(), []);
  hear(match(16));
  hear(match(17));
  hear(match(22, 2));
  assert.deepEqual(backfill.takeSkipped(), [TRADES.upstream]);
  const filled = await fillAll(backfill, TRADES, exchange.rest);
  assert.deepEqual(filled.map(idsOf), [["14", "15"], ["18", "19", "20"]]);
});

Deno.test("where the exchange never had the ids that were skipped there is no hole, and soon nobody asks", async () => {
  const even = Array.from({ length: 40 }, (_, i) => 2 * i);
  await using exchange = startRest(even);
  const backfill = new Backfill();
  let asked = 0;
  for (const id of even.slice(5)) {
    backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(id)]), 1);
    if (backfill.takeSkipped().length === 0) continue;
    asked += 1;
    assert.deepEqual(await fillAll(backfill, TRADES, exchange.rest), []);
  }
  assert.equal(asked, 3);
});

Deno.test("a fetch that fails for a reason that passes is repeated", async () => {
  await using exchange = startRest(
    [11, 12],
    (call) =>
      call < 2
        ? Response.json({ code: "50011", msg: "Too Many Requests", data: [] }, { status: 429 })
        : undefined,
  );
  const backfill = new Backfill();
  backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(10)]), 1);
  backfill.onLost([TRADES], 1000);
  const [filled] = await fillAll(backfill, TRADES, exchange.rest);
  assert.deepEqual([filled?.hole.outcome, idsOf(filled)], ["filled", ["11", "12"]]);
  assert.equal(exchange.calls(), 3);
});

Deno.test("a series goes on where an earlier process stopped", async () => {
  await using exchange = startRest([5, 6, 7, 8]);
  const backfill = new Backfill();
  backfill.recall(TRADES, { at: 500, mark: { kind: "trade", last: 6 } });
  backfill.recall(ORDERS, { at: 600, mark: undefined });
  const [filled] = await fillAll(backfill, TRADES, exchange.rest);
  assert.deepEqual([filled?.hole.from, idsOf(filled)], [500, ["7", "8"]]);
  const [orders] = await fillAll(backfill, ORDERS, exchange.rest);
  assert.deepEqual([orders?.hole.from, orders?.hole.outcome], [600, "not"]);
});

Deno.test("a hole never ends before it begins, even when the clock was set back", async () => {
  const backfill = new Backfill();
  const future = Date.now() + 3_600_000;
  backfill.onLost([ORDERS], future);
  const [filled] = await fillAll(backfill, ORDERS, { url: "http://127.0.0.1:1", headers: {} });
  assert.equal(filled?.hole.to, future);
});

Deno.test("a trade that comes again is left out, and makes nobody think that one is missing", () => {
  const backfill = new Backfill();
  const hear = (...rows: unknown[]) =>
    backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, rows), 1).rows.length;
  assert.deepEqual([
    hear(match(10)),
    hear(match(12, 2)),
    hear(match(12, 2)),
    hear(match(10)),
    hear(match(13)),
  ], [1, 1, 0, 0, 1]);
  assert.deepEqual(backfill.takeSkipped(), []);
  assert.equal(backfill.lastTrade(TRADES.upstream), 13);
});

Deno.test("ids that begin anew are taken as they come", () => {
  const backfill = new Backfill();
  const hear = (id: number) =>
    backfill.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(id)]), 1).rows.length;
  assert.deepEqual([hear(5_000_000), hear(1), hear(2)], [1, 1, 1]);
});

Deno.test("what one connection missed is filled by the one that takes its place, up to its own first row", async () => {
  await using exchange = startRest(Array.from({ length: 40 }, (_, i) => i + 1));
  const old = new Backfill();
  old.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(10)]), 1);
  old.onLost([TRADES], 1000);
  const fresh = new Backfill();
  fresh.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(20, 3), match(21)]), 2);
  assert.deepEqual(fresh.adopt(old), [TRADES.upstream]);
  const [filled, ...more] = await fillAll(fresh, TRADES, exchange.rest);
  assert.deepEqual(idsOf(filled), ["11", "12", "13", "14", "15", "16", "17"]);
  assert.equal(filled?.hole.from, 1000);
  assert.deepEqual(more, []);
});

Deno.test("adopt() goes on from the trade that either of the two had last", () => {
  const old = new Backfill();
  old.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(10), match(11)]), 1);
  const fresh = new Backfill();
  fresh.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(9)]), 1);
  assert.deepEqual(fresh.adopt(old), []);
  const late = fresh.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(10), match(11), match(12)]), 2);
  assert.deepEqual(late.rows, [match(12)]);
  assert.deepEqual(fresh.takeSkipped(), []);
  // The other way round nothing is taken back.
  const ahead = new Backfill();
  ahead.onRows(TRADES.upstream, TRADES, frameOf(TRADES, [match(20)]), 3);
  ahead.adopt(old);
  assert.equal(ahead.lastTrade(TRADES.upstream), 20);
});
