/** What has changed of one side of an order book since its hash was written. */
import assert from "node:assert/strict";
import { BookSide } from "../../../../src/okx/book_side.ts";
import type { PriceLevel } from "../../../../src/okx/frame.ts";
import { SideChanges } from "../../../../src/store/layout/side_changes.ts";

const level = (price: string, size: string): PriceLevel => [price, size, "0", "1"];
const SAID = ["seqId", "7", "ts", "1", "state", "live"];

/** A side of bids, its changes, and the hash that follows from them. */
function start(levels: readonly PriceLevel[], depth = 3) {
  const side = BookSide.of("bids", levels);
  assert.ok(side !== undefined);
  const changes = new SideChanges({ depth, full: true, encode: ([, size]) => size as string });
  changes.restart(side);
  const hash: Record<string, string> = {};
  const take = (whole: boolean) => {
    const { clear, set, remove } = changes.take(side, whole, SAID);
    if (clear) { for (const name of Object.keys(hash)) delete hash[name]; }
    for (let i = 0; i < set.length; i += 2) hash[set[i] as string] = set[i + 1] as string;
    for (const name of remove) delete hash[name];
    return { set: set.slice(SAID.length), remove };
  };
  const put = (...levels: PriceLevel[]) => {
    for (const each of levels) side.put(each);
    changes.note(side, levels);
  };
  take(true);
  return { side, changes, hash, take, put };
}

Deno.test("only levels that were set, or are gone, are written", () => {
  const { side, changes, hash, take, put } = start([level("9", "1"), level("8", "1"), level("7", "1")]);
  assert.deepEqual(hash, { seqId: "7", ts: "1", state: "live", "9": "1", "8": "1", "7": "1" });
  assert.equal(changes.isChanged, false);
  put(level("8", "2"), level("7", "0"));
  assert.equal(changes.isChanged, true);
  assert.deepEqual(take(false), { set: ["8", "2"], remove: ["7"] });
  assert.deepEqual([changes.isChanged, changes.differs(side, hash)], [false, false]);
});

Deno.test("levels that come into the part that is kept are written, those that leave it removed", () => {
  const { side, changes, hash, take, put } = start(["9", "8", "7", "6"].map((price) => level(price, "1")));
  put(level("8", "0"));
  assert.deepEqual(take(false), { set: ["6", "1"], remove: ["8"] });
  put(level("8.5", "1"));
  assert.deepEqual(take(false), { set: ["8.5", "1"], remove: ["6"] });
  assert.equal(changes.differs(side, hash), false);
});

Deno.test("differs() finds a level too many, one too few and another size", () => {
  const { side, changes, hash } = start([level("9", "1"), level("8", "1")]);
  assert.equal(changes.differs(side, hash), false);
  assert.equal(changes.differs(side, { ...hash, "7": "1" }), true);
  assert.equal(changes.differs(side, { ...hash, "8": "2" }), true);
  const { "8": _gone, ...fewer } = hash;
  assert.equal(changes.differs(side, fewer), true);
});
