/** The part of the suite for a store that writes: each kind of write, alone, again, and over what others left. */
import assert from "node:assert/strict";
import { StoreError } from "../../src/shared/errors.ts";
import type { Store } from "../../src/store/store.ts";
import type { Write } from "../../src/store/write/write.ts";
import { waitFor } from "../support/wait.ts";

/** Declares a test that is handed an open, empty store. */
export type StoreTest = (title: string, fn: (store: Store, t: Deno.TestContext) => Promise<void>) => void;

export const row = (key: string, members: Record<string, unknown>, whole = true): Write => {
  return { kind: "row", key, row: members, whole };
};
export const score = (key: string, n: number, member = String(n)): Write => ({
  kind: "score",
  key,
  score: n,
  member,
});
export const member = (key: string, name: string): Write => ({ kind: "member", key, member: name });
export const trim = (key: string, keep: number): Write => ({ kind: "trim", key, keep, rows: `${key}/` });
export const retain = (key: string, members: readonly string[]): Write => {
  return { kind: "retain", key, members, rows: `${key}:` };
};
export const text = (key: string, value: string, ttlMs = 0): Write => ({ kind: "text", key, value, ttlMs });
export const field = (key: string, name: string, value: string): Write => ({
  kind: "field",
  key,
  field: name,
  value,
});
export const append = (key: string, id: string, members: Record<string, unknown>): Write => {
  return { kind: "append", key, id, row: members, bytes: 10 };
};

/** Declares all of them. */
export function writeTests(test: StoreTest): void {
  batchTests(test);
  indexTests(test);
  rowTests(test);
  streamTests(test);
  foreignTests(test);
  exactTests(test);
}

/** A list of writes as a whole. */
function batchTests(test: StoreTest): void {
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
}

/** Sorted sets and sets with the rows that they name. */
function indexTests(test: StoreTest): void {
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
}

/** Hashes and texts that are replaced and end. */
function rowTests(test: StoreTest): void {
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
}

/** Streams, read and written at both ends. */
function streamTests(test: StoreTest): void {
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
}

/** Keys that another program has spoiled. */
function foreignTests(test: StoreTest): void {
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
    // A client that does it again and again is not followed again and again.
    await store.apply([append("full", greatest, { e: "strange" })]);
    const again = await store.apply([append("full", `${now}-2`, { e: "6" })]);
    assert.deepEqual([again.rejected, again.refused?.length], [1, 1]);
    assert.deepEqual(await read(), ["1", "2", "strange", "3", "4", "5", "strange"]);
  });

  test("rows() finds no row where a key is of another type", async (store) => {
    await store.apply([text("wrong", "a text"), row("right", { a: "1" })]);
    assert.deepEqual(await store.rows(["wrong", "right"]), [{}, { a: "1" }]);
  });
}

/** What must come through unchanged, however long. */
function exactTests(test: StoreTest): void {
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
