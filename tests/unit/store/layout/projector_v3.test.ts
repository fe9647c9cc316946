/** What becomes in Redis of the pushes of a v3 server. */
import assert from "node:assert/strict";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { decodeV3 } from "../../../../src/okx/v3/wire.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, only, published } from "./events.ts";
import { viewOf } from "../../../support/book_view.ts";
import { topicOfV3 } from "../../../support/topics.ts";

const P = "okex/test";

/** The writes of pushes, one after another, for one path. */
async function project(path: string, ...pushes: readonly unknown[]): Promise<Write[]> {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1000 });
  const topic = topicOfV3(path);
  const writes: Write[] = [];
  for (const push of pushes) {
    for (const frame of await decodeV3(JSON.stringify(push))) {
      if (frame.kind === "data" && (frame.arg.instId === (topic.arg.instId ?? ""))) {
        writes.push(...projector.project({ kind: "rows", topics: [topic], frame, at: AT }));
      }
    }
  }
  return writes;
}

function rows(writes: readonly Write[]): Record<string, unknown> {
  return Object.fromEntries(only(writes, "row").map(({ key, row }) => [key, row]));
}

Deno.test("a futures account of v3 is kept member by member, and its message published as it came", async () => {
  const [btc, eth] = [{ equity: "1", contracts: [{ instrument_id: "X" }] }, { equity: "2" }];
  const push = { table: "futures/account", data: [{ BTC: btc }] };
  const writes = await project("futures/account:BTC", push);
  assert.deepEqual(rows(writes), { [`${P}/futures/account:BTC`]: btc });
  assert.deepEqual(published(writes), [
    [`${P}/futures/account:BTC`, JSON.stringify(btc)],
    [`${P}/futures/account`, JSON.stringify(push)],
  ]);
  const both = { table: "futures/account", data: [{ BTC: btc, "ETH-USDT": eth }] };
  assert.deepEqual(rows(await project("futures/account:ETH-USDT", both)), {
    [`${P}/futures/account:ETH-USDT`]: eth,
  });
});

Deno.test("accounts, positions and states of v3 are kept under the key of their path", async (t) => {
  const holding = [{ side: "short", position: "1.000" }];
  const option = { instrument_id: "BTC-USD-210604-30000-P", underlying: "BTC-USD", delta: "0.1" };
  const cases: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ["spot/account:ETH", { currency: "ETH", balance: "2" }, "spot/account:ETH"],
    [
      "spot/margin_account:BTC-USDT",
      { instrument_id: "BTC-USDT", tiers: "1" },
      "spot/margin_account:BTC-USDT",
    ],
    ["swap/position:LTC-USD-SWAP", { holding, instrument_id: "LTC-USD-SWAP" }, "swap/position:LTC-USD-SWAP"],
    ["option/account:BTC-USD", { underlying: "BTC-USD", equity: "1" }, "option/account:BTC-USD"],
    ["option/summary:BTC-USD", option, "option/summary:BTC-USD-210604-30000-P"],
    ["system/status", { title: "An upgrade", start_time: "1" }, "system/status:An%20upgrade:1"],
  ];
  for (const [path, row, key] of cases) {
    await t.step(path, async () => {
      const writes = await project(path, { table: path.split(":")[0], data: [row] });
      assert.deepEqual(rows(writes), { [`${P}/${key}`]: row });
      assert.deepEqual(published(writes)[0], [`${P}/${key}`, JSON.stringify(row)]);
    });
  }
});

Deno.test("orders of v3 are indexed by their id, and by their time where the id is no number", async () => {
  const spot = {
    order_id: "5479752355820544",
    instrument_id: "ETH-EUR",
    timestamp: "2020-08-25T10:13:05.313Z",
  };
  const indexed = await project("spot/order:ETH-EUR", { table: "spot/order", data: [spot] });
  assert.deepEqual(only(indexed, "score"), [
    { kind: "score", key: `${P}/spot/order`, score: 5479752355820544, member: spot.order_id },
    {
      kind: "score",
      key: `${P}/spot/order:ETH-EUR`,
      score: Date.parse(spot.timestamp) + 0.544,
      member: spot.order_id,
    },
  ]);
  assert.deepEqual(rows(indexed), { [`${P}/spot/order/${spot.order_id}`]: spot });
  const swap = {
    order_id: "66-7-4cdb0d73a-0",
    instrument_id: "ETH-USD-SWAP",
    timestamp: "2019-02-28T10:51:15.209Z",
  };
  const timed = await project("swap/order:ETH-USD-SWAP", { table: "swap/order", data: [swap] });
  assert.deepEqual(only(timed, "score"), [
    { kind: "score", key: `${P}/swap/order`, score: Date.parse(swap.timestamp), member: swap.order_id },
    {
      kind: "score",
      key: `${P}/swap/order:ETH-USD-SWAP`,
      score: Date.parse(swap.timestamp),
      member: swap.order_id,
    },
  ]);
  const algo = { algo_id: "7", instrument_id: "ETH-EUR", status: "1" };
  const algos = await project("spot/order_algo:ETH-EUR", { table: "spot/order_algo", data: [algo] });
  assert.deepEqual(rows(algos), { [`${P}/spot/order_algo/7`]: algo });
});

Deno.test("candles of v3 have v3 names, and a later bar makes the one before it final", async () => {
  const bar = (minute: number, ...rest: string[]) => ({
    table: "swap/candle60s",
    data: [{ candle: [`2022-02-01T00:3${minute}:00.000Z`, ...rest], instrument_id: "A-SWAP" }],
  });
  const cells = ["1", "4", "0.5", "3", "10", "0.1"];
  const writes = await project("swap/candle60s:A-SWAP", bar(0, ...cells), bar(1, ...cells));
  const key = `${P}/swap/candle60s:A-SWAP`;
  const timestamp = "2022-02-01T00:30:00.000Z";
  const candle = {
    timestamp,
    open: "1",
    high: "4",
    low: "0.5",
    close: "3",
    volume: "10",
    currency_volume: "0.1",
  };
  assert.deepEqual(rows(writes)[`${key}/${timestamp}`], candle);
  assert.deepEqual(only(writes, "score")[0], {
    kind: "score",
    key,
    score: Date.parse(timestamp) / 1000,
    member: timestamp,
  });
  const finals = published(writes).filter(([channel]) => channel === key);
  assert.deepEqual(finals.map(([, text]) => JSON.parse(text)), [{ candle, timestamp }]);
});

Deno.test("each list of futures replaces the one before it, also where it stands inside a list", async () => {
  const list = (...ids: string[]) => ids.map((instrument_id) => ({ instrument_id, tick_size: "0.01" }));
  const table = "futures/instruments";
  const writes = await project(table, { table, data: [list("A", "B")] }, { table, data: list("B", "C") });
  assert.deepEqual(only(writes, "retain").map(({ key, members }) => [key, members]), [
    [`${P}/${table}`, ["A", "B"]],
    [`${P}/${table}`, ["B", "C"]],
  ]);
  assert.deepEqual(Object.keys(rows(writes)), ["A", "B", "C"].map((id) => `${P}/${table}:${id}`));
});

Deno.test("options of v3 are added to the set of their underlying and never taken from it", async () => {
  const table = "option/instruments";
  const push = { table, data: [{ instrument_id: "BTC-USD-210604-30000-P", underlying: "BTC-USD" }] };
  const writes = await project(`${table}:BTC-USD`, push);
  assert.deepEqual(only(writes, "member").map(({ key }) => key), [`${P}/${table}:BTC-USD`]);
  assert.deepEqual(only(writes, "retain"), []);
});

Deno.test("a book of v3 has v3 members with its checksum, and its pushes are published as they came", async () => {
  const topic = topicOfV3("spot/depth:A-B");
  const push = {
    table: "spot/depth",
    action: "partial",
    data: [{ instrument_id: "A-B", asks: [["2", "1", "1"]], bids: [["1", "3", "2"]], checksum: 5 }],
  };
  const [frame] = await decodeV3(JSON.stringify(push)) as [DataFrame];
  const timestamp = new Date(AT).toISOString();
  const { asks, bids } = push.data[0] as { asks: string[][]; bids: string[][] };
  const book = viewOf({ bids, asks, ts: timestamp, seqId: "", state: "live" });
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1000 });
  projector.project({ kind: "subscription", topic, state: "live", refusal: undefined, at: AT });
  const writes = projector.project({ kind: "book", topics: [topic], frame, book, at: AT });
  assert.deepEqual(rows(writes), {
    [`${P}/spot/depth:A-B`]: {
      instrument_id: "A-B",
      bids,
      asks,
      timestamp,
      // CRC-32 of 1:3:2:1.
      checksum: 471228541,
      state: "live",
    },
  });
  assert.deepEqual(published(writes), [
    [`${P}/spot/depth:A-B`, JSON.stringify(push.data[0])],
    [`${P}/spot/depth`, JSON.stringify(push)],
  ]);
  const record = only(projector.flush(true, Infinity), "field")[0]?.value ?? "";
  assert.equal((JSON.parse(record) as SubRecord).exchangeAt, AT);
});

Deno.test("orders of v3 that were open are unknown once their connection is lost, until they are reported again", () => {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 1000 });
  const topic = topicOfV3("spot/order:X-Y");
  const order = (id: string, state: string, status: string): DataFrame => ({
    ...{ kind: "data", arg: topic.arg, action: undefined, text: "" },
    rows: [{
      order_id: id,
      instrument_id: "X-Y",
      state,
      status,
      size: "5",
      timestamp: "2026-01-01T00:00:00.000Z",
    }],
  });
  const push = (frame: DataFrame) => projector.project({ kind: "rows", topics: [topic], frame, at: AT });
  push(order("1", "0", "open"));
  push(order("2", "2", "filled"));
  const lost = projector.project({ kind: "subscription", topic, state: "stale", refusal: undefined, at: AT });
  assert.deepEqual(rows(lost), { [`${P}/spot/order/1`]: { state: "unknown", status: "unknown" } });
  assert.equal(published(lost)[0]?.[0], `${P}/spot/order/1`);
  assert.equal((JSON.parse(published(lost)[0]?.[1] ?? "{}") as { size?: string }).size, "5");
  assert.deepEqual(only(push(order("1", "2", "filled")), "row").map(({ row }) => row.status), ["filled"]);
});

Deno.test("a message of v3 that lost a row which is older keeps the form of v3", async () => {
  const order = (timestamp: string, state: string) => ({
    instrument_id: "X",
    order_id: "1",
    timestamp,
    state,
  });
  const now = order("2021-06-04T10:00:01.000Z", "1");
  const older = order("2021-06-04T10:00:00.000Z", "0");
  const writes = await project("spot/order:X", { table: "spot/order", data: [now, older] });
  const [message = "", ...others] = published(writes).filter(([channel]) => channel === `${P}/spot/order`)
    .map(([, text]) => text);
  assert.deepEqual(JSON.parse(message), { table: "spot/order", data: [now] });
  assert.deepEqual(others, []);
});
