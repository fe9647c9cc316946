/** The state machine of one upstream subscription: what each input makes of it, and what is to be done. */
import assert from "node:assert/strict";
import type { ErrorFrame } from "../../../../src/okx/frame.ts";
import * as machine from "../../../../src/session/subscriptions/state.ts";
import { SILENT } from "../../../../src/session/subscriptions/rejections.ts";
import { ACCEPTED } from "../../../../src/session/subscriptions/upstream.ts";
import { upstreamOf } from "../../../support/upstreams.ts";

function error(code: string): ErrorFrame {
  return { kind: "error", code, message: "no", id: undefined, event: {} };
}

Deno.test("an answer makes live what needs nothing else, and syncing what has to be listed or built", () => {
  const outcomes = ["tickers:A", "orders:ANY", "books:A"].map((path) => {
    const upstream = upstreamOf(path, { state: "sent" });
    machine.onSent(upstream, "k1", 0);
    return [machine.onAccepted(upstream), upstream.request.answer.kind, upstream.retry.attempts];
  });
  assert.deepEqual(outcomes, [
    [{ state: "live" }, "accepted", 0],
    [{ state: "syncing", list: true }, "accepted", 0],
    [{ state: "syncing" }, "accepted", 0],
  ]);
});

Deno.test("what is accepted already is not listed again by another answer", () => {
  const upstream = upstreamOf("orders:ANY", { state: "syncing", answer: ACCEPTED });
  assert.deepEqual(machine.onAccepted(upstream), {});
});

Deno.test("what awaits a row is stale, whatever is sent and acknowledged", () => {
  const upstream = upstreamOf("mark-price:A", { state: "live", answer: ACCEPTED });
  upstream.silence.renewals = 1;
  assert.deepEqual(machine.onSent(upstream, "k1", 0), { state: "stale", refusal: SILENT });
  Object.assign(upstream, { state: "stale", refusal: SILENT });
  assert.deepEqual(machine.onAccepted(upstream), {});
  machine.countRows(upstream, 1, 5);
  assert.deepEqual(machine.onAccepted(upstream), { state: "live" });
});

Deno.test("a lost connection makes stale what was live or syncing, and wanted what was sent, and says why", () => {
  const refusal = { code: "dns", message: "no such name", nextAt: 5 };
  const states = ["live", "syncing", "sent", "refused", "wanted", "stale"] as const;
  const entered = states.map((state) => machine.onDown(upstreamOf("tickers:A", { state }), refusal));
  assert.deepEqual(entered, [
    ...[{ state: "stale", refusal }, { state: "stale", refusal }, { state: "wanted", refusal }, {}],
    ...[{ state: "wanted", refusal }, { state: "stale", refusal }],
  ]);
});

Deno.test("the reason of a connection goes when there is one, that of a subscription stays", () => {
  const lost = upstreamOf("tickers:A", { state: "stale", refusal: { code: "closed", message: "" } });
  machine.onUp(lost, 2);
  assert.equal(lost.refusal, undefined);
  const refusal = { code: "50011", message: "too many", nextAt: 5 };
  const busy = upstreamOf("tickers:A", { state: "wanted", refusal });
  machine.onUp(busy, 2);
  assert.deepEqual(machine.onSent(busy, "k1", 0), {
    state: "sent",
    refusal: { code: "50011", message: "too many" },
  }, "it is being tried");
});

Deno.test("an error that passes is tried again later each time, up to a minute", () => {
  const upstream = upstreamOf("tickers:A", { state: "sent" });
  const delays = Array.from({ length: 8 }, () => {
    machine.onSent(upstream, "k1", 0);
    assert.equal(machine.onRejected(upstream, error("50011"), 0).state, "wanted");
    return upstream.retry.at;
  });
  assert.deepEqual(delays, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

Deno.test("an instrument that is not there yet is refused once, and asked for again in ten minutes or with its news", () => {
  const upstream = upstreamOf("tickers:A", { state: "sent" });
  const refused = machine.onRejected(upstream, error("60018"), 0);
  assert.deepEqual([refused.state, upstream.request.absent, upstream.retry.at], ["refused", true, 600_000]);
  Object.assign(upstream, { state: "refused", refusal: refused.refusal });
  assert.equal(machine.onInstrument(upstream), true);
  assert.equal(upstream.retry.at, 0);
  assert.deepEqual(machine.onSent(upstream, "k2", 1), {});
  assert.equal(machine.onInstrument(upstream), false, "an answer is awaited");
  assert.deepEqual(
    machine.onRejected(upstream, error("60018"), 2),
    refused,
    "the time of the next attempt alone is new",
  );
  assert.equal(refused.retryMs, 600_000);
});

Deno.test("too many connections cost more patience each time in a row, until it has lasted a minute", () => {
  const upstream = upstreamOf("tickers:A", { since: 0 });
  const refusal = { code: "x", message: "" };
  const waits = [0, 0, 0].map(() => {
    upstream.request.answer = ACCEPTED;
    assert.equal(machine.onTooMany(upstream, refusal, { now: 0, delayMs: 100 }).state, "refused");
    return upstream.retry.at;
  });
  assert.deepEqual(waits, [100, 200, 400]);
  assert.deepEqual(
    machine.onTooMany(upstream, refusal, { now: 0, delayMs: 100 }),
    {},
    "nothing to take back",
  );
  machine.clearTooMany(upstream, 60_000);
  assert.equal(upstream.request.tooMany, 3);
  machine.clearTooMany(upstream, 60_001);
  assert.equal(upstream.request.tooMany, 0);
});

Deno.test("rows that were fetched do not settle what waits for a connection less", () => {
  const upstream = upstreamOf("tickers:A", { tooMany: 1, since: 0 });
  machine.countRows(upstream, 2, 1_000_000);
  assert.deepEqual([upstream.request.tooMany, upstream.counts.rows, upstream.counts.receivedAt], [
    1,
    2,
    1_000_000,
  ]);
});

Deno.test("an expired instrument ends what the exchange has of it, and leaves what needs a login", () => {
  const at = { ids: new Set(["A"]), generation: 7, now: 0 };
  const live = upstreamOf("tickers:A", { state: "live", answer: ACCEPTED });
  const { state, refusal, end } = machine.onExpired(live, at);
  assert.deepEqual([state, refusal?.code, end, live.request.generation], ["refused", "expired", true, 7]);
  assert.equal(machine.onExpired(upstreamOf("tickers:A"), at).end, undefined, "nothing was asked for");
  assert.deepEqual(machine.onExpired(upstreamOf("tickers:B", { state: "live" }), at), {});
  assert.deepEqual(machine.onExpired(upstreamOf("tickers:A", { state: "live", login: true }), at), {});
});

Deno.test("a restart ends it, and neither an old answer nor an early request counts", () => {
  const upstream = upstreamOf("books:A", { state: "live", answer: ACCEPTED });
  const transition = machine.restart(upstream, { state: "syncing", at: 500, generation: 9 });
  assert.deepEqual(transition, { state: "syncing", refusal: undefined, end: true });
  assert.deepEqual([upstream.request.answer.kind, upstream.retry.at, upstream.request.generation], [
    "none",
    500,
    9,
  ]);
});
