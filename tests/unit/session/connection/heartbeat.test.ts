/** When a quiet connection is pinged, and when it is called stale. */
import assert from "node:assert/strict";
import { createHeartbeat } from "../../../../src/session/connection/heartbeat.ts";

const OPTIONS = { idleMs: 15_000, pongMs: 10_000 };

Deno.test("createHeartbeat() is idle while frames come", () => {
  const heartbeat = createHeartbeat(0, OPTIONS);
  for (let now = 0; now < 100_000; now += 14_000) {
    assert.equal(heartbeat.check(now), "idle");
    heartbeat.onFrame(now);
  }
});

Deno.test("createHeartbeat() asks for one ping after the silence, and for no second while it waits", () => {
  const heartbeat = createHeartbeat(1000, OPTIONS);
  assert.equal(heartbeat.check(15_999), "idle");
  assert.equal(heartbeat.check(16_000), "ping");
  assert.equal(heartbeat.check(16_500), "idle");
  assert.equal(heartbeat.check(25_999), "idle");
});

Deno.test("createHeartbeat() calls a connection stale when a ping stays unanswered", () => {
  const heartbeat = createHeartbeat(0, OPTIONS);
  assert.equal(heartbeat.check(15_000), "ping");
  assert.equal(heartbeat.check(25_000), "stale");
});

Deno.test("createHeartbeat() takes any frame for the answer to a ping", () => {
  const heartbeat = createHeartbeat(0, OPTIONS);
  assert.equal(heartbeat.check(15_000), "ping");
  heartbeat.onFrame(24_999);
  assert.equal(heartbeat.check(25_000), "idle");
  assert.equal(heartbeat.check(39_999), "ping");
});

Deno.test("createHeartbeat() does not call a quiet connection stale without having asked", () => {
  const heartbeat = createHeartbeat(0, OPTIONS);
  assert.equal(heartbeat.check(3_600_000), "ping");
});
