/** Whose a push is, in every form in which a message may be written. */
import assert from "node:assert/strict";
import type { Arg, DataFrame } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { PushRouter } from "../../../../src/session/subscriptions/push_router.ts";
import { createUpstream, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";

function matchOf(...inputs: unknown[]): { match: PushRouter; upstreams: Map<string, Upstream> } {
  const upstreams = new Map<string, Upstream>();
  for (const input of inputs) {
    const topic = parseTopic(input) as Topic;
    assert.equal(topic.kind, "topic");
    const upstream = createUpstream(topic, 0);
    upstream.list = [topic];
    upstreams.set(topic.upstream, upstream);
  }
  return { match: new PushRouter(upstreams), upstreams };
}

function frameOf(text: string): DataFrame {
  const frame = decodeV5(text);
  assert.equal(frame.kind, "data", text);
  return frame as DataFrame;
}

/** The path of each row of a message, or undefined for a row of none. */
function pathsOf(match: PushRouter, text: string): (string | undefined)[] {
  const frame = frameOf(text);
  const found = match.find(frame);
  if (found !== undefined) return frame.rows.map(() => found.list[0]?.path);
  const { parts, others } = match.split(frame);
  return [
    ...parts.flatMap(({ upstream, frame }) => frame.rows.map(() => upstream.list[0]?.path)),
    ...Array.from({ length: others }, () => undefined),
  ];
}

/** A push in several orders and with white space; the rows repeat words of an envelope. */
function formsOf(arg: Arg, row: Readonly<Record<string, unknown>>): string[] {
  const data = [{ ...row, note: '"data":[{"arg":{"channel":"tickers","instId":"A"}}]', data: [{ data: 1 }] }];
  const orders = [{ arg, data }, { data, arg }, { arg, action: "x", data }, { action: "x", data, arg }];
  const more = { arg, extra: { data: [] }, data };
  return [...orders, more, { data, arg, z: [{}] }].flatMap((message) => [
    JSON.stringify(message),
    JSON.stringify(message, null, 2),
    ` ${JSON.stringify(message).replaceAll('"data":', '"data" :').replaceAll('"arg":', '"arg"\t: ')}\n`,
  ]);
}

Deno.test("a push is found by its argument, whatever the order of its members and the white space", () => {
  const { match } = matchOf("tickers:A", "tickers:B", "tickers:C");
  for (const instId of ["A", "B", "C", "B", "A"]) {
    for (const text of formsOf({ channel: "tickers", instId }, { instId })) {
      assert.deepEqual(pathsOf(match, text), [`tickers:${instId}`], text);
    }
  }
  for (const text of formsOf({ channel: "tickers", instId: "D" }, { instId: "D" })) {
    assert.deepEqual(pathsOf(match, text), [undefined], text);
  }
});

Deno.test("members of an argument may come in any order, and its numbers count as their text", () => {
  const { match } = matchOf({ channel: "foo", algoId: "7", instId: "A" });
  for (const text of formsOf({ instId: "A", algoId: "7", channel: "foo" }, {})) {
    assert.equal(pathsOf(match, text)[0]?.startsWith("foo"), true, text);
  }
  assert.deepEqual(pathsOf(match, '{"arg":{"channel":"foo","instId":"A","algoId":7},"data":[{}]}').length, 1);
});

Deno.test("words that are looked up later are those of the argument alone", () => {
  const { match, upstreams } = matchOf({ channel: "foo", instId: "A" }, { channel: "foo", instId: "B" });
  const [a] = [...upstreams.values()];
  const inside = '{"arg":{"channel":"foo","x":"},","instId":"A"},"data":[{}]}';
  assert.equal(match.find(frameOf(inside)), a);
  assert.equal(match.find(frameOf(inside.replace('"A"', '"B"')))?.arg.instId, "B");
  // Of a member that comes twice the last counts, as everywhere in JSON.
  const twice = '{"arg":{"channel":"foo","instId":"A"},"data":[{}],"arg":{"channel":"foo","instId":"B"}}';
  assert.equal(match.find(frameOf(twice))?.arg.instId, "B");
  assert.equal(match.find(frameOf('{"arg":{"channel":"foo","instId":"A"},"data":[{}]}')), a);
});

Deno.test("a push whose argument leaves out what was subscribed is of the subscription that its rows name", () => {
  const { match } = matchOf("block-tickers:A", "block-tickers:B");
  const push = (...rows: unknown[]) => JSON.stringify({ arg: { channel: "block-tickers" }, data: rows });
  assert.deepEqual(pathsOf(match, push({ instId: "B" })), ["block-tickers:B"]);
  assert.deepEqual(pathsOf(match, push({ instId: "A" })), ["block-tickers:A"]);
  assert.deepEqual(pathsOf(match, push({ instId: "B" }, { instId: "C" }, { instId: "A" })), [
    ...["block-tickers:B", "block-tickers:A"],
    undefined,
  ]);
  assert.deepEqual(pathsOf(match, push({})), [undefined], "it could be of either");
});

Deno.test("of several subscriptions that a push repeats the one that says most is meant", () => {
  const { match } = matchOf("account", "account:USDT", "orders:ANY", "orders:SWAP:instId=A");
  const of = (arg: Arg, row = {}) => pathsOf(match, JSON.stringify({ arg, data: [row] }))[0];
  assert.equal(of({ channel: "account", uid: "1" }), "account");
  assert.equal(of({ channel: "account", ccy: "USDT", uid: "1" }), "account:USDT");
  assert.equal(of({ channel: "orders", instType: "ANY", uid: "1" }, { instId: "A" }), "orders:ANY");
  assert.equal(of({ channel: "orders", instType: "SWAP", instId: "A", uid: "1" }), "orders:SWAP:instId=A");
  assert.equal(of({ channel: "orders", instType: "FUTURES", uid: "1" }), undefined);
});

Deno.test("an interval that was asked for is never repeated, and a channel may leave out the type of its rows", () => {
  const { match } = matchOf("positions:ANY:extraParams=x", "event-contract-markets:EVENTS");
  const of = (arg: Arg) => pathsOf(match, JSON.stringify({ arg, data: [{ instId: "Z" }] }))[0];
  assert.equal(of({ channel: "positions", instType: "ANY", uid: "1" }), "positions:ANY:extraParams=x");
  assert.equal(of({ channel: "event-contract-markets" }), "event-contract-markets:EVENTS");
});
