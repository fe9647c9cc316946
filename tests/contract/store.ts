/**
 * What every Redis-protocol server has to give the store, and the store its callers: one suite, run on each server.
 * Everything is asked through the `Store` interface.
 */
import assert from "node:assert/strict";
import { StoreError } from "../../src/shared/errors.ts";
import type { SessionEvent } from "../../src/model/events.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { readCached, readSubscriptions } from "../../src/store/read/rows.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import type { ChannelMessage, Store } from "../../src/store/store.ts";
import type { Write } from "../../src/store/write/write.ts";
import { waitFor, withTimeout } from "../support/wait.ts";
import { messageTests } from "./store_messages.ts";
import { startCuttingProxy } from "./store_proxy.ts";
import { AT, bar, eventOf, minute, roundTrips, tradeOf } from "./store_round_trips.ts";
import { append, field, member, row, score, type StoreTest, text, writeTests } from "./store_writes.ts";
import { topicOf } from "../support/topics.ts";

/** A server under test. */
export type StoreServer = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again, empty, at the same port. */
  restart(): Promise<void>;
};

/** Settings of {@link testStore}. */
export type SuiteOptions = {
  readonly declare?: Declare;
  /** How a store of this server is opened; the tests' own keys share a slot where that matters. */
  readonly openStore?: typeof openStore;
  /** Whether the server can be restarted, and reached through a proxy at its port. */
  readonly restartable?: boolean;
};

/** Declares one test. */
export type Declare = (name: string, fn: (t: Deno.TestContext) => Promise<void>) => void;

const declareTest: Declare = (name, fn) => Deno.test(name, fn);

/** Declares the suite for one kind of server; `open` starts an empty one for each test. */
export function testStore(
  name: string,
  open: () => Promise<StoreServer>,
  options: SuiteOptions = {},
): void {
  const { declare = declareTest, restartable = true, openStore: openAs = openStore } = options;
  const test = (title: string, fn: (server: StoreServer, t: Deno.TestContext) => Promise<void>) =>
    declare(`${name}: ${title}`, async (t) => {
      await using server = await open();
      await fn(server, t);
    });
  const storeTest = (title: string, fn: (store: Store, t: Deno.TestContext) => Promise<void>) =>
    test(title, async (server, t) => {
      await using store = await openAs(server.url);
      await fn(store, t);
    });

  writeTests(storeTest);
  readTests(storeTest);
  messageTests(storeTest);
  if (restartable) outageTests(test);
  layoutTests(storeTest, restartable ? test : () => {});
}

type ServerTest = (title: string, fn: (server: StoreServer, t: Deno.TestContext) => Promise<void>) => void;

function readTests(test: StoreTest): void {
  test("reads of nothing give nothing", async (store) => {
    assert.equal(await store.text("none"), undefined);
    assert.deepEqual(await store.row("none"), {});
    assert.deepEqual(await store.rows(["none", "none"]), [{}, {}]);
    assert.deepEqual(await store.rows([]), []);
    assert.equal(await store.field("none", "x"), undefined);
    await store.apply([field("there", "x", "1"), text("other", "of another type")]);
    assert.deepEqual(await store.fields(["none", "there", "other"], "x"), [undefined, "1", undefined]);
    assert.deepEqual(await store.fields([], "x"), []);
    assert.deepEqual(await store.newest("none", 5), []);
    assert.deepEqual(await store.members("none"), []);
    assert.deepEqual(await store.entries("none", 5), []);
    assert.equal(await store.type("none"), "none");
  });

  test("lengths() count the entries of streams that are left, and none of anything else", async (store) => {
    await store.apply([
      ...["1-0", "2-0", "3-0"].map((id) => append("x", id, { n: id })),
      { kind: "erase", key: "x", ids: ["2-0", "9-0"] },
      { kind: "member", key: "s", member: "a" },
    ]);
    assert.deepEqual(await store.lengths(["x", "none", "s"]), [2, 0, 0]);
    assert.deepEqual(await store.entries("x", 9), [{ n: "1-0" }, { n: "3-0" }]);
  });

  test("lastIds() say where streams end, and an entry that is there is not added again", async (store) => {
    const entries = ["1-0", "2-0"].map((id) => append("x", id, { n: id }));
    await store.apply(entries);
    const again = entries.concat(append("x", "3-0", { n: "3-0" })).map((write) => ({
      ...write,
      again: true,
    }));
    assert.equal((await store.apply(again)).rejected, 0);
    await store.apply([{ kind: "member", key: "s", member: "a" }]);
    const ids = await store.lastIds(["x", "none", "s"]);
    assert.deepEqual([...ids], [["x", "3-0"], ["none", undefined]]);
    assert.deepEqual(await store.entries("x", 9), [{ n: "1-0" }, { n: "2-0" }, { n: "3-0" }]);
  });

  test("scored() gives the members with these scores, and none of anything else", async (store) => {
    const scores: readonly (readonly [string, number])[] = [["1", 1], ["2", 2], ["2@B", 2], ["9", 9]];
    await store.apply([
      ...scores.map(([member, score]) => ({ kind: "score", key: "z", score, member }) as const),
      { kind: "member", key: "s", member: "2" },
    ]);
    assert.deepEqual(await store.scored("z", [2, 3, 9]), ["2", "2@B", "9"]);
    assert.deepEqual(await store.scored("s", [2]), []);
    assert.deepEqual(await store.scored("none", [2]), []);
  });

  test("newest() and entries() give the newest, oldest first", async (store) => {
    const events = [1, 2, 3, 4].map((n) => append("x", `${n}-0`, { n: String(n) }));
    await store.apply([...[3, 1, 4, 2].map((n) => score("z", n)), ...events]);
    assert.deepEqual(await store.newest("z", 2), ["3", "4"]);
    assert.deepEqual(await store.newest("z", 99), ["1", "2", "3", "4"]);
    assert.deepEqual([await store.scoreFromNewest("z", 1), await store.scoreFromNewest("z", 4)], [4, 1]);
    assert.deepEqual([await store.scoreFromNewest("z", 5), await store.scoreFromNewest("no", 1)], [
      undefined,
      undefined,
    ]);
    assert.deepEqual(await store.entries("x", 2), [{ n: "3" }, { n: "4" }]);
  });

  test("type() names the type of each key", async (store) => {
    const writes = [
      text("t", "x"),
      row("h", { a: "1" }),
      score("z", 1),
      member("s", "m"),
      append("x", "1-0", { a: "1" }),
    ];
    await store.apply(writes);
    const types = await Promise.all(["t", "h", "z", "s", "x"].map((key) => store.type(key)));
    assert.deepEqual(types, ["string", "hash", "zset", "set", "stream"]);
  });

  test("scan() finds what matches and remove() removes and counts it", async (store) => {
    const mine = Array.from({ length: 1200 }, (_, i) => `okex/test/tickers:C${i}`);
    await store.apply([...mine.map((key) => row(key, { a: "1" })), row("other/test/tickers:A", { a: "1" })]);
    const found = new Set<string>();
    for await (const keys of store.scan("okex/*")) for (const key of keys) found.add(key);
    assert.deepEqual([...found].sort(), [...mine].sort());
    assert.equal(await store.remove([...found]), 1200);
    assert.equal(await store.remove([]), 0);
    assert.equal(await store.remove(["none"]), 0);
    const left: string[] = [];
    for await (const keys of store.scan("*")) left.push(...keys);
    assert.deepEqual(left, ["other/test/tickers:A"]);
  });

  test("a read of a key of another type rejects with StoreError and spoils nothing", async (store) => {
    await store.apply([text("t", "x")]);
    await assert.rejects(store.row("t"), StoreError);
    assert.equal(await store.text("t"), "x");
  });
}

function outageTests(test: ServerTest): void {
  test("every call rejects with StoreError when the server is gone", async (server) => {
    await using store = await openStore(server.url);
    await store.apply([text("t", "x")]);
    await server.stop();
    const calls: (() => Promise<unknown>)[] = [
      () => store.apply([text("t", "y")]),
      () => store.publish("c", "m"),
      () => store.text("t"),
      () => store.row("t"),
      () => store.rows(["t"]),
      () => store.type("t"),
      () => store.remove(["t"]),
      () => store.listen(["c"], new AbortController().signal),
      () => Array.fromAsync(store.scan("*")),
    ];
    for (const call of calls) {
      await assert.rejects(withTimeout("an answer", call()), (error) => error instanceof StoreError);
    }
    await assert.rejects(openStore(server.url, { connectTimeoutMs: 500 }), StoreError);
  });

  test("a persistent store opens without a server and works as soon as there is one", async (server) => {
    await server.stop();
    await using store = await openStore(server.url, { persistent: true });
    await assert.rejects(store.apply([text("t", "x")]), StoreError);
    await server.restart();
    await waitFor("a write to land", () => store.apply([text("t", "x")]));
    assert.equal(await store.text("t"), "x");
  });

  test("a whole row is whole although its first attempt failed", async (server) => {
    await using store = await openStore(server.url, { persistent: true });
    await server.stop();
    const writes = [row("h", { a: "2" })];
    await assert.rejects(store.apply(writes), StoreError);
    await server.restart();
    await using other = await openStore(server.url);
    await other.apply([row("h", { a: "1", old: "x" })]);
    await waitFor("the row to land", () => store.apply(writes));
    assert.deepEqual(await store.row("h"), { a: "2" });
  });

  test("a list whose answer was lost is applied again without doubling its events", async (server) => {
    await using proxy = startCuttingProxy(server.port);
    await using store = await openStore(proxy.url, { persistent: true });
    const writes: Write[] = [
      ...[1, 2, 3].map((n) => append("x", `${n}-0`, { n: String(n) })),
      row("h", { a: "1" }),
      score("z", 1),
      { kind: "trimStream", key: "x", keep: 10 },
    ];
    proxy.cutNextAnswer();
    await assert.rejects(withTimeout("the loss to be seen", store.apply(writes)), StoreError);
    await waitFor("the list to land", () => store.apply(writes));
    assert.deepEqual(await store.entries("x", 99), [{ n: "1" }, { n: "2" }, { n: "3" }]);
    assert.deepEqual(await store.newest("z", 9), ["1"]);
  });

  test("a persistent store's listener goes on receiving after the server came back", async (server) => {
    await using store = await openStore(server.url, { persistent: true });
    await using messages = await store.listen(["a", "p*"], new AbortController().signal);
    const reader = (messages as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]();
    const next = reader.next();
    await server.stop();
    await server.restart();
    await waitFor("somebody to listen", () => store.publish("a", "hello").catch(() => 0));
    const { value } = await withTimeout("the message", Promise.resolve(next));
    assert.deepEqual(value, { channel: "a", message: "hello" });
  });
}

const KEEP = 3;

function layoutTests(storeTest: StoreTest, test: ServerTest): void {
  storeTest(
    "what was projected and applied is read back as it was sent, and no more than is kept",
    async (store, t) => {
      for (const { path, pushes, cached, gone = [] } of roundTrips()) {
        await t.step(path, async () => {
          const server = path.replace(/[^a-z0-9]/gi, "");
          const { clustered } = store;
          const projector = new Projector({ keyPrefix: "okex", server, maxRow: KEEP, clustered });
          for (const [i, push] of pushes.entries()) {
            const { rejected } = await store.apply(projector.project(eventOf(path, push, AT + i)));
            assert.equal(rejected, 0);
          }
          const keys = createKeys("okex", server, clustered);
          assert.deepEqual(await readCached(store, keys, path), cached);
          for (const key of gone) assert.equal(await store.type(`${keys.prefix}/${key}`), "none", key);
        });
      }
    },
  );

  storeTest(
    "readCached() gives the newest rows of a series, and those with the asked members",
    async (store) => {
      const { clustered } = store;
      const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 10, clustered });
      const keys = createKeys("okex", "test", clustered);
      for (let i = 0; i < 5; i++) {
        await store.apply(projector.project(eventOf("candle1m:X", [bar(i)], AT)));
        await store.apply(projector.project(eventOf("spot/trade:X", [tradeOf("X", i)], AT)));
        await store.apply(projector.project(eventOf("spot/trade:Y", [tradeOf("Y", i + 100)], AT)));
      }
      const openings = (rows: unknown) => (rows as Record<string, string>[]).map(({ ts }) => ts);
      assert.deepEqual(openings(await readCached(store, keys, "candle1m:X", { n: 2 })), [
        minute(3),
        minute(4),
      ]);
      const where = { ts: minute(1) };
      assert.deepEqual(openings(await readCached(store, keys, "candle1m:X", { where })), [minute(1)]);
      const trades = await readCached(store, keys, "spot/trade:X", { n: 2 }) as Record<string, string>[];
      assert.deepEqual(trades.map((each) => [each.instrument_id, each.trade_id]), [["X", "3"], ["X", "4"]]);
      assert.equal(await readCached(store, keys, "tickers:none"), undefined);
    },
  );

  test("restate() brings status and subscriptions back to a server that came back empty", async (server) => {
    await using store = await openStore(server.url, { persistent: true });
    const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: KEEP });
    const keys = createKeys("okex", "test");
    const topic = topicOf("tickers:X");
    const events: SessionEvent[] = [
      { kind: "opened", at: AT },
      { kind: "up", connection: "public", at: AT },
      { kind: "subscription", topic, state: "live", refusal: undefined, at: AT },
      eventOf("tickers:X", [{ instId: "X", ts: String(AT) }], AT),
    ];
    await store.apply([...events.flatMap((event) => projector.project(event)), ...projector.flush()]);
    const before = [await store.text(keys.status), await readSubscriptions(store, keys)];
    await server.stop();
    await server.restart();
    await waitFor("the restated writes to land", () => store.apply(projector.restate()));
    assert.deepEqual([await store.text(keys.status), await readSubscriptions(store, keys)], before);
  });
}
