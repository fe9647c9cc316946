/** What the dashboard knows: changes of paths, rates, search, and which paths belong together. */
import assert from "node:assert/strict";
import type { Tick } from "../../../src/http/feed.ts";
import type { PathDef, PathNow } from "../../../src/http/path_changes.ts";
import { companionsOf, firstChoice } from "../../../web/companions.ts";
import { Model, type Path, pick } from "../../../web/model.ts";

function tick(defs: PathDef[], paths: PathNow[], more: Partial<Tick> = {}): Tick {
  return {
    ...{
      now: 1000,
      version: "1",
      startedAt: 0,
      stopping: false,
      outage: "",
      ...{ lease: null, shard: null, missingShards: [], standbys: 0 },
      accounts: false,
      commands: [],
      faults: [],
      faultCount: 0,
      totals: {},
    },
    ...{ servers: [], gone: [], samples: [], entries: [], defs, paths },
    ...more,
  };
}

const row = (id: number, path: string): PathDef => [id, "test", path, "row", null, false, "quotes", ""];
const now = (
  id: number,
  state: string,
  rows = 0,
  receivedAt = 0,
): PathNow => [id, state, 1, receivedAt, rows, "", "", 0];

Deno.test("the model follows what came, changed and went", () => {
  const model = new Model();
  model.start(tick([row(1, "tickers:A"), row(2, "tickers:B")], [now(1, "live", 100), now(2, "wanted")]));
  const { generation } = model;
  model.change(tick([], [now(1, "stale", 100)]));
  assert.equal(model.paths.get(1)?.state, "stale");
  assert.equal(model.generation, generation);
  model.change(tick([row(3, "tickers:C")], [now(3, "live")], { gone: [2] }));
  assert.deepEqual([...model.paths.keys()], [1, 3]);
  assert.ok(model.generation > generation);
  model.start(tick([row(1, "tickers:Z")], [now(1, "live")]));
  assert.deepEqual([...model.paths.values()].map(({ path }) => path), ["tickers:Z"]);
});

Deno.test("rates are rows per second, whatever came before the page, and whenever ticks come", () => {
  const model = new Model();
  model.start(tick([row(1, "tickers:A")], [now(1, "live", 5000)], { now: 0 }));
  assert.equal(model.paths.get(1)?.rate, 0);
  for (let i = 1; i <= 30; i++) {
    // Two ticks a second: a change of state brings one of its own.
    model.change(tick([], [now(1, "live", 5000 + i * 20 - 15)], { now: i * 1000 - 900 }));
    model.change(tick([], [now(1, "live", 5000 + i * 20)], { now: i * 1000 }));
  }
  const rate = model.paths.get(1)?.rate ?? 0;
  assert.ok(Math.abs(rate - 20) < 0.1, String(rate));
  for (let i = 31; i <= 60; i++) model.change(tick([], [], { now: i * 1000 }));
  assert.equal(model.paths.get(1)?.rate, 0);
});

Deno.test("pick() finds by every word and by group, in the order asked for", () => {
  const model = new Model();
  const defs = [row(1, "tickers:ETH-USDT"), row(2, "tickers:BTC-USDT"), row(3, "books:ETH-USDT")];
  model.start(tick(defs, [now(1, "live", 0, 500), now(2, "stale", 0, 900), now(3, "sent")]));
  const names = (
    group: "all" | "live" | "waiting" | "problems",
    words = "",
    order: "path" | "age" = "path",
  ) => pick(model.paths.values(), { group, words, order, now: 10_000 }).map(({ id }) => id);
  assert.deepEqual(names("all"), [3, 2, 1]);
  assert.deepEqual(names("all", "eth TICK"), [1]);
  assert.deepEqual(names("live"), [1]);
  assert.deepEqual(names("waiting"), [3]);
  assert.deepEqual(names("problems"), [2]);
  assert.deepEqual(names("all", "", "age"), [3, 2, 1]);
});

function pathOf(id: number, path: string, kind: Path["kind"], server = "test"): Path {
  const model = new Model();
  model.start(tick([[id, server, path, kind, null, false, "rows", ""]], []));
  return model.paths.get(id) as Path;
}

Deno.test("the panels show what belongs to the chosen instrument on its server", () => {
  const all = [
    pathOf(1, "candle1H:BTC-USDT", "candle"),
    pathOf(2, "candle1m:BTC-USDT", "candle"),
    pathOf(3, "mark-price-candle1m:BTC-USDT", "candle"),
    pathOf(4, "books5:BTC-USDT", "book"),
    pathOf(5, "books:BTC-USDT", "book"),
    pathOf(6, "trades:BTC-USDT", "trades"),
    pathOf(7, "candle1H:ETH-USDT", "candle"),
    pathOf(8, "books:BTC-USDT", "book", "other"),
    pathOf(9, "tickers:BTC-USDT", "row"),
  ];
  const ids = (chosen: number, kept?: ReturnType<typeof companionsOf>) => {
    const { candles, book, trades } = companionsOf(all, all.find(({ id }) => id === chosen), kept);
    return [candles?.id, book?.id, trades?.id];
  };
  assert.deepEqual(ids(9), [2, 5, 6]);
  assert.deepEqual(ids(4), [2, 4, 6]);
  assert.deepEqual(ids(8), [undefined, 8, undefined]);
  assert.deepEqual(ids(7), [7, undefined, undefined]);
  // Hours stay hours from one instrument to the next.
  const eth = companionsOf(all, all[6]);
  assert.deepEqual(ids(9, eth), [1, 5, 6]);
  assert.equal(firstChoice(all)?.id, 2);
  assert.equal(firstChoice([]), undefined);
});

Deno.test("rates go on where the service's clock is set back, and none is made of that", () => {
  const model = new Model();
  const start = 7_200_000;
  model.start(tick([row(1, "tickers:A")], [now(1, "live", 0)], { now: start }));
  const rateAt = () => model.paths.get(1)?.rate ?? NaN;
  for (let i = 1; i <= 30; i++) model.change(tick([], [now(1, "live", i * 20)], { now: start + i * 1000 }));
  for (let i = 1; i <= 30; i++) {
    model.change(tick([], [now(1, "live", 600 + i * 20)], { now: i * 1000 }));
    assert.ok(Math.abs(rateAt() - 20) < 0.5, String(rateAt()));
  }
  for (let i = 31; i <= 60; i++) model.change(tick([], [], { now: i * 1000 }));
  assert.equal(rateAt(), 0);
});
