/** The trades that the simulated market remembers. */
import assert from "node:assert/strict";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { Tape } from "../../../../src/mock/market/tape.ts";

Deno.test("a tape gives the matches after an id, oldest first", () => {
  const tape = new Tape(100);
  tape.add(103, 3, 1000);
  tape.add(104, 1, 2000);
  assert.deepEqual([tape.fromId, tape.lastId], [101, 104]);
  assert.deepEqual(tape.after(0), [[103, 3, 1000], [104, 1, 2000]]);
  assert.deepEqual(tape.after(103), [[104, 1, 2000]]);
  assert.deepEqual(tape.after(104), []);
});

Deno.test("a full tape forgets its oldest half and says where it begins", () => {
  const tape = new Tape(0);
  for (let id = 1; id <= 200_001; id++) tape.add(id, 1, id);
  assert.equal(tape.fromId, tape.after(0)[0]?.[0]);
  assert.equal(tape.fromId, 100_001);
  assert.equal(tape.lastId, 200_001);
});

Deno.test("a listing keeps its tape from the first call on, without gaps", () => {
  const market = createMarket({ seed: 5, startMs: 0 });
  const listing = market.listings.get("BTC-USDT")!;
  market.step(1000);
  const before = listing.lastTradeId;
  listing.keepTape();
  for (let ms = 1100; ms < 20_000; ms += 100) market.step(ms);
  const tape: Tape | undefined = listing.tape;
  assert.equal(tape?.fromId, before + 1);
  let next = before + 1;
  for (const [lastId, count] of tape?.after(0) ?? []) {
    assert.equal(lastId - count + 1, next);
    next = lastId + 1;
  }
  assert.equal(next, listing.lastTradeId + 1);
});
