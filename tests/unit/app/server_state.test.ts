/** One server: what an earlier process left of it goes to the projector that begins first, and to no other. */
import assert from "node:assert/strict";
import { ServerState } from "../../../src/app/server_state.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { createKeys } from "../../../src/store/layout/keys.ts";
import { Projector } from "../../../src/store/layout/projector.ts";
import { newRecord } from "../../../src/store/layout/subscription_record.ts";
import { TradeMembers } from "../../../src/store/layout/trade_members.ts";

const PATH = "trades:BTC-USDT";
const LAST = 2_000_000_000_000;
const topic = parseTopic(PATH) as Topic;

function start() {
  const state = new ServerState(createKeys("okex", "t", false), new TradeMembers(10));
  const open = () => {
    const projector = new Projector({ keyPrefix: "okex", server: "t", maxRow: 10, members: state.members });
    state.open(projector);
    return projector;
  };
  return { state, open };
}

/** Returns the record of the path once it is desired. */
function desire(projector: Projector) {
  const [write] = projector.project({
    kind: "subscription",
    topic,
    state: "wanted",
    refusal: undefined,
    at: 5,
  });
  assert.ok(write?.kind === "field");
  return JSON.parse(write.value);
}

function idOf(projector: Projector): number {
  const row = { instId: "BTC-USDT", tradeId: "1", px: "1", sz: "1", side: "buy", ts: "1700000000000" };
  const frame = { kind: "data", arg: topic.arg, rows: [row] } as const;
  const writes = projector.project({ kind: "rows", topics: [topic], frame, at: 6 } as never);
  const append = writes.find((write) => write.kind === "append");
  return Number(append?.kind === "append" ? append.id.split("-")[0] : 0);
}

Deno.test("what an earlier process said is inherited once; ids go on above its own for good", () => {
  const { state, open } = start();
  state.inherit({ mark: "7000-abcd", records: new Map([[PATH, newRecord("stale", 3)]]) });
  state.resume({ members: [], backfilled: [], stored: [], rows: [], lastEntryAt: LAST });
  assert.deepEqual([...state.earlierRecords.keys()], [PATH]);
  const first = open();
  assert.equal(state.earlierRecords.size, 0);
  assert.deepEqual([desire(first).state, state.projector === first], ["stale", true]);
  assert.ok(idOf(first) > LAST);
  state.close();
  assert.deepEqual([state.projector, state.closing === first], [undefined, true]);
  const second = open();
  assert.equal(desire(second).state, "wanted");
  assert.ok(idOf(second) > LAST);
  state.settle();
  assert.deepEqual([state.closing, state.comparedAt], [undefined, 7000]);
});

Deno.test("what is read late goes to the projector that is there", () => {
  const { state, open } = start();
  const first = open();
  assert.ok(idOf(first) < LAST);
  state.resume({ members: [], backfilled: [], stored: [], rows: [], lastEntryAt: LAST });
  assert.ok(idOf(first) > LAST);
});
