/** Subscriptions of a v3 connection: which path an answer, an error or a push is about. */
import assert from "node:assert/strict";
import type { AckFrame, DataFrame, ErrorFrame } from "../../../../src/okx/frame.ts";
import { chunkV3Args, decodeV3 } from "../../../../src/okx/v3/wire.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOfV3 } from "../../../support/topics.ts";

/** The one frame of a text. */
function frameOf<F>(value: unknown): F {
  const [frame] = decodeV3(JSON.stringify(value)) as [F];
  return frame;
}

function refusal(errorCode: number, message: string): ErrorFrame {
  return frameOf({ event: "error", message, errorCode });
}

/** Everything wanted and asked for at time 0. */
function asked(...paths: string[]): Subscriptions {
  const subscriptions = new Subscriptions(Date.now);
  for (const path of paths) subscriptions.add(topicOfV3(path));
  subscriptions.onUp();
  subscriptions.due(0, { chunk: (args) => chunkV3Args(args) });
  return subscriptions;
}

function states(subscriptions: Subscriptions): Record<string, string> {
  return Object.fromEntries([...subscriptions.list()].map(({ topic, state }) => [topic.path, state]));
}

Deno.test("a v3 answer finds the path that it names", () => {
  const subscriptions = asked("spot/ticker:ETH-USDT", "spot/ticker:ETH-USD", "futures/instruments");
  for (const channel of ["spot/ticker:ETH-USD", "futures/instruments"]) {
    subscriptions.onAck(frameOf<AckFrame>({ event: "subscribe", channel }), 1);
  }
  assert.deepEqual(states(subscriptions), {
    "spot/ticker:ETH-USDT": "sent",
    "spot/ticker:ETH-USD": "live",
    "futures/instruments": "live",
  });
});

Deno.test("a v3 error refuses the path in its text and none that is like it", () => {
  const paths = ["spot/trade:BTC-USD", "spot/trade:BTC-USDT", "spot/trade:BTC-USD-SWAP"];
  for (const path of paths) {
    const subscriptions = asked(...paths);
    subscriptions.onError(refusal(30040, `Channel ${path} doesn't exist`), 1);
    const refused = Object.entries(states(subscriptions)).filter(([, state]) => state === "refused");
    assert.deepEqual(refused.map(([name]) => name), [path]);
  }
});

Deno.test("v3 pushes find their path by their rows, not by their first words", () => {
  const subscriptions = asked("spot/ticker:ETH-USDT", "spot/ticker:BTC-USDT", "futures/instruments");
  const pathsOf = (table: string, instrument_id?: string) => {
    const frame = frameOf<DataFrame>({ table, data: [{ instrument_id }] });
    return subscriptions.route(frame)?.list.map(({ path }) => path) ?? [];
  };
  assert.deepEqual(pathsOf("spot/ticker", "BTC-USDT"), ["spot/ticker:BTC-USDT"]);
  assert.deepEqual(pathsOf("spot/ticker", "ETH-USDT"), ["spot/ticker:ETH-USDT"]);
  assert.deepEqual(pathsOf("spot/ticker", "XRP-USDT"), []);
  assert.deepEqual(pathsOf("spot/ticker"), [], "a row that does not say its instrument is nobody's");
  assert.deepEqual(pathsOf("futures/instruments", "BTC-USD-210625"), ["futures/instruments"]);
});

Deno.test("a refused login refuses what needs one, until a login is taken", () => {
  const subscriptions = asked("spot/account:USDT", "spot/ticker:ETH-USDT");
  const reason = { code: "30013", message: "Invalid Sign" };
  const refused = subscriptions.refuseAll(reason, { onlyLogin: true });
  assert.deepEqual(refused.map(({ topic, refusal }) => [topic.path, refusal]), [[
    "spot/account:USDT",
    reason,
  ]]);
  assert.equal(states(subscriptions)["spot/ticker:ETH-USDT"], "sent");
  const wanted = subscriptions.onLogin();
  assert.deepEqual(wanted.map(({ topic, state }) => [topic.path, state]), [["spot/account:USDT", "wanted"]]);
  const { requests } = subscriptions.due(1, { chunk: (args) => chunkV3Args(args) });
  assert.deepEqual(requests.map(({ args }) => args), [[{ channel: "spot/account", instId: "USDT" }]]);
});
