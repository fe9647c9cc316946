/** Which subscription an answer is about. */
import assert from "node:assert/strict";
import type { AckFrame, ErrorFrame } from "../../../../src/okx/frame.ts";
import { isNamed } from "../../../../src/okx/named_arg.ts";
import { findAcknowledged, findRejected } from "../../../../src/session/subscriptions/answers.ts";
import { ACCEPTED, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { upstreamOf } from "../../../support/upstreams.ts";

function sent(path: string, id: string): Upstream {
  const answer = { kind: "awaited", id, sentAt: 0 } as const;
  return upstreamOf(path, { state: "sent", answer });
}

function ack(op: AckFrame["op"], id?: string): AckFrame {
  return { kind: "ack", op, arg: { channel: "tickers" }, id, event: {} };
}

function error(message: string, id?: string): ErrorFrame {
  return { kind: "error", code: "60018", message, id, event: {} };
}

Deno.test("an acknowledgement is of the one that its request asked for; of several each is a candidate", () => {
  const [a, b, c] = [sent("tickers:A", "k1"), sent("tickers:B", "k2"), sent("tickers:C", "k2")];
  assert.equal(findAcknowledged(ack("subscribe", "k1"), [a, b, c]).upstream, a);
  assert.deepEqual(findAcknowledged(ack("subscribe", "k2"), [a, b, c]), { candidates: [b, c] });
  assert.deepEqual(findAcknowledged(ack("subscribe"), [a, b]), { candidates: [a, b] });
});

Deno.test("an end is of the only one that was accepted, and nothing is asked for again", () => {
  const live = upstreamOf("tickers:A", { state: "live", answer: ACCEPTED });
  assert.equal(findAcknowledged(ack("unsubscribe"), [live, sent("tickers:B", "k2")]).upstream, live);
  assert.deepEqual(findAcknowledged(ack("unsubscribe"), [live, { ...live }]), {
    upstream: undefined,
    candidates: [],
  });
});

Deno.test("an error is of the one that it names, or the only one that was asked for", () => {
  const [a, b] = [sent("tickers:A", "k1"), sent("tickers:B", "k1")];
  assert.equal(findRejected(error("channel:tickers,instId:B doesn't exist", "k1"), [a, b]).upstream, b);
  assert.equal(findRejected(error("something else", "k1"), [a]).upstream, a);
  assert.deepEqual(findRejected(error("something else", "k1"), [a, b]), { candidates: [a, b] });
  assert.deepEqual(findRejected(error("something else", "k9"), [a, b]), { candidates: [] });
});

Deno.test("a name is found as a whole word, in v3 as a path", () => {
  assert.equal(isNamed({ channel: "books" }, "channel:books5 doesn't exist"), false);
  assert.equal(isNamed({ channel: "books5", instId: "A" }, "channel:books5,instId:A-B"), false);
  assert.equal(
    isNamed({ channel: "spot/trade", instId: "X" }, "Channel spot/trade:X doesn't exist"),
    true,
  );
});
