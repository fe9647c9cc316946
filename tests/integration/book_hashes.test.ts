/** Whatever happens to a book, both of its forms in Redis are the book of a plain list at the number that they name. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { DataFrame, Row } from "../../src/okx/frame.ts";
import { OrderBook } from "../../src/okx/order_book.ts";
import { type BookWriter, createBookWriter } from "../../src/store/layout/books.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { readCached } from "../../src/store/read/rows.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import type { Store } from "../../src/store/store.ts";
import { slotOf, type Write } from "../../src/store/write/write.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis } from "../support/service.ts";
import { topicOf } from "../support/topics.ts";

type Levels = readonly (readonly string[])[];
type Book = { readonly bids: Levels; readonly asks: Levels };
type Side = "bids" | "asks";

/** One change of a level: how far from the middle, and its size, 0 to remove it. */
type Change = { readonly side: Side; readonly place: number; readonly size: number };

type Step =
  | { readonly kind: "update"; readonly changes: readonly Change[]; readonly afterMs: number }
  | { readonly kind: "resync"; readonly changes: readonly Change[] }
  | { readonly kind: "stale" | "lost" | "restart" };

const PATH = "books:A-B";
const topic = topicOf(PATH);
const keys = createKeys("okex", "test");

const change: fc.Arbitrary<Change> = fc.record({
  side: fc.constantFrom<Side>("bids", "asks"),
  place: fc.integer({ min: 1, max: 12 }),
  size: fc.integer({ min: 0, max: 5 }),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant<"update">("update"),
        changes: fc.array(change, { maxLength: 8 }),
        afterMs: fc.constantFrom(0, 10, 150),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant<"resync">("resync"),
        changes: fc.array(change, { maxLength: 30 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom<"stale" | "lost" | "restart">("stale", "lost", "restart"),
      }),
    },
  ),
  { minLength: 5, maxLength: 40 },
);

/** The book as anybody would write it down: prices to levels. */
class PlainBook {
  readonly #sides = {
    bids: new Map<number, readonly string[]>(),
    asks: new Map<number, readonly string[]>(),
  };

  apply(row: Row, isWhole: boolean): void {
    for (const side of ["bids", "asks"] as const) {
      if (isWhole) this.#sides[side].clear();
      for (const level of row[side] as Levels) {
        if (Number(level[1]) === 0) this.#sides[side].delete(Number(level[0]));
        else this.#sides[side].set(Number(level[0]), level);
      }
    }
  }

  copy(): Book {
    const sorted = (side: Side, sign: number) =>
      [...this.#sides[side]].sort(([a], [b]) => sign * (a - b)).map(([, level]) => level);
    return { bids: sorted("bids", -1), asks: sorted("asks", 1) };
  }
}

/** A book that is written to Redis step by step. `interval`: least milliseconds between two writes of its lists. */
class Run {
  readonly #options: {
    readonly top: number;
    readonly depth: number;
    readonly full: boolean;
    readonly intervalMs: number;
  };
  readonly #plain = new PlainBook();
  readonly history = new Map<string, Book>();
  #store: Store;
  #writer: BookWriter;
  #book = new OrderBook();
  #seqId = 100;
  #at = 1_000_000;
  state = "";

  constructor(store: Store, options: { top: number; depth: number; full: boolean; intervalMs: number }) {
    this.#store = store;
    this.#options = options;
    this.#writer = createBookWriter(keys, options);
  }

  step(step: Step): Write[] {
    switch (step.kind) {
      case "update":
        this.#at += step.afterMs;
        // What is stale comes back with a snapshot.
        return this.#push(this.state === "live" ? "update" : "snapshot", step.changes);
      case "resync":
        return [...this.#broken(), ...this.#push("snapshot", step.changes)];
      case "stale":
        if (this.state === "live") this.state = "stale";
        return this.#writer.mark(topic, "stale");
      case "lost":
        this.#store.forget();
        return this.#writer.all();
      case "restart":
        this.#writer = createBookWriter(keys, this.#options);
        this.#book = new OrderBook();
        this.#store.forget();
        this.state = this.state === "" ? "" : "restarted";
        return [];
    }
  }

  /** What waited for its interval. */
  due(): Write[] {
    this.#at += 1000;
    return this.#writer.due(this.#at);
  }

  /** The book breaks before it is mended: the state alone is news. */
  #broken(): Write[] {
    if (this.state !== "live") return [];
    const { bids, asks, ts, seqId } = this.#book;
    this.#book.clear();
    return this.#writer.onBook([topic], undefined, { bids, asks, ts, seqId, state: "syncing" }, this.#at);
  }

  #push(action: "snapshot" | "update", changes: readonly Change[]): Write[] {
    const before = action === "snapshot" ? -1 : this.#seqId;
    this.#seqId += 1;
    const row: Row = {
      ...levelsOf(changes),
      ...{ ts: String(this.#seqId), prevSeqId: before, seqId: this.#seqId },
    };
    this.#plain.apply(row, action === "snapshot");
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows: [row], action, text: JSON.stringify(row) };
    assert.ok(["snapshot", "update"].includes(this.#book.apply(action, row)));
    const { bids, asks, ts, seqId } = this.#book;
    this.history.set(seqId, this.#plain.copy());
    this.state = "live";
    return this.#writer.onBook([topic], frame, { bids, asks, ts, seqId, state: "live" }, this.#at);
  }
}

/** Each price once, as the exchange sends them. */
function levelsOf(changes: readonly Change[]): Book {
  const side = (name: Side) => {
    const last = new Map(
      changes.filter(({ side }) => side === name).map(({ place, size }) => [place, size]),
    );
    return [...last].map(([place, size]) => [
      (name === "bids" ? 100 - place / 10 : 100 + place / 10).toFixed(1),
      ...[String(size), "0", String(size * 2)],
    ]);
  };
  return { bids: side("bids"), asks: side("asks") };
}

/** As the queue does: of one slot the newest alone. */
function newestOf(writes: readonly Write[]): Write[] {
  const slots = new Map(
    writes.flatMap((write) => slotOf(write) === undefined ? [] : [[slotOf(write), write]]),
  );
  return [...slots.values()];
}

const cut = ({ bids, asks }: Book, n: number) => ({ bids: bids.slice(0, n), asks: asks.slice(0, n) });
const numbersOf = (hash: Record<string, string>, name: Side) =>
  Object.entries(hash).filter(([price]) => /^\d/.test(price))
    .sort(([a], [b]) => (name === "bids" ? -1 : 1) * (Number(a) - Number(b)))
    .map(([price, value]) => [price, value.split(" ")[0], "0", value.split(" ")[1]]);

redisTest(
  "both forms of a book are the plain book at their number, through resyncs, losses and restarts",
  async () => {
    await using server = await startRedis();
    await using store = await openStore(server.url);
    await using connection = await openRedis(server.url);
    const { redis } = connection;
    const options = fc.record({
      top: fc.integer({ min: 1, max: 4 }),
      depth: fc.integer({ min: 1, max: 14 }),
      full: fc.constant(true),
      intervalMs: fc.constantFrom(0, 100),
    });
    // Of several steps only the last is sent where Redis is behind.
    const batches = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(options, steps, batches, async (settings, steps, sizes) => {
        await redis.flushall();
        store.forget();
        const run = new Run(store, settings);
        const left = [...steps];
        const check = async (isSettled: boolean) => {
          const [top, bids, asks] = await Promise.all(
            ["", "/bids", "/asks"].map((end) => redis.hgetall(keys.path(PATH) + end)),
          ) as [Record<string, string>, Record<string, string>, Record<string, string>];
          if (run.state === "" || run.state === "restarted") return;
          const expected = run.history.get(top.seqId ?? "") as Book;
          const lists = { bids: JSON.parse(top.bids ?? ""), asks: JSON.parse(top.asks ?? "") };
          assert.deepEqual(lists, cut(expected, settings.top));
          assert.deepEqual([top.state, bids.state, asks.state], Array(3).fill(run.state));
          assert.equal(asks.seqId, bids.seqId, "both sides are of one moment");
          const newest = [...run.history.keys()].at(-1) as string;
          assert.equal(bids.seqId, newest);
          const whole = run.history.get(newest) as Book;
          const full = { bids: numbersOf(bids, "bids"), asks: numbersOf(asks, "asks") };
          assert.deepEqual(full, cut(whole, settings.depth));
          const [[bidPx = "", bidSz = ""] = [], [askPx = "", askSz = ""] = []] = [
            whole.bids[0],
            whole.asks[0],
          ];
          assert.deepEqual([top.bidPx, top.bidSz, top.askPx, top.askSz], [bidPx, bidSz, askPx, askSz]);
          if (isSettled && run.state === "live") assert.equal(top.seqId, newest);
          // The readers of okws give the same.
          const read = await readCached(store, keys, PATH, { n: 20 }) as Record<string, string>;
          const most = Math.max(settings.top, settings.depth);
          if (settings.depth >= settings.top || most >= 20) {
            assert.deepEqual(JSON.parse(read.bids ?? ""), whole.bids.slice(0, most));
          }
        };
        for (const size of sizes) {
          if (left.length === 0) break;
          await store.apply(newestOf(left.splice(0, size).flatMap((step) => run.step(step))));
          await check(false);
        }
        await store.apply(newestOf(run.due()));
        await check(true);
      }),
      { numRuns: 40 },
    );
  },
);

redisTest("without all levels there is one hash for a book, and a reader has its lists", async () => {
  await using server = await startRedis();
  await using store = await openStore(server.url);
  await using connection = await openRedis(server.url);
  const run = new Run(store, { top: 2, depth: 400, full: false, intervalMs: 0 });
  const changes = [1, 2, 3].map((place): Change => ({ side: "bids", place, size: 1 }));
  await store.apply(run.step({ kind: "resync", changes }));
  assert.deepEqual(await connection.redis.keys("*"), [keys.path(PATH)]);
  const read = await readCached(store, keys, PATH, { n: 3 }) as Record<string, string>;
  assert.deepEqual(JSON.parse(read.bids ?? "").map(([price]: string[]) => price), ["99.9", "99.8"]);
});
