/** Faults that a list or a command switches on: how each changes what is sent, and when it is over. */
import assert from "node:assert/strict";
import type { Outgoing } from "../../../../src/mock/faults/outgoing.ts";
import { createRandom } from "../../../../src/mock/market/random.ts";
import { Script } from "../../../../src/mock/faults/script.ts";

Deno.test("a list switches faults on", () => {
  const script = createScript();
  script.load("drop=20s, garbage=0.01,refuse=tickers:XRP-USDT,late-ack=2s,silent");
  assert.deepEqual(script.names, ["drop", "garbage", "refuse tickers:XRP-USDT", "late-ack", "silent"]);
  assert.equal(script.dropEveryMs, 20_000);
});

const bad: readonly (readonly [list: string, says: RegExp])[] = [
  [
    "dorp=20s",
    /Unknown fault: dorp \(known: drop, silent, late-ack, no-ack, deaf, too-frequent, refuse, garbage/,
  ],
  ["drop=2x", /fault drop: not a time such as 20s: 2x/],
  ["late-ack", /fault late-ack: not a time such as 20s: none/],
  ["garbage=2", /fault garbage: not a share between 0 and 1: 2/],
  ["refuse", /fault refuse: it names nothing/],
  ["refuse=tickers@6", /fault refuse: not a five-digit code: 6/],
  ["silent=everywhere", /fault silent: no such endpoint: everywhere/],
  ["drop", /cannot be given in a list without a time/],
];
for (const [list, says] of bad) {
  Deno.test(`the list ${list} is refused with the reason`, () => {
    assert.throws(() => createScript().load(list), (error: unknown) => {
      assert.ok(error instanceof SyntaxError);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("commands switch faults on and off while it runs", () => {
  const script = createScript();
  assert.deepEqual(script.command("drop business"), {
    answer: "dropped business",
    action: { kind: "drop", endpoint: "business" },
  });
  script.command("silent on");
  script.command("refuse tickers:XRP-USDT 64003");
  script.command("silent off");
  assert.deepEqual(script.names, ["refuse tickers:XRP-USDT"]);
  assert.equal(script.refusal("tickers", "tickers:XRP-USDT"), "64003");
  assert.equal(script.refusal("tickers", "tickers:BTC-USDT"), undefined);
  script.command("refuse off");
  assert.deepEqual(script.names, []);
  assert.deepEqual(script.command("pause").action, { kind: "pause" });
  assert.throws(() => script.command("explode now"), SyntaxError);
  assert.throws(() => script.command(""), SyntaxError);
});

Deno.test("silent swallows frames, of one endpoint only when one is named", () => {
  const script = createScript();
  script.command("silent on business");
  assert.equal(script.treat(frame({ endpoint: "business" })).length, 0);
  assert.equal(script.treat(frame({ endpoint: "public" })).length, 1);
});

Deno.test("late-ack delays answers, not pushes", () => {
  const script = createScript();
  script.command("late-ack 2s");
  assert.equal(script.treat(frame({ kind: "answer" }))[0]?.delayMs, 2000);
  assert.equal(script.treat(frame({ kind: "push" }))[0]?.delayMs, 0);
});

Deno.test("no-ack keeps answers back, not pushes and pongs", () => {
  const script = createScript();
  script.command("no-ack on");
  assert.deepEqual(script.treat(frame({ kind: "answer" })), []);
  assert.equal(script.treat(frame({ kind: "push" })).length, 1);
  assert.equal(script.treat(frame({ kind: "pong" })).length, 1);
  script.command("no-ack off");
  assert.equal(script.treat(frame({ kind: "answer" })).length, 1);
  assert.throws(() => script.command("no-ack perhaps"), /fault no-ack: neither on nor off: perhaps/);
});

Deno.test("garbage puts unreadable frames before about its share of the frames", () => {
  const script = createScript();
  script.command("garbage 0.1");
  let spoilt = 0;
  for (let count = 0; count < 2000; count++) {
    const frames = script.treat(frame({ payload: '{"arg":{"channel":"trades"},"data":[]}' }));
    if (frames.length === 1) continue;
    spoilt++;
    assert.throws(() => JSON.parse(String(frames[0]?.payload)));
  }
  assert.ok(spoilt > 140 && spoilt < 260, String(spoilt));
});

Deno.test("gap loses one update and is over then", () => {
  const script = createScript();
  script.command("gap books:BTC-USDT");
  const update = frame({ topics: ["books", "books:BTC-USDT"], action: "update" });
  assert.equal(script.treat(frame({ topics: ["books", "books:ETH-USDT"] })).length, 1);
  assert.equal(script.treat({ ...update, action: "snapshot" }).length, 1);
  assert.equal(script.treat(update).length, 0);
  assert.equal(script.treat(update).length, 1);
  assert.deepEqual(script.names, []);
});

Deno.test("crossed puts one bid above the asks and is over then", () => {
  const script = createScript();
  script.command("crossed books:BTC-USDT");
  const payload = '{"arg":{},"action":"update","data":[{"asks":[["100.5","1","0","1"]],"bids":[]}]}';
  const update = frame({ topics: ["books", "books:BTC-USDT"], action: "update", payload });
  const [crossed] = script.treat(update);
  assert.deepEqual(JSON.parse(String(crossed?.payload)).data[0].bids, [["151", "1", "0", "1"]]);
  assert.deepEqual(script.treat(update), [update]);
});

Deno.test("snapshots can be kept back or come late", () => {
  const script = createScript();
  const snapshot = frame({ topics: ["books"], action: "snapshot" });
  script.command("late-snapshot 2s");
  assert.equal(script.treat(snapshot)[0]?.delayMs, 2000);
  script.command("late-snapshot off");
  script.command("no-snapshot");
  assert.deepEqual(script.treat(snapshot), []);
  assert.equal(script.treat({ ...snapshot, action: "update" }).length, 1);
});

Deno.test("some refusals have names of their own", () => {
  const script = createScript();
  script.load("login-refused=60024,wrong-endpoint=tickers:BTC-USDT");
  assert.equal(script.refusal("login"), "60024");
  assert.equal(script.refusal("tickers", "tickers:BTC-USDT"), "64001");
  script.command("login-refused off");
  assert.equal(script.refusal("login"), undefined);
});

Deno.test("notice and reset are for the server to carry out", () => {
  const script = createScript();
  assert.deepEqual(script.command("notice 2s").action, { kind: "notice", closeAfterMs: 2000 });
  assert.deepEqual(script.command("reset").action, { kind: "reset" });
  assert.deepEqual(script.names, []);
});

Deno.test("off ends every fault", () => {
  const script = createScript();
  script.load("silent,late-ack=2s");
  assert.deepEqual(script.command("off").action, { kind: "resume" });
  assert.deepEqual(script.names, []);
});

function createScript(): Script {
  return new Script(createRandom(1));
}

function frame(changes: Partial<Outgoing>): Outgoing {
  return { kind: "push", endpoint: "public", payload: "{}", topics: [], delayMs: 0, ...changes };
}
