/**
 * What every Redis-protocol server has to give the store, and the store its callers: one suite, run on each server.
 * Everything is asked through the `Store` interface.
 */
import assert from "node:assert/strict";
import { StoreError } from "../../src/shared/errors.ts";
import type { SessionEvent } from "../../src/model/events.ts";
import type { DataFrame } from "../../src/okx/frame.ts";
import { decodeV5 } from "../../src/okx/v5.ts";
import { createKeys } from "../../src/store/layout/keys.ts";
import { Projector } from "../../src/store/layout/projector.ts";
import { readCached, readSubscriptions } from "../../src/store/read/rows.ts";
import { openStore } from "../../src/store/redis/redis_store.ts";
import type { Message, Store } from "../../src/store/store.ts";
import type { Write } from "../../src/store/write/write.ts";
import { waitFor, withTimeout } from "../support/wait.ts";
import { startCuttingProxy } from "./store_proxy.ts";
import { topicOf } from "../support/topics.ts";

/** A server under test. */
export type StoreServer = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it anew, empty, at the same port. */
  restart(): Promise<void>;
};

/** Settings of {@link testStore}. */
export type SuiteOptions = {
  readonly declare?: Declare;
  /** How a store of this server is opened; the tests' own keys share a slot where that matters. */
  readonly openStore?: typeof openStore;
  /** Whether the server can be stopped and started anew, and reached through a proxy at its port. */
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

type StoreTest = (title: string, fn: (store: Store, t: Deno.TestContext) => Promise<void>) => void;
type ServerTest = (title: string, fn: (server: StoreServer, t: Deno.TestContext) => Promise<void>) => void;

const row = (key: string, members: Record<string, unknown>, whole = true): Write => {
  return { kind: "row", key, row: members, whole };
};
const score = (key: string, n: number, member = String(n)): Write => ({
  kind: "score",
  key,
  score: n,
  member,
});
const member = (key: string, name: string): Write => ({ kind: "member", key, member: name });
const trim = (key: string, keep: number): Write => ({ kind: "trim", key, keep, rows: `${key}/` });
const retain = (key: string, members: readonly string[]): Write => {
  return { kind: "retain", key, members, rows: `${key}:` };
};
const text = (key: string, value: string, ttlMs = 0): Write => ({ kind: "text", key, value, ttlMs });
const field = (key: string, name: string, value: string): Write => ({
  kind: "field",
  key,
  field: name,
  value,
});
const append = (key: string, id: string, members: Record<string, unknown>): Write => {
  return { kind: "append", key, id, row: members, bytes: 10 };
};

function writeTests(test: StoreTest): void {
  test("apply() carries out every kind of write", async (store) => {
    const applied = await store.apply([
      row("h", { a: "1", list: [["1", "2"]], n: 7, none: null }),
      field("f", "x", "1"),
      field("f", "y", "2"),
      { kind: "unfield", key: "f", field: "x" },
      text("t", "READY", 30_000),
      score("z", 20, "b"),
      score("z", 10, "a"),
      row("z/a", { of: "a" }),
      row("z/b", { of: "b" }),
      member("s", "m"),
      member("s", "n"),
      row("s:m", { of: "m" }),
      append("x", "1-0", { e: "1" }),
      append("x", "1-1", { e: "2" }),
      append("x", "2-0", { e: "3" }),
      { kind: "publish", channel: "c", message: "hello" },
      trim("z", 1),
      retain("s", ["n"]),
      { kind: "trimStream", key: "x", keep: 2 },
    ]);
    assert.equal(applied.rejected, 0);
    assert.ok(applied.commands >= 19);
    assert.deepEqual(await store.row("h"), { a: "1", list: '[["1","2"]]', n: "7", none: "" });
    assert.deepEqual(await store.row("f"), { y: "2" });
    assert.equal(await store.text("t"), "READY");
    assert.deepEqual(await store.newest("z", 10), ["b"]);
    assert.deepEqual(await store.rows(["z/a", "z/b"]), [{}, { of: "b" }]);
    assert.deepEqual(await store.members("s"), ["n"]);
    assert.equal(await store.type("s:m"), "none");
    assert.deepEqual(await store.entries("x", 10), [{ e: "2" }, { e: "3" }]);
  });

  test("apply() of nothing does nothing", async (store) => {
    assert.deepEqual(await store.apply([]), { commands: 0, rejected: 0, refused: [] });
  });

  test("apply() gives the same when a list is applied twice", async (store) => {
    const writes: Write[] = [
      row("h", { a: "1", b: "2" }),
      field("f", "x", "1"),
      { kind: "unfield", key: "f", field: "y" },
      text("t", "READY"),
      ...[1, 2, 3, 4].flatMap((n) => [row(`z/${n}`, { n: String(n) }), score("z", n)]),
      member("s", "m"),
      trim("z", 3),
      retain("s", ["m"]),
    ];
    const look = async () => [
      await store.row("h"),
      await store.row("f"),
      await store.text("t"),
      await store.newest("z", 9),
      await store.rows(["z/1", "z/2", "z/3", "z/4"]),
      await store.members("s"),
    ];
    await store.apply(writes);
    const once = await look();
    assert.equal((await store.apply(writes)).rejected, 0);
    assert.deepEqual(await look(), once);
  });

  test("apply() keeps the newest members of an index and removes the rows of the others", async (store) => {
    for (let n = 1; n <= 6; n++) {
      await store.apply([row(`z/${n}`, { n: String(n) }), score("z", n), trim("z", 3)]);
    }
    assert.deepEqual(await store.newest("z", 9), ["4", "5", "6"]);
    assert.deepEqual(await store.rows([1, 2, 3, 4, 5, 6].map((n) => `z/${n}`)), [
      ...[{}, {}, {}],
      ...[{ n: "4" }, { n: "5" }, { n: "6" }],
    ]);
  });

  test("apply() trims a thousand members at once, and an empty index not at all", async (store) => {
    const many = Array.from({ length: 1005 }, (_, n) => [score("z", n), row(`z/${n}`, { n: String(n) })])
      .flat();
    await store.apply([...many, trim("z", 5), trim("nothing", 5)]);
    assert.deepEqual(await store.newest("z", 9), ["1000", "1001", "1002", "1003", "1004"]);
    assert.equal(await store.type("z/999"), "none");
    assert.equal(await store.type("nothing"), "none");
  });

  test("apply() retains exactly the named members and removes the rows of the others", async (store) => {
    const all = ["A-B", "C-D", "E-F"].flatMap((id) => [member("s", id), row(`s:${id}`, { id })]);
    await store.apply([...all, retain("s", ["C-D", "X-Y"])]);
    assert.deepEqual(await store.members("s"), ["C-D"]);
    assert.deepEqual(await store.rows(["s:A-B", "s:C-D", "s:E-F"]), [{}, { id: "C-D" }, {}]);
    await store.apply([retain("s", [])]);
    assert.deepEqual(await store.members("s"), []);
  });

  test("apply() lets a whole row lose the members it no longer has, and a partial one keep them", async (store) => {
    await store.apply([row("h", { a: "1", b: "2" })]);
    await store.apply([row("h", { a: "3" })]);
    assert.deepEqual(await store.row("h"), { a: "3" });
    await store.apply([row("h", { c: "4" }, false)]);
    assert.deepEqual(await store.row("h"), { a: "3", c: "4" });
    await store.apply([row("h", { b: "5" }), row("g", { x: "1" })]);
    assert.deepEqual(await store.row("h"), { b: "5" });
    await store.apply([row("h", {})]);
    assert.equal(await store.type("h"), "none");
  });

  test("apply() lets a whole row lose what another program wrote before", async (store) => {
    await store.apply([row("h", { a: "1", foreign: "x" }, false)]);
    await store.apply([row("h", { a: "2" })]);
    assert.deepEqual(await store.row("h"), { a: "2" });
  });

  test("apply() lets a text end with its time, and one without a time stay", async (store) => {
    await store.apply([text("t", "short", 30), text("u", "long")]);
    await waitFor("the end of a text", async () => await store.text("t") === undefined);
    assert.equal(await store.text("u"), "long");
    await store.apply([text("t", "again", 30), text("t", "for good")]);
    await store.apply([text("v", "short", 1)]);
    await waitFor("the end of another text", async () => await store.text("v") === undefined);
    assert.equal(await store.text("t"), "for good");
  });

  test("apply() appends although the clock has stepped back behind the last entry", async (store) => {
    await store.apply([append("x", "9000000000000-5", { e: "1" })]);
    assert.equal((await store.apply([append("x", "8000000000000-0", { e: "2" })])).rejected, 0);
    assert.deepEqual(await store.entries("x", 9), [{ e: "1" }, { e: "2" }]);
  });

  test("apply() puts older rows before those of a stream, once, and what is there keeps its id", async (store) => {
    const older = { kind: "prepend", key: "x", name: "n", keep: 10, rows: [{ n: "1" }, { n: "2" }] } as const;
    await store.apply([append("x", "500-1", { n: "3" }), append("x", "600-0", { n: "4" }), older]);
    await store.apply([older, append("x", "700-0", { n: "5" })]);
    const found = await store.identified("x", 10);
    assert.deepEqual(found.map(({ row }) => row.n), ["1", "2", "3", "4", "5"]);
    assert.deepEqual(found.slice(2).map(({ id }) => id), ["500-1", "600-0", "700-0"]);
    await store.apply([{ ...older, key: "new" }]);
    assert.equal((await store.entries("new", 10)).length, 2);
  });

  test("part() gives what is behind an entry, the stream as a whole and a field beside it", async (store) => {
    const beside = { key: "subs", field: "p" };
    const none = await store.part("x", { after: "0-0", count: 10, beside });
    assert.deepEqual(none, { entries: [], info: undefined, beside: undefined });
    const rows = [1, 2, 3].map((n) => append("x", `${n}00-0`, { n: String(n) }));
    await store.apply([...rows, field("subs", "p", "a record")]);
    const behind = await store.part("x", { after: "100-0", count: 1, beside });
    assert.deepEqual(behind.entries, [{ id: "200-0", row: { n: "2" } }]);
    assert.equal(behind.beside, "a record");
    const { added, ...info } = behind.info ?? {};
    assert.deepEqual(info, { length: 3, first: "100-0", last: "300-0" });
    assert.ok(added === 3 || added === undefined, `${added} before Redis 7`);
    const newest = await store.part("x", { after: undefined, count: 2, beside });
    assert.deepEqual(newest.entries.map(({ id }) => id), ["200-0", "300-0"]);
    await store.apply([text("wrong", "a text")]);
    await assert.rejects(store.part("wrong", { after: "0-0", count: 1, beside }), StoreError);
  });

  test("apply() replaces a key of another type, once, and carries out the rest", async (store) => {
    const cases: [string, Write[], string][] = [
      ["field", [field("wrong", "x", "1"), field("wrong", "y", "2")], "hash"],
      ["row", [row("wrong", { x: "1" }, false)], "hash"],
      ["score", [score("wrong", 1), trim("wrong", 1)], "zset"],
      ["member", [member("wrong", "m")], "set"],
      [
        "append",
        [append("wrong", "1-0", { e: "1" }), { kind: "trimStream", key: "wrong", keep: 1 }],
        "stream",
      ],
      ["trim", [trim("wrong", 1)], "none"],
      ["retain", [retain("wrong", [])], "none"],
    ];
    for (const [name, writes, type] of cases) {
      await store.apply([row("wrong", {}), text("wrong", "a text")]);
      const applied = await store.apply([row("before", { a: "1" }), ...writes, row("after", { a: "1" })]);
      assert.deepEqual([applied.rejected, applied.refused], [0, []], name);
      assert.equal(await store.type("wrong"), type, name);
      assert.deepEqual(await store.rows(["before", "after"]), [{ a: "1" }, { a: "1" }]);
    }
    await store.apply([
      row("wrong", {}),
      text("wrong", "a text"),
      field("wrong", "x", "1"),
      field("wrong", "y", "2"),
    ]);
    assert.deepEqual(await store.row("wrong"), { x: "1", y: "2" });
  });

  test("apply() replaces a stream whose last id is the greatest, with what it had, and not again at once", async (store) => {
    const greatest = "18446744073709551615-18446744073709551615";
    const read = async () => (await store.entries("full", 10)).map((entry) => Object.values(entry).join());
    await store.apply([append("full", "1-0", { e: "1" }), append("full", "2-0", { e: "2" })]);
    await store.apply([append("full", greatest, { e: "strange" })]);
    const now = String(Date.now());
    const writes = [append("full", `${now}-0`, { e: "3" }), append("full", `${now}-1`, { e: "4" })];
    const applied = await store.apply([row("before", { a: "1" }), ...writes, row("after", { a: "1" })]);
    assert.deepEqual([applied.rejected, applied.refused], [0, []]);
    assert.deepEqual(await read(), ["1", "2", "strange", "3", "4"]);
    assert.deepEqual((await store.identified("full", 5)).slice(0, 2).map(({ id }) => id), ["1-0", "2-0"]);
    assert.deepEqual(await store.rows(["before", "after"]), [{ a: "1" }, { a: "1" }]);
    await store.apply([append("full", `${Date.now() + 1000}-0`, { e: "5" })]);
    // Whoever does it again and again is not followed again and again.
    await store.apply([append("full", greatest, { e: "strange" })]);
    const again = await store.apply([append("full", `${now}-2`, { e: "6" })]);
    assert.deepEqual([again.rejected, again.refused?.length], [1, 1]);
    assert.deepEqual(await read(), ["1", "2", "strange", "3", "4", "5", "strange"]);
  });

  test("rows() finds no row where a key is of another type", async (store) => {
    await store.apply([text("wrong", "a text"), row("right", { a: "1" })]);
    assert.deepEqual(await store.rows(["wrong", "right"]), [{}, { a: "1" }]);
  });

  test("time() is a moment near to now", async (store) => {
    assert.ok(Math.abs(await store.time() - Date.now()) < 60_000);
  });

  test("apply() keeps every text exact", async (store, t) => {
    const texts = {
      empty: "",
      "line breaks": "a\r\nb\n\u0000c",
      unicode: "交易 Ünïcødé 🚀",
      "a byte order mark": "\ufeffmarked",
      quotes: '{"a":"\\"b\\""}',
      "protocol words": "*3\r\n$3\r\nDEL\r\n",
      large: "x".repeat(1_000_000),
      number: "1724294007352168320.10",
    };
    for (const [title, value] of Object.entries(texts)) {
      await t.step(title, async () => {
        await store.apply([text("t", value), row("h", { value }), field("f", value || "-", value)]);
        assert.equal(await store.text("t"), value);
        assert.equal((await store.row("h")).value, value);
        assert.equal(await store.field("f", value || "-"), value);
      });
    }
  });

  test("apply() takes a batch of twenty thousand writes", async (store) => {
    const writes = Array.from({ length: 20_000 }, (_, i) => row(`k${i % 500}`, { i: String(i) }));
    const { rejected } = await store.apply(writes);
    assert.equal(rejected, 0);
    assert.deepEqual(await store.rows(["k0", "k499"]), [{ i: "19500" }, { i: "19999" }]);
  });
}

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

/**
 * Each case has channels of its own, in one slot: a cluster passes messages between its nodes without waiting, so that
 * one of an earlier case may arrive during the next, and only those of one node keep their order.
 */
function messageTests(test: StoreTest): void {
  test("listen() hears its channels and patterns, in order, from the moment it resolves", async (store) => {
    const { signal } = new AbortController();
    await using messages = await store.listen(["{order}/a", "{order}/test/*"], signal);
    const reader = (messages as AsyncIterable<Message>)[Symbol.asyncIterator]();
    assert.equal(await store.publish("{order}/a", "1"), 1);
    await store.apply([
      { kind: "publish", channel: "{order}/test/tickers:A", message: "2" },
      { kind: "publish", channel: "{order}/b", message: "nobody" },
      { kind: "publish", channel: "{order}/other", message: "nobody" },
      { kind: "publish", channel: "{order}/test/x", message: "3" },
    ]);
    const heard = [await reader.next(), await reader.next(), await reader.next()];
    assert.deepEqual(heard.map(({ value }) => value), [
      { channel: "{order}/a", message: "1" },
      { channel: "{order}/test/tickers:A", message: "2" },
      { channel: "{order}/test/x", message: "3" },
    ]);
  });

  test("publish() answers how many heard it", async (store) => {
    assert.equal(await store.publish("{count}/a", "x"), 0);
    await using _ = await store.listen(["{count}/a"], new AbortController().signal);
    assert.equal(await store.publish("{count}/a", "x"), 1);
  });

  test("listen() gives each listener its own messages", async (store) => {
    const { signal } = new AbortController();
    await using one = await store.listen(["{each}/a"], signal);
    await using two = await store.listen(["{each}/a", "{each}/b"], signal);
    const first = (one as AsyncIterable<Message>)[Symbol.asyncIterator]();
    const second = (two as AsyncIterable<Message>)[Symbol.asyncIterator]();
    await store.publish("{each}/b", "1");
    await store.publish("{each}/a", "2");
    assert.deepEqual((await first.next()).value, { channel: "{each}/a", message: "2" });
    assert.deepEqual((await second.next()).value, { channel: "{each}/b", message: "1" });
    assert.deepEqual((await second.next()).value, { channel: "{each}/a", message: "2" });
  });

  test("listen() ends with its signal, with its disposal and with the store", async (store) => {
    const controller = new AbortController();
    const messages = await store.listen(["{end}/a"], controller.signal);
    const reader = (messages as AsyncIterable<Message>)[Symbol.asyncIterator]();
    const next = reader.next();
    controller.abort();
    assert.equal((await withTimeout("the end of a listener", Promise.resolve(next))).done, true);
    const other = await store.listen(["{end}/a"], new AbortController().signal);
    await other[Symbol.asyncDispose]();
    assert.equal((await (other as AsyncIterable<Message>)[Symbol.asyncIterator]().next()).done, true);
    const last = await store.listen(["{end}/a"], new AbortController().signal);
    await store[Symbol.asyncDispose]();
    assert.equal((await (last as AsyncIterable<Message>)[Symbol.asyncIterator]().next()).done, true);
  });

  test("listen() with an aborted signal hears nothing and ends", async (store) => {
    const messages = await store.listen(["{aborted}/a"], AbortSignal.abort());
    assert.equal((await (messages as AsyncIterable<Message>)[Symbol.asyncIterator]().next()).done, true);
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

  test("a persistent store's listener hears on after the server came back", async (server) => {
    await using store = await openStore(server.url, { persistent: true });
    await using messages = await store.listen(["a", "p*"], new AbortController().signal);
    const reader = (messages as AsyncIterable<Message>)[Symbol.asyncIterator]();
    const next = reader.next();
    await server.stop();
    await server.restart();
    await waitFor("somebody to listen", () => store.publish("a", "hello").catch(() => 0));
    const { value } = await withTimeout("the message", Promise.resolve(next));
    assert.deepEqual(value, { channel: "a", message: "hello" });
  });
}

const AT = 1_786_540_440_000;
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
      { kind: "up", endpoint: "public", at: AT },
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

type RoundTrip = {
  readonly path: string;
  /** Rows of each push; `seed` marks a fetched list. */
  readonly pushes: readonly (readonly unknown[] | { readonly seed: readonly unknown[] })[];
  readonly cached: unknown;
  /** Keys below the server's prefix that must not be there. */
  readonly gone?: readonly string[];
};

function roundTrips(): RoundTrip[] {
  const minutes = [0, 1, 2, 3];
  const iso = (n: number) => new Date(AT + n * 60_000).toISOString();
  const book = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(AT), seqId: 5 };
  return [
    {
      path: "tickers:X",
      pushes: [[{ instId: "X", last: "1", extra: "x" }], [{ instId: "X", last: "2.50" }]],
      cached: { instId: "X", last: "2.50" },
    },
    {
      path: "spot/ticker:X",
      pushes: [[tickerOf("1")], [tickerOf("2.50")]],
      cached: {
        ...{ instrument_id: "X", last: "2.50", last_qty: "1", best_bid: "2", best_bid_size: "3" },
        ...{ best_ask: "4", best_ask_size: "5", open_24h: "6", high_24h: "7", low_24h: "8" },
        ...{ open_utc0: "9", open_utc8: "10", base_volume_24h: "11", quote_volume_24h: "12" },
        timestamp: new Date(AT).toISOString(),
      },
    },
    {
      path: "candle1m:X",
      pushes: minutes.map((n) => [bar(n)]),
      cached: [1, 2, 3].map((n) => ({
        ...{ ts: minute(n), open: "1", high: "4", low: "0.5", close: "3" },
        ...{ vol: "10", volCcy: "20", volCcyQuote: "30", confirm: "0" },
      })),
      gone: [`candle1m:X/${minute(0)}`],
    },
    {
      path: "index-candle1H:X",
      pushes: [[["1000", "1", "2", "3", "4", "0"]], [["1000", "1", "2", "3", "5", "1"]]],
      cached: [{ ts: "1000", open: "1", high: "2", low: "3", close: "5", confirm: "1" }],
    },
    {
      path: "swap/candle60s:X",
      pushes: minutes.map((n) => [bar(n)]),
      cached: [1, 2, 3].map((n) => ({
        ...{ timestamp: iso(n), open: "1", high: "4", low: "0.5", close: "3" },
        ...{ volume: "10", currency_volume: "20" },
      })),
      gone: [`swap/candle60s:X/${iso(0)}`],
    },
    {
      path: "trades:X",
      pushes: minutes.map((n) => [{ instId: "X", tradeId: String(n), px: "1.0", seqId: 5 }]),
      cached: [1, 2, 3].map((n) => ({ instId: "X", tradeId: String(n), px: "1.0", seqId: "5" })),
    },
    {
      path: "liquidation-orders:SWAP",
      pushes: [[{ instId: "X", instType: "SWAP", details: [{ sz: "39", bkPx: "0.55205" }] }]],
      cached: [{ instId: "X", instType: "SWAP", details: '[{"sz":"39","bkPx":"0.55205"}]' }],
    },
    {
      path: "spot/trade:X",
      pushes: minutes.map((n) => [tradeOf("X", 9 + n)]),
      cached: [10, 11, 12].map((n) => ({
        ...{ instrument_id: "X", trade_id: String(n), price: "1.5", size: "3", side: "sell" },
        timestamp: new Date(AT).toISOString(),
      })),
      gone: ["spot/trade/9"],
    },
    {
      path: "books5:X",
      pushes: [[{ ...book, seqId: 4 }], [book]],
      cached: {
        ...{ asks: '[["2","1","0","1"]]', bids: '[["1","1","0","1"]]', ts: String(AT) },
        ...{ seqId: "5", state: "live" },
      },
    },
    {
      path: "orders:SWAP",
      pushes: [
        [{ ordId: "1", state: "live", sz: "5", uTime: "1" }, {
          ordId: "2",
          state: "live",
          sz: "6",
          uTime: "2",
        }],
        [{ ordId: "1", state: "partially_filled", sz: "5", uTime: "3" }],
        [{ ordId: "2", state: "canceled", sz: "6", uTime: "4" }],
      ],
      cached: [{ ordId: "1", state: "partially_filled", sz: "5", uTime: "3" }],
    },
    {
      path: "account",
      pushes: [[{ totalEq: "10.50", uTime: "1", details: [{ ccy: "BTC", eq: "0.1" }] }]],
      cached: { totalEq: "10.50", uTime: "1" },
    },
    {
      path: "instruments:SPOT",
      pushes: [
        { seed: [{ instId: "A-B", state: "live" }, { instId: "C-D", state: "live" }] },
        [{ instId: "E-F", state: "preopen" }],
        { seed: [{ instId: "C-D", state: "suspend" }, { instId: "E-F", state: "live" }] },
      ],
      cached: [{ instId: "C-D", state: "suspend" }, { instId: "E-F", state: "live" }],
      gone: ["instruments:SPOT:A-B"],
    },
  ];
}

function minute(n: number): string {
  return String(AT + n * 60_000);
}

function bar(n: number): string[] {
  return [minute(n), "1", "4", "0.5", "3", "10", "20", "30", "0"];
}

function tradeOf(instId: string, n: number): Record<string, string> {
  return { instId, tradeId: String(n), px: "1.5", sz: "3", side: "sell", ts: String(AT) };
}

function tickerOf(last: string): Record<string, string> {
  return {
    ...{ instType: "SPOT", instId: "X", last, lastSz: "1", bidPx: "2", bidSz: "3", askPx: "4", askSz: "5" },
    ...{
      open24h: "6",
      high24h: "7",
      low24h: "8",
      sodUtc0: "9",
      sodUtc8: "10",
      vol24h: "11",
      volCcy24h: "12",
    },
    ts: String(AT),
  };
}

function eventOf(path: string, push: RoundTrip["pushes"][number], at: number): SessionEvent {
  const topic = topicOf(path);
  if ("seed" in push) {
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows: push.seed, action: "seed", text: "" };
    return { kind: "rows", topics: [topic], frame, at };
  }
  const frame = decodeV5(JSON.stringify({ arg: topic.arg, data: push }));
  assert.equal(frame.kind, "data");
  return { kind: "rows", topics: [topic], frame: frame as DataFrame, at };
}
