/** Sorted sets and streams of the embedded store. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SortedSet } from "../../../src/embedded/sorted_set.ts";
import { formatId, makeId, MAX_ID, Stream } from "../../../src/embedded/stream.ts";

Deno.test("SortedSet stays in order of score, then bytes, whatever is done to it", () => {
  const step = fc.tuple(
    fc.constantFrom("set", "set", "set", "delete", "cut"),
    fc.nat(12),
    fc.integer({ min: -4, max: 4 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const zset = new SortedSet();
      let model: { member: string; score: number }[] = [];
      for (const [action, place, score] of steps) {
        const member = `m${place}`;
        if (action === "cut") {
          assert.deepEqual(zset.cut(place, 2), model.splice(place, 2));
          continue;
        }
        assert.equal(zset.score(member), model.find((entry) => entry.member === member)?.score);
        model = model.filter((entry) => entry.member !== member);
        if (action === "set") zset.set(member, score);
        else zset.delete(member);
        if (action === "set") model.push({ member, score: score === 0 ? 0 : score });
        model.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
        assert.deepEqual(zset.slice(0, zset.size), model);
        model.forEach((entry, rank) => assert.equal(zset.rank(entry.member), rank));
        assert.equal(zset.countBelow(score, true), model.filter((entry) => entry.score <= score).length);
      }
    }),
    { seed: 4 },
  );
});

Deno.test("SortedSet stays in order when it is large, is filled at random and is cut anywhere", () => {
  const zset = new SortedSet();
  const model = new Map<string, number>();
  let state = 1;
  const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
  for (let i = 0; i < 8000; i++) {
    const member = `m${random(5000)}`;
    const score = random(3000);
    zset.set(member, score);
    model.set(member, score);
    if (i % 7 === 0 && zset.delete(`m${i}`)) model.delete(`m${i}`);
    if (i % 1000 === 999) { for (const gone of zset.cut(random(1500), 700)) model.delete(gone.member); }
  }
  const expected = [...model].map(([member, score]) => ({ member, score }))
    .sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
  assert.equal(zset.size, expected.length);
  assert.deepEqual(zset.slice(0, Infinity), expected);
  assert.deepEqual(zset.slice(700, 1900), expected.slice(700, 1900));
  expected.forEach(({ member }, rank) => assert.equal(zset.rank(member), rank));
  assert.equal(zset.countBelow(1500, false), expected.filter(({ score }) => score < 1500).length);
});

function createStream(length: number): Stream {
  const stream = new Stream();
  for (let i = 1; i <= length; i++) stream.append(makeId(BigInt(i), 0n), ["n", String(i)]);
  return stream;
}

Deno.test("Stream gives a range from either end", () => {
  const stream = createStream(9);
  const texts = (entries: { id: bigint }[]) => entries.map(({ id }) => formatId(id));
  assert.deepEqual(texts(stream.range(makeId(3n, 0n), makeId(5n, 0n))), ["3-0", "4-0", "5-0"]);
  assert.deepEqual(texts(stream.range(0n, MAX_ID, { count: 2 })), ["1-0", "2-0"]);
  assert.deepEqual(texts(stream.range(0n, MAX_ID, { count: 2, reverse: true })), ["9-0", "8-0"]);
  assert.deepEqual(stream.range(MAX_ID, 0n), []);
});

Deno.test("Stream never gives an id twice, even when the clock goes back", () => {
  const stream = new Stream();
  stream.append(makeId(2000n, 7n), []);
  assert.equal(formatId(stream.nextId(1000) ?? 0n), "2000-8");
  assert.equal(formatId(stream.nextId(3000) ?? 0n), "3000-0");
  stream.append(MAX_ID, []);
  assert.equal(stream.nextId(4000), undefined);
});

Deno.test("an approximate trim removes whole nodes only, an exact one to the entry", () => {
  const stream = createStream(350);
  assert.equal(stream.trim({ maxLength: 120 }, 10_000), 200);
  assert.equal(stream.trim({ maxLength: 120 }), 30);
  assert.equal(stream.size, 120);
  assert.equal(formatId(stream.at(0)?.id ?? 0n), "231-0");
  assert.equal(stream.maxDeletedId, 0n);
  assert.equal(stream.trim({ minId: MAX_ID }, 10_000), 120);
  assert.equal(stream.size, 0);
});
