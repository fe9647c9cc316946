/** The requests of one connection: within the hour's number of them, with a reserve for what was there before. */
import assert from "node:assert/strict";
import { CODECS } from "../../../../src/okx/codec.ts";
import { RequestSender } from "../../../../src/session/connection/request_sender.ts";
import { type Change, Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../../support/topics.ts";

function start(requestsPerHour: number) {
  const subscriptions = new Subscriptions(Date.now);
  subscriptions.onUp();
  const sent: { op: string; args: unknown }[] = [];
  const changes: Change[] = [];
  const crowded: (readonly string[])[] = [];
  const sender = new RequestSender({
    ...{ url: "ws://127.0.0.1", codec: CODECS.v5, subscriptions, requestsPerHour },
    send: (text) => void sent.push(JSON.parse(text)),
    emitChanges: (more) => void changes.push(...more),
    onCrowded: (keys) => void crowded.push(keys),
  });
  return { subscriptions, sender, sent, changes, crowded };
}

Deno.test("what is desired is asked for in one request, said, and not asked for twice", () => {
  const { subscriptions, sender, sent, changes, crowded } = start(480);
  for (const path of ["tickers:A", "trades:A"]) subscriptions.add(topicOf(path));
  sender.sendDue();
  sender.sendDue();
  assert.deepEqual(sent.map(({ op, args }) => [op, args]), [
    ["subscribe", [{ channel: "tickers", instId: "A" }, { channel: "trades", instId: "A" }]],
  ]);
  assert.deepEqual(changes.map(({ topic, state }) => [topic.path, state]), [
    ["tickers:A", "sent"],
    ["trades:A", "sent"],
  ]);
  assert.deepEqual([sender.crowded, crowded], [false, []]);
});

Deno.test("the last fifth of an hour's requests is kept for what was asked for before", () => {
  const { subscriptions, sender, sent, crowded } = start(10);
  const old = topicOf("tickers:OLD");
  subscriptions.add(old);
  // A new connection asks again for what it is not to lose.
  subscriptions.onUp();
  for (let i = 0; i < 8; i++) sender.sendLogin(`{"op":"login"}`);
  assert.ok(sender.crowded);
  const fresh = topicOf("tickers:NEW");
  subscriptions.add(fresh);
  sender.sendDue();
  assert.deepEqual(sent.slice(8).map(({ args }) => args), [[old.arg]]);
  assert.deepEqual(crowded, [[fresh.upstream]], "what is new is offered to another connection");
});

Deno.test("nothing is sent beyond the hour's number", () => {
  const { subscriptions, sender, sent } = start(2);
  subscriptions.add(topicOf("tickers:A"));
  subscriptions.onUp();
  for (let i = 0; i < 2; i++) sender.sendLogin(`{"op":"login"}`);
  sender.sendDue();
  assert.equal(sent.length, 2);
});
