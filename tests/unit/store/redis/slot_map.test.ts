/** Which of several answers to CLUSTER SLOTS is believed. */
import assert from "node:assert/strict";
import type { RedisReply } from "../../../../src/store/redis/resp.ts";
import {
  chooseMap,
  isConfirmed,
  movedSlots,
  readSlotMap,
  type SlotMap,
  SLOTS,
} from "../../../../src/store/redis/cluster/slot_map.ts";

const ASKED = { host: "10.0.0.9", port: 7000 };

/** Masters share all slots, each with as many, up to the last slot `to`. */
function answer(ports: readonly number[], to = SLOTS - 1): RedisReply {
  const each = Math.ceil(SLOTS / ports.length);
  return ports.map((port, i) => [i * each, Math.min(to, (i + 1) * each - 1), ["10.0.0.1", port, `id${port}`]])
    .filter(([from, until]) => Number(from) <= Number(until));
}

function map(ports: readonly number[], to?: number): SlotMap {
  const found = readSlotMap(answer(ports, to), ASKED);
  assert.ok(found !== undefined);
  return found;
}

Deno.test("readSlotMap() says who serves each slot, and which nodes are replicas", () => {
  const found = readSlotMap([
    [0, 100, ["10.0.0.1", 7001, "a"], ["10.0.0.2", 7002, "b"]],
    [101, SLOTS - 1, ["10.0.0.3", 7003, "c"], ["10.0.0.1", 7004, "d"]],
  ], ASKED) as SlotMap;
  assert.equal(found.owners[0], "10.0.0.1:7001");
  assert.equal(found.owners[SLOTS - 1], "10.0.0.3:7003");
  assert.equal(found.covered, SLOTS);
  assert.deepEqual(found.masters.map(({ port }) => port), [7001, 7003]);
  assert.deepEqual(found.replicas.map(({ port }) => port), [7002, 7004]);
});

Deno.test("readSlotMap() takes an empty, an unknown or no host for that of the node that was asked", () => {
  for (const host of ["", null, "?"]) {
    const found = readSlotMap([[0, 1, [host, 7001, "a"]]], ASKED) as SlotMap;
    assert.equal(found.owners[0], "10.0.0.9:7001");
  }
  const named = readSlotMap([[0, 1, ["?", 7001, "a", ["ip", "10.0.0.5"]]]], ASKED) as SlotMap;
  assert.equal(named.owners[0], "10.0.0.5:7001");
});

Deno.test("readSlotMap() reads odd answers without harm: no array is no map, what names no place serves nothing", () => {
  assert.equal(readSlotMap("OK", ASKED), undefined);
  for (
    const odd of [[], [null], [[0, 5]], [[0, 5, ["h", 0, "a"]]], [["x", "y", ["h", 1, "a"]]], [[9, 3, [
      "h",
      1,
    ]]]]
  ) {
    assert.equal((readSlotMap(odd as RedisReply, ASKED) as SlotMap).covered, 0, JSON.stringify(odd));
  }
  assert.equal((readSlotMap([[-5, 99_999, ["h", 1, "a"]]], ASKED) as SlotMap).covered, SLOTS);
});

Deno.test("chooseMap() believes no node that was taken out, however many there are", () => {
  assert.equal(chooseMap([map([], 0), map([], 0), map([7001, 7002])], undefined)?.masters.length, 2);
  assert.equal(chooseMap([map([], 0)], undefined), undefined);
  assert.equal(chooseMap([], undefined), undefined);
});

Deno.test("chooseMap() prefers what leaves out no slot, then what most say, then what is new", () => {
  const [old, now] = [map([7001, 7002]), map([7001, 7003])];
  const partial = map([7001], 100);
  assert.equal(chooseMap([partial, partial, old], undefined), old);
  assert.equal(chooseMap([old, now, map([7001, 7003])], old)?.summary, now.summary);
  assert.equal(chooseMap([now, old, map([7001, 7002])], old)?.summary, old.summary);
  assert.equal(chooseMap([old, now], old), now);
});

Deno.test("isAgreed() takes more than half of those that were asked, with all slots served", () => {
  const [one, other] = [map([7001, 7002]), map([7001, 7003])];
  assert.equal(isConfirmed(one, [one], 1), true);
  assert.equal(isConfirmed(one, [one], 2), false);
  assert.equal(isConfirmed(one, [one, other, map([7001, 7002])], 3), true);
  const partial = map([7001], 100);
  assert.equal(isConfirmed(partial, [partial], 1), false);
});

Deno.test("movedSlots() finds the slots that another node serves, and none that nobody was known to serve", () => {
  assert.deepEqual([...movedSlots(["a", "a", undefined, "b"], ["a", "c", "c", undefined])], [1, 3]);
});
