/** The names of legacy trades in the index that the instruments of a product share. */
import assert from "node:assert/strict";
import { TradeMembers } from "../../../../src/store/layout/trade_members.ts";

const INDEX = "okex/main/spot/trade";

function name(members: TradeMembers, filter: string, id: string): string {
  return members.nameOf(INDEX, `spot/trade:${filter}`, { id, filter });
}

Deno.test("the first instrument with an id has it as its name, another one says whose it is", () => {
  const members = new TradeMembers();
  assert.equal(name(members, "BTC-USDT", "1"), "1");
  assert.equal(name(members, "ETH-USDT", "1"), "1@ETH-USDT");
  assert.equal(name(members, "BTC-USDT", "1"), "1");
  members.resumeFrom(INDEX, "spot/trade:ETH-USDT", ["2"]);
  assert.equal(name(members, "BTC-USDT", "2"), "2@BTC-USDT");
});

Deno.test("a name is free again when its row is gone, which a busy path does not make happen to another's", () => {
  const members = new TradeMembers(10);
  assert.equal(name(members, "QUIET-USDT", "1"), "1");
  for (let id = 100; id < 400; id++) name(members, "BTC-USDT", String(id));
  assert.equal(name(members, "BTC-USDT", "1"), "1@BTC-USDT", "the quiet one's row is there still");
  assert.equal(name(members, "ETH-USDT", "399"), "399@ETH-USDT");
  assert.equal(name(members, "ETH-USDT", "100"), "100", "that of the busy one went long ago");
});

Deno.test("names of more rows than are kept now are taken as long as these are there", () => {
  const members = new TradeMembers(2);
  const left = Array.from({ length: 300 }, (_, i) => String(i));
  members.resumeFrom(INDEX, "spot/trade:BTC-USDT", left);
  assert.equal(name(members, "BTC-USDT", "300"), "300");
  // The push that removes them may not be written yet.
  assert.equal(name(members, "ETH-USDT", "0"), "0@ETH-USDT");
});
