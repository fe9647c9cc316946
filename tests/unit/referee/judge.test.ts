/** The referee's own judgement: what it takes for a violation and what it does not. */
import assert from "node:assert/strict";
import { createJudge } from "../../referee/judge.ts";
import { covers } from "../../referee/checks/series.ts";
import { compare } from "../../referee/checks/books.ts";
import { change, createBook, levelsOf, reset } from "../../referee/exchange/book.ts";
import { createRandom } from "../../referee/random.ts";
import { makeScript } from "../../referee/script.ts";
import { createSecretWatch } from "../../referee/secrets.ts";
import { makeSecrets } from "../../referee/file.ts";

const late = { what: "a row is late", evidence: "", patienceMs: 4000 };

Deno.test("the judge counts what stays for as long as its patience says, once", () => {
  const judge = createJudge();
  const found: string[] = [];
  for (let now = 100_000; now <= 110_000; now += 500) {
    for (const { afterMs } of judge.weigh([late], now, { disturbedAt: 0 })) found.push(`after ${afterMs} ms`);
  }
  assert.deepEqual(found, ["after 4000 ms"]);
});

Deno.test("the judge forgets what has gone in between", () => {
  const judge = createJudge();
  for (let now = 100_000; now <= 120_000; now += 500) {
    const findings = now % 3000 === 0 ? [] : [late];
    assert.deepEqual(judge.weigh(findings, now, { disturbedAt: 0 }), []);
  }
});

Deno.test("the judge gives ten seconds after Redis was interfered with", () => {
  const judge = createJudge();
  let first = 0;
  for (let now = 100_000; now <= 130_000 && first === 0; now += 500) {
    if (judge.weigh([late], now, { disturbedAt: 103_000 }).length > 0) first = now;
  }
  assert.equal(first, 117_000);
});

Deno.test("the judge waits longer where its own looks are late", () => {
  const judge = createJudge();
  for (let now = 100_000; now <= 112_000; now += 3000) {
    assert.deepEqual(judge.weigh([late], now, { disturbedAt: 0 }), []);
  }
});

Deno.test("the judge takes what needs no patience at once", () => {
  const violations = createJudge().weigh([{ ...late, patienceMs: 0 }], 1, { disturbedAt: 0 });
  assert.equal(violations.length, 1);
});

Deno.test("a record of a gap covers its time, and a filled one claims what is well within it", () => {
  const records = [
    { path: "p", from: 10_000, to: 20_000, outcome: "partly" },
    { path: "p", from: 30_000, to: 40_000, outcome: "filled" },
    { path: "p", from: 50_000, to: Infinity, outcome: "open" },
  ];
  assert.equal(covers(records, 21_000, false), true);
  assert.equal(covers(records, 25_000, false), false);
  assert.equal(covers(records, 35_000, false), false, "a filled record excuses nothing");
  assert.equal(covers(records, 35_000, true), true);
  assert.equal(covers(records, 30_500, true), false);
  assert.equal(covers(records, 90_000, false), true);
});

Deno.test("a book is compared level by level at its number, and numbers of a reset are lower and new", () => {
  const random = createRandom("book");
  const book = createBook(random);
  const hash = (levels: { asks: string[][]; bids: string[][] }) => ({
    asks: JSON.stringify(levels.asks.slice(0, 25)),
    bids: JSON.stringify(levels.bids.slice(0, 25)),
  });
  const before = levelsOf(book);
  const { seqId, prevSeqId } = change(book, random, 1);
  assert.equal(compare(book.history.get(prevSeqId)!, hash(before)), undefined);
  assert.match(compare(book.history.get(seqId)!, hash(before))!, /^(asks|bids)\[\d+\] is /);
  assert.match(compare(before, { asks: "[]", bids: hash(before).bids })!, /^asks\[0\] is undefined/);
  const lower = reset(book, random, 2);
  assert.ok(lower.seqId < prevSeqId);
  assert.equal(compare(book.history.get(lower.seqId)!, hash(levelsOf(book))), undefined);
});

Deno.test("a seed makes the same script each time, of plain data", () => {
  const script = makeScript("7.3");
  assert.deepEqual(script, makeScript("7.3"));
  assert.deepEqual(JSON.parse(JSON.stringify(script)), script);
  assert.notDeepEqual(script, makeScript("7.4"));
});

Deno.test("a secret is found as it is, percent-coded and in Base64, and is not printed again", () => {
  const secrets = makeSecrets(createRandom("secrets"));
  const watch = createSecretWatch(secrets);
  watch.look("page", "nothing here");
  assert.equal(watch.found.length, 0);
  watch.look("log", `password ${secrets.redis} is wrong`);
  watch.look("header", `Basic ${btoa(`okws:${secrets.http}`)}`);
  assert.equal(watch.found.length, 2);
  assert.ok(watch.found.every((place) => !place.includes(secrets.redis)));
});
