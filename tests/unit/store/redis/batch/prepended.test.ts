/** Rows that go before those of a stream: what is sent for what is there. */
import assert from "node:assert/strict";
import type { RedisCommand } from "../../../../../src/store/redis/commands.ts";
import { isReadByGroups, prepended } from "../../../../../src/store/redis/batch/prepended.ts";

const key = "k";

function write(ids: readonly number[], keep = 10) {
  const rows = ids.map((id) => ({ tradeId: String(id), ts: String(1000 + id) }));
  return { kind: "prepend", key, rows, name: "tradeId", keep } as const;
}

function commandsOf(...given: Parameters<typeof prepended>): readonly RedisCommand[] {
  const { commands, rows } = prepended(...given);
  // MULTI, DEL, EXEC, and what is there.
  const there = Array.isArray(given[1]) ? given[1].length : 0;
  assert.equal(rows, commands.length === 0 ? 0 : commands.length - 3 - there, "how many rows are put before");
  return commands;
}

/** An entry as XRANGE gives it. */
function entry(id: string, tradeId: string): string[] | [string, string[]] {
  return [id, ["tradeId", tradeId, "px", "1"]];
}

Deno.test("an empty stream gets them all, under the times of the rows", () => {
  assert.deepEqual(commandsOf(write([1, 2]), []), [
    ["MULTI"],
    ["DEL", key],
    ["XADD", key, "1001-0", "tradeId", "1", "ts", "1001"],
    ["XADD", key, "1002-0", "tradeId", "2", "ts", "1002"],
    ["EXEC"],
  ]);
});

Deno.test("what is there keeps its id behind them, in one step", () => {
  const commands = commandsOf(write([1, 2]), [entry("900-3", "3")]);
  assert.deepEqual(commands.map((command) => command.slice(0, 3)), [
    ["MULTI"],
    ["DEL", key],
    ["XADD", key, "899-0"],
    ["XADD", key, "899-1"],
    ["XADD", key, "900-3"],
    ["EXEC"],
  ]);
});

Deno.test("only what is older than the first entry goes before it, so that a repetition adds nothing", () => {
  const twice = commandsOf(write([1, 2]), [entry("899-0", "1"), entry("899-1", "2"), entry("900-3", "3")]);
  assert.deepEqual(twice, []);
  assert.deepEqual(commandsOf(write([4, 5]), [entry("900-3", "3")]), []);
});

Deno.test("what is there may stand for several fills: only what is older than the first of them goes before it", () => {
  const [id, cells] = entry("900-3", "5") as [string, string[]];
  const commands = commandsOf(write([1, 2, 3, 4]), [[id, [...cells, "count", "3"]]]);
  const added = commands.filter(([name, , entryId]) => name === "XADD" && entryId !== id);
  assert.deepEqual(added.map((command) => command[4]), ["1", "2"]);
});

Deno.test("newer rows are not pushed out: the newest of the others fill the room that is left", () => {
  const full = commandsOf(write([1, 2, 3], 3), [
    entry("900-0", "4"),
    entry("900-1", "5"),
    entry("900-2", "6"),
  ]);
  assert.deepEqual(full, []);
  const one = commandsOf(write([1, 2, 3], 2), [entry("5000-0", "4")]);
  assert.deepEqual(one[2], ["XADD", key, "1003-0", "tradeId", "3", "ts", "1003"]);
  assert.equal(one.length, 5);
});

Deno.test("an answer that is none adds nothing", () => {
  assert.deepEqual(commandsOf(write([1]), new Error("NOPERM") as never), []);
  assert.deepEqual(commandsOf(write([1]), ["odd"]), []);
});

Deno.test("a stream that groups read, or of which nobody says it, is left alone", () => {
  assert.equal(isReadByGroups(["length", 1, "groups", 0]), false);
  assert.equal(isReadByGroups(["length", 1, "groups", 2]), true);
  assert.equal(isReadByGroups(new Error("ERR no such key") as never), false);
  assert.equal(isReadByGroups(new Error("NOPERM") as never), true);
  assert.equal(isReadByGroups([]), true);
});
