/** Which shard serves what: every path one, and another number of shards moves no more than it has to. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createOwns, shardOf } from "../../../src/session/shard_placement.ts";
import { MAX_SHARDS, shardsOf } from "../../../src/shared/shard.ts";

const PATHS = Array.from({ length: 1500 }, (_, i) => `tickers:C${i}-USDT`);
const PRIVATE = [
  "orders:ANY",
  "account",
  "positions:SWAP",
  "orders-algo:SPOT",
  "spot/order:BTC-USDT",
  "x-new",
];

Deno.test("every path has one shard, whatever server and path are", () => {
  fc.assert(fc.property(
    fc.string(),
    fc.oneof(fc.string(), fc.constantFrom(...PATHS, ...PRIVATE)),
    fc.integer({ min: 1, max: MAX_SHARDS }),
    (server, path, count) => {
      const owners = shardsOf(count).filter((shard) => createOwns(shard)(server, path));
      assert.deepEqual(owners.map(({ index }) => index), [shardOf(server, path, count)]);
    },
  ));
});

Deno.test("one shard more takes its share from all others, and nothing else moves", () => {
  for (let count = 1; count < MAX_SHARDS; count++) {
    const moved = PATHS.filter((path) => shardOf("test", path, count) !== shardOf("test", path, count + 1));
    assert.ok(moved.every((path) => shardOf("test", path, count + 1) === count + 1), `${count}`);
    const share = PATHS.length / (count + 1);
    assert.ok(Math.abs(moved.length - share) < 0.25 * share, `${moved.length} of ${share} to ${count + 1}`);
  }
});

Deno.test("shards have about as much to do", () => {
  for (const count of [2, 3, 8]) {
    for (const { index } of shardsOf(count)) {
      const paths = PATHS.filter((path) => shardOf("test", path, count) === index);
      const share = PATHS.length / count;
      assert.ok(Math.abs(paths.length - share) < 0.2 * share, `${paths.length} of ${share}`);
    }
  }
});

Deno.test("what belongs together has one shard", () => {
  for (let count = 2; count <= MAX_SHARDS; count++) {
    for (const server of ["a", "b", "c"]) {
      const of = (...paths: string[]) => new Set(paths.map((path) => shardOf(server, path, count))).size;
      assert.equal(of(...PRIVATE), 1);
      // One subscription of the exchange, and one index.
      assert.equal(of("tickers:BTC-USDT", "spot/ticker:BTC-USDT"), 1);
      assert.equal(of("spot/trade:BTC-USDT", "spot/trade:ETH-USDT"), 1);
    }
  }
  // The logins of many servers are spread.
  const logins = Array.from({ length: 60 }, (_, i) => shardOf(`s${i}`, "orders:ANY", 3));
  assert.equal(new Set(logins).size, 3);
});

Deno.test("where nothing is shared all is one's own", () => {
  assert.ok(createOwns(undefined)("any", "tickers:BTC-USDT"));
});
