/** What is left of a path that nobody wants any more, at its end and at the start of the next process. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../src/model/events.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { earlierRowsOf } from "../../src/store/read/leftover_rows.ts";
import { readLeftovers, resolveLeftover } from "../../src/store/read/leftovers.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import type { Store } from "../../src/store/store.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { AT, rowsOf, seedOf, stateOf } from "../unit/store/layout/events.ts";
import { topicOf } from "../support/topics.ts";

const ORDER = { instType: "SPOT", instId: "A-USDT", uTime: "1", state: "live" };
const POSITION = { instType: "SWAP", instId: "A-USDT-SWAP", pos: "1", uTime: "1" };
const LEGACY = { ...ORDER, ordType: "limit", px: "1", sz: "2", accFillSz: "0", side: "buy", cTime: "1000" };
const OPTION = { instType: "OPTION", instId: "BTC-USD-991231-60000-C", uly: "BTC-USD", ts: "1" };
const ADL = { instType: "SWAP", instFamily: "A-USDT", state: "warning", ts: "1" };

/** Everything that a path may leave, of each kind of storage. */
const EVENTS: readonly SessionEvent[] = [
  rowsOf("orders:ANY", [{ ...ORDER, ordId: "1" }, { ...ORDER, ordId: "2" }]),
  rowsOf("orders:SPOT", [{ ...ORDER, ordId: "1" }, { ...ORDER, ordId: "3" }]),
  rowsOf("orders:SPOT", [{ ...ORDER, ordId: "4", state: "filled" }]),
  rowsOf("positions:ANY", [{ ...POSITION, posId: "7" }]),
  rowsOf("account", [{ uTime: "1", totalEq: "5", details: [{ ccy: "BTC", eq: "1", uTime: "1" }] }]),
  seedOf(topicOf("instruments:SPOT"), [{ instType: "SPOT", instId: "A-USDT", state: "live" }]),
  rowsOf("spot/order:A-USDT", [{ ...LEGACY, ordId: "8" }]),
  rowsOf("opt-summary:BTC-USD", [OPTION]),
  rowsOf("adl-warning:SWAP:A-USDT", [ADL]),
  rowsOf("trades:A-USDT", [{ instId: "A-USDT", tradeId: "1", px: "1", sz: "1", side: "buy", ts: "1" }]),
  rowsOf("tickers:A-USDT", [{ instId: "A-USDT", last: "7", ts: "1" }]),
];
const PATHS = [...new Set(EVENTS.flatMap((event) => event.kind === "rows" ? event.topics : []))].map((
  topic,
) => topic.path);

/** What a reader would find. */
async function found(store: Store): Promise<Record<string, unknown>> {
  const keys = createKeys("okex", "t");
  const state = async (what: string) => (await store.row(keys.path(what))).state;
  return {
    any: (await store.members(keys.open("orders:ANY"))).sort(),
    spot: (await store.members(keys.open("orders:SPOT"))).sort(),
    orders: await Promise.all(["1", "2", "3", "4"].map((id) => state(`orders:${id}`))),
    over: (await store.newest(keys.path("orders"), 9)).sort(),
    positions: [
      await store.members(keys.open("positions:ANY")),
      Object.keys(await store.row(keys.path("positions:7"))).length,
    ],
    account: [
      await store.members(keys.open("account")),
      ...await Promise.all(["account", "account:BTC"].map((each) => store.type(keys.path(each)))),
    ],
    instruments: [await store.members(keys.path("instruments:SPOT")), await state("instruments:SPOT:A-USDT")],
    legacy: [await state("spot/order/8"), (await store.row(keys.path("spot/order/8"))).status],
    option: await store.type(keys.path(`opt-summary:${OPTION.instId}`)),
    adl: await state("adl-warning:SWAP:A-USDT"),
    series: [await store.type(keys.path("trades:A-USDT")), await store.type(keys.path("tickers:A-USDT"))],
  };
}

const KEPT = {
  any: ["1", "2"],
  spot: ["1", "3"],
  orders: ["live", "live", "live", "filled"],
  over: ["4"],
  positions: [["7"], 5],
  account: [["BTC"], "hash", "hash"],
  instruments: [["A-USDT"], "live"],
  legacy: ["0", "open"],
  option: "hash",
  adl: "warning",
  series: ["stream", "hash"],
};
const ONE_GONE = { ...KEPT, spot: [], orders: ["live", "live", "unknown", "filled"], over: ["3", "4"] };
const ALL_GONE = {
  any: [],
  spot: [],
  orders: ["unknown", "unknown", "unknown", "filled"],
  over: ["1", "2", "3", "4"],
  positions: [[], 0],
  account: [[], "none", "none"],
  instruments: [[], undefined],
  legacy: ["unknown", "unknown"],
  option: "none",
  adl: "unknown",
  series: ["stream", "hash"],
};

redisTest("of a path that nobody wants any more nothing passes for open or listed", async (t) => {
  await using server = await startRedis();
  await using store = await openStore(server.url);
  const fill = async () => {
    await store.remove(["okex/t/gaps"]);
    for await (const keys of store.scan("okex/t/*")) await store.remove(keys);
    store.forget();
    const projector = new Projector({ keyPrefix: "okex", server: "t", maxRow: 100 });
    for (const path of PATHS) await store.apply(projector.project(stateOf(path, "live")));
    for (const event of EVENTS) await store.apply(projector.project(event));
    assert.deepEqual(await found(store), KEPT);
    return projector;
  };

  await t.step("when it is unsubscribed, but for what another path has open", async () => {
    const projector = await fill();
    await store.apply(projector.project(stateOf("orders:SPOT", "gone")));
    assert.deepEqual(await found(store), ONE_GONE);
  });

  await t.step("when all of a server are", async () => {
    const projector = await fill();
    await store.apply(PATHS.flatMap((path) => projector.project(stateOf(path, "gone"))));
    assert.deepEqual(await found(store), ALL_GONE);
  });

  const settle = async (paths: ReadonlySet<string> | undefined) => {
    const desired = new Map(paths === undefined ? [] : [["t", paths]]);
    const [left] = await readLeftovers(store, "okex", desired);
    assert.ok(left !== undefined);
    const present = paths === undefined ? undefined : { paths, holds: () => false };
    await store.apply(resolveLeftover(left, createKeys("okex", "t"), present, AT));
    return left;
  };

  await t.step("at the start of a process that does not want it", async () => {
    await fill();
    const desired = new Set(PATHS.filter((path) => path !== "orders:SPOT"));
    const left = await settle(desired);
    assert.deepEqual(await found(store), { ...ONE_GONE, adl: "unknown" });
    // What ends without a word is gone on with.
    assert.deepEqual(
      earlierRowsOf(left.rows, createKeys("okex", "t"), desired).map(({ topic, id }) => [topic.path, id])
        .sort(),
      [["adl-warning:SWAP:A-USDT", "SWAP:A-USDT"], ["opt-summary:BTC-USD", OPTION.instId]],
    );
  });

  await t.step("at the start of a process that knows no such server, or only other paths of it", async () => {
    for (const paths of [undefined, new Set(["tickers:A-USDT"])]) {
      await fill();
      await settle(paths);
      assert.deepEqual(await found(store), ALL_GONE);
    }
  });

  await t.step("rows that stand in no set are no more open", async () => {
    await fill();
    await store.remove(
      ["orders:ANY", "orders:SPOT", "positions:ANY", "account"].map((each) => `okex/t/${each}/open`),
    );
    await settle(undefined);
    assert.deepEqual(await found(store), ALL_GONE);
  });
});
