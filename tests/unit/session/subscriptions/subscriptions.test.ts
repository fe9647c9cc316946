/** Subscriptions of a v5 connection: requests, answers, refusals, and what a push makes live. */
import assert from "node:assert/strict";
import type { AckFrame, Arg, DataFrame, ErrorFrame } from "../../../../src/okx/frame.ts";
import { chunkArgs, decodeV5 } from "../../../../src/okx/v5.ts";
import { ANSWER_MS, type Request } from "../../../../src/session/subscriptions/request_scheduler.ts";
import { type Change, Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../../support/topics.ts";

const LOST = { code: "closed", message: "the connection is lost" };

/** Longer than any pause before a repeated request. */
const HOUR = 3_600_000;

function due(
  subscriptions: Subscriptions,
  now: number,
  maxBytes?: number,
): { requests: Request[]; states: string[] } {
  const chunk = (args: readonly Arg[]) => chunkArgs(args, maxBytes);
  const { requests, changes } = subscriptions.due(now, { chunk });
  return { requests, states: reported(changes) };
}

/** `path state` of each change. */
function reported(changes: readonly Change[]): string[] {
  return changes.map(({ topic, state }) => `${topic.path} ${state}`);
}

function now(subscriptions: Subscriptions): Record<string, string> {
  return Object.fromEntries([...subscriptions.list()].map(({ topic, state }) => [topic.path, state]));
}

function ack(path: string, op: AckFrame["op"] = "subscribe"): AckFrame {
  return decodeV5(JSON.stringify({ event: op, arg: topicOf(path).arg, connId: "a4d3ae55" })) as AckFrame;
}

function refusal(code: string, message: string, id?: string): ErrorFrame {
  return decodeV5(JSON.stringify({ event: "error", code, msg: message, id })) as ErrorFrame;
}

/** Everything wanted, nothing sent. */
function wanting(...paths: string[]): Subscriptions {
  const subscriptions = new Subscriptions(Date.now);
  for (const path of paths) subscriptions.add(topicOf(path));
  subscriptions.onUp();
  return subscriptions;
}

/** Everything wanted and asked for at time 0; the id of the one request. */
function asked(...paths: string[]): { subscriptions: Subscriptions; id: string } {
  const subscriptions = wanting(...paths);
  const { requests } = due(subscriptions, 0);
  assert.equal(requests.length, 1);
  return { subscriptions, id: requests[0]?.id ?? "" };
}

function live(...paths: string[]): Subscriptions {
  const { subscriptions } = asked(...paths);
  for (const path of paths) subscriptions.onAck(ack(path), 0);
  return subscriptions;
}

function dataOf(subscriptions: Subscriptions, arg: Arg, rows: readonly unknown[] = [{}]): string[] {
  const frame = decodeV5(JSON.stringify({ arg, data: rows })) as DataFrame;
  const found = subscriptions.route(frame);
  const parts = found === undefined ? subscriptions.split(frame).parts : [{ upstream: found, frame }];
  return parts.filter(({ upstream, frame }) => !subscriptions.isLate(upstream, frame))
    .flatMap(({ upstream }) => upstream.list.map(({ path }) => path));
}

Deno.test("Subscriptions asks for everything wanted in one request and waits for the answers", () => {
  const subscriptions = wanting("tickers:A", "trades:B");
  const { requests, states } = due(subscriptions, 0);
  assert.deepEqual(requests.map(({ op, args }) => [op, args]), [["subscribe", [
    { channel: "tickers", instId: "A" },
    { channel: "trades", instId: "B" },
  ]]]);
  assert.match(requests[0]?.id ?? "", /^[A-Za-z0-9]{1,32}$/);
  assert.deepEqual(states, ["tickers:A sent", "trades:B sent"]);
  assert.deepEqual(due(subscriptions, 1).requests, []);
});

Deno.test("Subscriptions cuts requests where the limit says and gives each its own id", () => {
  const paths = Array.from({ length: 20 }, (_, i) => `tickers:COIN${i}`);
  const { requests } = due(wanting(...paths), 0, 200);
  assert.ok(requests.length > 1);
  assert.equal(new Set(requests.map(({ id }) => id)).size, requests.length);
  assert.deepEqual(requests.flatMap(({ args }) => args).map((arg) => `tickers:${arg.instId}`), paths);
});

Deno.test("Subscriptions goes live with its answer, once", () => {
  const { subscriptions } = asked("tickers:A", "trades:B");
  assert.deepEqual(reported(subscriptions.onAck(ack("trades:B"), 5)), ["trades:B live"]);
  assert.deepEqual(reported(subscriptions.onAck(ack("trades:B"), 6)), []);
  assert.deepEqual(now(subscriptions), { "tickers:A": "sent", "trades:B": "live" });
});

Deno.test("Subscriptions goes live with data that comes before the answer", () => {
  const { subscriptions } = asked("tickers:A");
  const arg = { channel: "tickers", instId: "A" };
  const upstream = subscriptions.route(decodeV5(JSON.stringify({ arg, data: [{}] })) as DataFrame);
  assert.ok(upstream);
  assert.deepEqual(reported(subscriptions.onPush(upstream, 1, 1)), ["tickers:A live"]);
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A"), 5)), []);
  assert.deepEqual(due(subscriptions, HOUR).requests, []);
});

Deno.test("Subscriptions refuses what the exchange refuses, by the text of its error", () => {
  const { subscriptions, id } = asked("tickers:A", "tickers:B");
  const frame = refusal("60018", "Wrong URL or channel:tickers, instId:B doesn't exist.", id);
  assert.deepEqual(reported(subscriptions.onError(frame, 1)), ["tickers:B refused"]);
  const [, b] = [...subscriptions.list()];
  const { nextAt = 0, ...said } = b?.refusal ?? {};
  assert.deepEqual(said, { code: "60018", message: frame.message });
  assert.ok(nextAt > Date.now() + 500_000, "asked again in ten minutes");
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A"), 2)), ["tickers:A live"]);
  // Instruments come to be: it is asked again every ten minutes, and stays refused until there is another answer.
  assert.deepEqual(due(subscriptions, 599_000).requests, []);
  const again = due(subscriptions, 600_001);
  assert.deepEqual([again.requests.length, again.states], [1, []]);
  const repeated = refusal("60018", frame.message, again.requests[0]?.id);
  const still = subscriptions.onError(repeated, 600_002);
  assert.deepEqual(
    still.map(({ state, again }) => [state, again]),
    [["refused", true]],
    "another time alone is new",
  );
  assert.deepEqual(due(subscriptions, 1_199_000).requests, []);
  assert.equal(due(subscriptions, 1_200_003).requests.length, 1);
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:B"), 1_200_004)), ["tickers:B live"]);
});

Deno.test("Subscriptions finds the refused argument in the exchange's older texts, without an id", () => {
  const { subscriptions } = asked("open-interest:BCH-USDK", "open-interest:BCH-USDT");
  const frame = refusal("60018", "channel:open-interest,instId:BCH-USDK doesn't exist");
  assert.deepEqual(reported(subscriptions.onError(frame, 1)), ["open-interest:BCH-USDK refused"]);
});

Deno.test("Subscriptions does not find channel:books in channel:books5, nor an instrument in a longer one", () => {
  const { subscriptions } = asked("bbo-tbt:BTC-USDT", "books5:BTC-USDT-SWAP", "books5:BTC-USDT");
  const frame = refusal("60018", "channel:books5,instId:BTC-USDT-SWAP doesn't exist");
  assert.deepEqual(reported(subscriptions.onError(frame, 1)), ["books5:BTC-USDT-SWAP refused"]);
  const books = asked("books:A", "books5:A");
  const other = refusal("60018", "channel:books5,instId:A doesn't exist", books.id);
  assert.deepEqual(reported(books.subscriptions.onError(other, 1)), ["books5:A refused"]);
});

Deno.test("Subscriptions refuses the only argument of a request whatever the error's text says", () => {
  const { subscriptions, id } = asked("tickers:A");
  assert.deepEqual(reported(subscriptions.onError(refusal("60012", "Invalid request", id), 1)), [
    "tickers:A refused",
  ]);
});

Deno.test("Subscriptions asks for each alone where an error may mean several, and refuses the right one", () => {
  const { subscriptions, id } = asked("tickers:A", "tickers:B", "tickers:C");
  subscriptions.onAck(ack("tickers:C"), 1);
  assert.deepEqual(reported(subscriptions.onError(refusal("60012", "Invalid request", id), 1)), []);
  const { requests } = due(subscriptions, HOUR);
  assert.deepEqual(requests.map(({ args }) => args.map(({ instId }) => instId)), [["A"], ["B"]]);
  const second = requests[1]?.id ?? "";
  const changes = subscriptions.onError(refusal("60012", "Invalid request", second), HOUR);
  assert.deepEqual(reported(changes), ["tickers:B refused"]);
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A"), HOUR)), ["tickers:A live"]);
});

Deno.test("Subscriptions does not take an error for another request's", () => {
  const { subscriptions } = asked("tickers:A");
  assert.deepEqual(reported(subscriptions.onError(refusal("60012", "Invalid request", "k999"), 1)), []);
  assert.deepEqual(now(subscriptions), { "tickers:A": "sent" });
});

Deno.test("Subscriptions asks again, later, after a code that asks for patience", () => {
  const { subscriptions, id } = asked("tickers:A");
  const changes = subscriptions.onError(refusal("60014", "Requests too frequent", id), 0);
  assert.deepEqual(changes.map(({ state, refusal }) => [state, refusal?.code]), [["wanted", "60014"]]);
  assert.deepEqual(due(subscriptions, 1).requests, []);
  assert.equal(due(subscriptions, HOUR).requests.length, 1);
});

Deno.test("Subscriptions spaces repeated requests further and further apart", () => {
  const { subscriptions, id } = asked("tickers:A");
  const pauses: number[] = [];
  let current = id;
  let at = 0;
  for (let i = 0; i < 4; i++) {
    subscriptions.onError(refusal("60014", "Requests too frequent", current), at);
    const from = at;
    let requests: Request[] = [];
    while (requests.length === 0) requests = due(subscriptions, at += 100).requests;
    current = requests[0]?.id ?? "";
    pauses.push(at - from);
  }
  for (const [i, pause] of pauses.entries()) assert.ok(pause > (pauses[i - 1] ?? 0), pauses.join(" "));
});

Deno.test("Subscriptions asks alone for what was not answered in time", () => {
  const { subscriptions } = asked("tickers:A", "tickers:B");
  subscriptions.onAck(ack("tickers:A"), 1);
  assert.deepEqual(due(subscriptions, ANSWER_MS - 1).requests, []);
  const { requests } = due(subscriptions, ANSWER_MS);
  assert.deepEqual(requests.map(({ args }) => args), [[{ channel: "tickers", instId: "B" }]]);
  assert.deepEqual(due(subscriptions, ANSWER_MS + 1).requests, []);
  assert.equal(due(subscriptions, 2 * ANSWER_MS).requests.length, 1);
});

Deno.test("Subscriptions asks for few alone in one turn: each request costs one of the hourly budget", () => {
  const paths = Array.from({ length: 100 }, (_, i) => `tickers:COIN${i}`);
  const { subscriptions, id } = asked(...paths);
  subscriptions.onError(refusal("60012", "Invalid request", id), 0);
  assert.ok(due(subscriptions, HOUR).requests.length <= 20);
});

Deno.test("Subscriptions calls stale what the exchange ended by itself, and asks for it again", () => {
  const subscriptions = live("tickers:A", "tickers:B");
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A", "unsubscribe"), 1)), ["tickers:A stale"]);
  const { requests, states } = due(subscriptions, HOUR);
  assert.deepEqual(requests.map(({ op, args }) => [op, args]), [["subscribe", [
    { channel: "tickers", instId: "A" },
  ]]]);
  assert.deepEqual(states, ["tickers:A sent"]);
});

Deno.test("Subscriptions takes the answer to its own unsubscribe for nothing else", () => {
  const subscriptions = live("tickers:A");
  subscriptions.remove("tickers:A");
  assert.deepEqual(due(subscriptions, 1).requests.map(({ op }) => op), ["unsubscribe"]);
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A", "unsubscribe"), 2)), []);
  assert.deepEqual(now(subscriptions), {});
});

Deno.test("Subscriptions serves two paths with one upstream subscription, and the last to go takes it along", () => {
  const subscriptions = wanting("spot/ticker:A", "tickers:A");
  assert.equal(due(subscriptions, 0).requests.flatMap(({ args }) => args).length, 1);
  assert.deepEqual(reported(subscriptions.onAck(ack("tickers:A"), 1)), [
    "spot/ticker:A live",
    "tickers:A live",
  ]);
  assert.deepEqual(dataOf(subscriptions, { channel: "tickers", instId: "A" }), [
    "spot/ticker:A",
    "tickers:A",
  ]);
  assert.deepEqual(reported(subscriptions.remove("spot/ticker:A")), ["spot/ticker:A gone"]);
  assert.deepEqual(due(subscriptions, 2).requests, []);
  assert.deepEqual(dataOf(subscriptions, { channel: "tickers", instId: "A" }), ["tickers:A"]);
  subscriptions.remove("tickers:A");
  assert.deepEqual(due(subscriptions, 3).requests.map(({ op }) => op), ["unsubscribe"]);
  assert.equal(subscriptions.size, 0);
});

Deno.test("Subscriptions gives a path that joins a live subscription that state at once", () => {
  const subscriptions = live("tickers:A");
  assert.deepEqual(reported(subscriptions.add(topicOf("spot/ticker:A"))), ["spot/ticker:A live"]);
  assert.deepEqual(due(subscriptions, HOUR).requests, []);
});

Deno.test("Subscriptions sends nothing for what was removed before it was asked for", () => {
  const subscriptions = wanting("tickers:A");
  assert.deepEqual(reported(subscriptions.remove("tickers:A")), ["tickers:A gone"]);
  assert.deepEqual(due(subscriptions, 0).requests, []);
  assert.deepEqual(subscriptions.remove("tickers:A"), []);
});

Deno.test("Subscriptions does not end what was removed and wanted again before the request left", () => {
  const subscriptions = live("tickers:A");
  subscriptions.remove("tickers:A");
  subscriptions.add(topicOf("tickers:A"));
  const { requests } = due(subscriptions, 1);
  assert.ok(requests.every(({ op }) => op === "subscribe"), JSON.stringify(requests));
});

Deno.test("Subscriptions asks again for a refused path when it is wanted again", () => {
  const { subscriptions, id } = asked("tickers:A");
  subscriptions.onError(refusal("60018", "no", id), 0);
  assert.deepEqual(reported(subscriptions.add(topicOf("tickers:A"))), ["tickers:A wanted"]);
  assert.equal(due(subscriptions, 1).requests.length, 1);
});

Deno.test("Subscriptions asks for a refused path again on a new connection", () => {
  const { subscriptions, id } = asked("tickers:A");
  subscriptions.onError(refusal("60018", "no", id), 0);
  subscriptions.onDown(LOST);
  assert.deepEqual(reported(subscriptions.onUp()), ["tickers:A wanted"]);
  assert.equal(due(subscriptions, 1).requests.length, 1);
});

Deno.test("Subscriptions calls stale what was live when the connection is lost, and asks for all on the next", () => {
  const { subscriptions } = asked("tickers:A", "tickers:B");
  subscriptions.onAck(ack("tickers:A"), 1);
  assert.deepEqual(reported(subscriptions.onDown(LOST)), ["tickers:A stale", "tickers:B wanted"]);
  subscriptions.onUp();
  const { requests } = due(subscriptions, 2);
  assert.deepEqual(requests.flatMap(({ args }) => args).map(({ instId }) => instId), ["A", "B"]);
});

Deno.test("Subscriptions forgets unsent ends of a lost connection", () => {
  const subscriptions = live("tickers:A");
  subscriptions.remove("tickers:A");
  subscriptions.onDown(LOST);
  subscriptions.onUp();
  assert.deepEqual(due(subscriptions, 1).requests, []);
});

Deno.test("Subscriptions refuses everything when the login is refused", () => {
  const subscriptions = wanting("account", "orders:SWAP");
  const reason = { code: "60009", message: "Login failed." };
  assert.deepEqual(reported(subscriptions.refuseAll(reason)), ["account refused", "orders:SWAP refused"]);
  for (const change of subscriptions.list()) assert.deepEqual(change.refusal, reason);
  assert.deepEqual(due(subscriptions, HOUR).requests, []);
});

Deno.test("Subscriptions finds the subscription of a push whose arg has a uid or lacks a member", () => {
  const subscriptions = live("account", "event-contract-markets:EVENTS", "orders:SWAP", "tickers:A");
  assert.deepEqual(dataOf(subscriptions, { channel: "account", uid: "77982378738415879" }), ["account"]);
  assert.deepEqual(dataOf(subscriptions, { channel: "event-contract-markets" }), [
    "event-contract-markets:EVENTS",
  ]);
  assert.deepEqual(dataOf(subscriptions, { channel: "orders", instType: "SWAP", uid: "7" }), ["orders:SWAP"]);
  assert.deepEqual(dataOf(subscriptions, { channel: "orders", instType: "FUTURES", uid: "7" }), []);
  assert.deepEqual(dataOf(subscriptions, { channel: "tickers", instId: "B" }), []);
});

Deno.test("Subscriptions gives no topic for a push of what was removed", () => {
  const subscriptions = live("tickers:A", "tickers:B");
  const arg = { channel: "tickers", instId: "A" };
  assert.deepEqual(dataOf(subscriptions, arg), ["tickers:A"]);
  subscriptions.remove("tickers:A");
  assert.deepEqual(dataOf(subscriptions, arg), []);
  subscriptions.add(topicOf("tickers:A"));
  assert.deepEqual(dataOf(subscriptions, arg), ["tickers:A"]);
});

Deno.test("Subscriptions is not misled by a row that repeats the words of an envelope", () => {
  const subscriptions = live("status", "tickers:A");
  const rows = [{ title: '"data":{"arg":{"channel":"tickers","instId":"A"}}' }];
  assert.deepEqual(dataOf(subscriptions, { channel: "status" }, rows), ["status"]);
  assert.deepEqual(dataOf(subscriptions, { channel: "tickers", instId: "A" }, rows), ["tickers:A"]);
});
