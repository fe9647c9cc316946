/** Faults in what is pushed: bars skipped, orders out of turn, lists and snapshots in parts, events repeated. */
import assert from "node:assert/strict";
import type { Push } from "../../../../src/mock/feeds/feed.ts";
import type { Payload, Sink, TopicSpec } from "../../../../src/mock/hub.ts";
import { Hub } from "../../../../src/mock/hub.ts";
import type { Outgoing } from "../../../../src/mock/faults/outgoing.ts";
import { createRandom } from "../../../../src/mock/market/random.ts";
import { Script } from "../../../../src/mock/faults/script.ts";

Deno.test("skip-bar loses one whole bar and is over with the next", () => {
  const script = createScript("skip-bar candle1m:BTC-USDT");
  const sent = [[60, "0"], [60, "1"], [120, "0"], [120, "0"], [120, "1"], [180, "0"], [180, "1"], [
    240,
    "0",
  ]] as const;
  const left = sent.filter(([openMs, confirm]) => script.treat(candle(openMs, confirm)).length === 1);
  assert.deepEqual(left.map(([openMs]) => openMs), [60, 60, 180, 180, 240]);
  assert.deepEqual(script.names, []);
});

Deno.test("skip-bar leaves other candles alone", () => {
  const script = createScript("skip-bar candle1m:BTC-USDT");
  script.treat(candle(60, "0"));
  assert.equal(script.treat(candle(120, "0", "ETH-USDT")).length, 1);
  assert.equal(script.treat(candle(120, "0")).length, 0);
});

Deno.test("skip-confirm loses the final row of a bar, once", () => {
  const script = createScript("skip-confirm");
  assert.equal(script.treat(candle(60, "0")).length, 1);
  assert.equal(script.treat(candle(60, "1")).length, 0);
  assert.equal(script.treat(candle(120, "1")).length, 1);
  assert.deepEqual(script.names, []);
});

Deno.test("disorder sends the next push of an order after the one that follows it", () => {
  const script = createScript("disorder");
  const connection = {};
  const first = order("1", "live", connection);
  const second = order("1", "filled", connection);
  assert.deepEqual(script.treat(first), []);
  const another = order("2", "live", connection);
  assert.deepEqual(script.treat(another), [another]);
  const elsewhere = order("1", "filled", {});
  assert.deepEqual(script.treat(elsewhere), [elsewhere]);
  assert.deepEqual(script.treat(second), [second, first]);
  assert.deepEqual(script.names, []);
});

Deno.test("partial-instruments leaves out what does not change, but for what is announced", () => {
  const script = createScript("partial-instruments");
  const push = (row: Record<string, unknown>, channel = "instruments"): unknown => {
    const payload = JSON.stringify({ arg: { channel, instType: "SPOT" }, data: [row] });
    const frame: Outgoing = { kind: "push", endpoint: "public", payload, topics: [channel], delayMs: 0 };
    const [treated] = script.treat(frame);
    return (JSON.parse(treated?.payload as string) as { data: unknown[] }).data[0];
  };
  const row = {
    instType: "SPOT",
    instId: "A-USDT",
    tickSz: "0.1",
    state: "live",
    maxMktSz: "7",
    listTime: "1",
  };
  assert.deepEqual(push(row), { instType: "SPOT", instId: "A-USDT", state: "live", maxMktSz: "7" });
  assert.deepEqual(push({ ...row, state: "preopen" }), { ...row, state: "preopen" });
  assert.deepEqual(push(row, "tickers"), row);
  script.command("partial-instruments off");
  assert.deepEqual(push(row), row);
});

Deno.test("repeat-events sends a newcomer what was sent of a channel of events, and nothing of others", () => {
  const script = createScript("repeat-events=2");
  assert.equal(script.repeats, 2);
  for (const events of [true, false]) {
    const hub = new Hub();
    const queue: Push[] = [];
    const spec: TopicSpec = {
      key: "v5 trades",
      channel: "trades",
      filter: "BTC-USDT",
      rank: 9,
      events,
      open: () => ({ first: () => [], next: () => queue.splice(0) }),
      encode: (push) => JSON.stringify(push.data),
    };
    const [early, late]: Payload[][] = [[], []];
    hub.subscribe(spec, into(early!), { nowMs: 0 });
    queue.push({ data: [1] }, { data: [2] }, { data: [3] });
    hub.turn(1);
    hub.subscribe(spec, into(late!), { nowMs: 2, repeats: script.repeats });
    assert.deepEqual(early, ["[1]", "[2]", "[3]"]);
    assert.deepEqual(late, events ? ["[2]", "[3]"] : []);
  }
});

Deno.test("split-snapshot sends a snapshot of balances and positions in parts, and changes as they are", () => {
  const script = createScript("split-snapshot");
  const row = (eventType: string) => ({
    eventType,
    balData: [{ ccy: "BTC" }, { ccy: "ETH" }],
    posData: [{ posId: "1" }],
    trades: [{ tradeId: "7" }],
  });
  const parts = script.treat(push("balance_and_position", "", [row("snapshot")]))
    .map(({ payload }) => JSON.parse(String(payload)).data[0]);
  assert.ok(parts.every(({ eventType }) => eventType === "snapshot"));
  assert.deepEqual(parts.map(({ balData, posData, trades }) => [balData, posData, trades]), [
    [[{ ccy: "BTC" }], [], []],
    [[{ ccy: "ETH" }], [], []],
    [[], [{ posId: "1" }], [{ tradeId: "7" }]],
  ]);
  const change = push("balance_and_position", "", [row("filled")]);
  assert.deepEqual(script.treat(change), [change]);
});

Deno.test("repeat-events takes a number of events", () => {
  assert.throws(() => createScript("repeat-events=few"), /fault repeat-events: not a number of events: few/);
});

function createScript(command: string): Script {
  const script = new Script(createRandom(1));
  script.command(command);
  return script;
}

function candle(openMs: number, confirm: "0" | "1", instId = "BTC-USDT"): Outgoing {
  return push("candle1m", instId, [[String(openMs), "1", "1", "1", "1", "0", "0", "0", confirm]]);
}

function order(ordId: string, state: string, connection: object): Outgoing {
  return { ...push("orders", "ANY", [{ ordId, state }]), connection };
}

function push(channel: string, filter: string, data: readonly unknown[]): Outgoing {
  const payload = JSON.stringify({ arg: { channel }, data });
  return {
    kind: "push",
    endpoint: "business",
    payload,
    topics: [channel, `${channel}:${filter}`],
    delayMs: 0,
  };
}

function into(payloads: Payload[]): Sink {
  return (payload) => payloads.push(payload) > 0;
}
