/** Which connection serves what, before anything runs. */
import assert from "node:assert/strict";
import { freeName, MAX_DEEP_BOOKS, planConnections } from "../../../src/session/placement.ts";
import { topicOf } from "../../support/topics.ts";

function planOf(paths: readonly string[]) {
  return planConnections([{ name: "a", protocol: "v5", topics: paths.map(topicOf) }]);
}

Deno.test("planConnections() needs one connection for each group in use, and the public one always", () => {
  const { connections } = planOf(["candle1m:BTC-USDT", "account", "tickers:BTC-USDT", "candle1m:ETH-USDT"]);
  assert.deepEqual(connections.map(({ name, paths }) => [name, paths]), [
    ["public", ["tickers:BTC-USDT"]],
    ["business", ["candle1m:BTC-USDT", "candle1m:ETH-USDT"]],
    ["private+login", ["account"]],
  ]);
  assert.deepEqual(planOf([]).connections.map(({ name }) => name), ["public"]);
});

Deno.test("planConnections() gives a connection fewer than 30 deep books and any number of light ones", () => {
  const books = Array.from({ length: 500 }, (_, i) => `books:A${i}-USDT`);
  const light = Array.from({ length: 500 }, (_, i) => `tickers:A${i}-USDT`);
  const { connections, dialSeconds } = planOf([...books, ...light]);
  assert.equal(connections.length, 18);
  assert.ok(connections.every(({ deepBooks }) => deepBooks <= MAX_DEEP_BOOKS));
  assert.equal(connections[0]?.paths.length, 529);
  // Three at once, then three in each further window.
  assert.equal(dialSeconds, 5 * 1.15);
});

Deno.test("planConnections() counts equal requests once", () => {
  const books = Array.from({ length: 29 }, (_, i) => [`books:A${i}-USDT`, `spot/depth_l2_tbt:A${i}-USDT`])
    .flat();
  const { connections } = planOf(books);
  assert.deepEqual(connections.map(({ name, deepBooks }) => [name, deepBooks]), [["public", 29]]);
});

Deno.test("planConnections() keeps tick-by-tick books of one instrument apart", () => {
  const { connections } = planOf([
    "books-l2-tbt:BTC-USDT",
    "books50-l2-tbt:BTC-USDT",
    "books50-l2-tbt:ETH-USDT",
  ]);
  assert.deepEqual(connections.map(({ name, paths }) => [name, paths.length]), [
    ["public", 0],
    ["public+login", 2],
    ["public+login#2", 1],
  ]);
});

Deno.test("freeName() takes the lowest name that is free", () => {
  const taken = new Set<string>(["public", "public#2", "public#4"]);
  assert.equal(freeName("public", (name) => taken.has(name)), "public#3");
  assert.equal(freeName("business", (name) => taken.has(name)), "business");
});
