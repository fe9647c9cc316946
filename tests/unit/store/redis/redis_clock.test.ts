/** Times of this machine as those of Redis. */
import assert from "node:assert/strict";
import { createRedisClock } from "../../../../src/store/redis/redis_clock.ts";

/** Three clocks that a test moves. */
function environment() {
  const state = { now: 1_000_000, running: 500, redis: 2_000_000, tookMs: 0 };
  const pass = (ms: number) => {
    state.now += ms;
    state.running += ms;
    state.redis += ms;
  };
  const firsts: number[] = [];
  const clock = createRedisClock({
    time: () => {
      pass(state.tookMs / 2);
      const { redis } = state;
      pass(state.tookMs / 2);
      return Promise.resolve(redis);
    },
  }, {
    clocks: { now: () => state.now, running: () => state.running },
    onFirst: (offset) => firsts.push(offset),
  });
  return { state, pass, clock, firsts };
}

Deno.test("createRedisClock() leaves times alone until it has measured, and says the first offset once", async () => {
  const { state, clock, firsts, pass } = environment();
  assert.deepEqual([clock.at(state.now), clock.offsetMs()], [1_000_000, undefined]);
  state.tookMs = 10;
  await clock.measure();
  await clock.measure();
  assert.deepEqual([clock.offsetMs(), firsts], [1_000_000, [1_000_000]]);
  pass(500);
  assert.equal(clock.at(state.now), state.redis);
  assert.equal(clock.at(state.now - 200), state.redis - 200);
});

Deno.test("createRedisClock() never says a time too late while our clock jumps or the machine sleeps", async () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { state, clock, pass } = environment();
    await clock.measure();
    pass(1000);
    state.now += jump;
    assert.ok(clock.at(state.now) <= state.redis);
    await clock.measure();
    assert.equal(clock.at(state.now), state.redis);
  }
  const { state, clock } = environment();
  await clock.measure();
  // Asleep: only the clock that is set, and Redis', have gone on.
  state.now += 60_000;
  state.redis += 60_000;
  assert.ok(clock.at(state.now) <= state.redis);
  await clock.measure();
  assert.equal(clock.at(state.now), state.redis);
});

Deno.test("createRedisClock() prefers quick answers, and gives up on slow ones", async () => {
  const { state, clock, pass } = environment();
  await clock.measure();
  state.redis += 100;
  state.tookMs = 1000;
  await clock.measure();
  assert.equal(clock.offsetMs(), 1_000_000);
  pass(40_000);
  await clock.measure();
  assert.equal(clock.offsetMs(), 1_000_100);
  state.redis += 100;
  state.tookMs = 5000;
  pass(40_000);
  await clock.measure();
  assert.equal(clock.offsetMs(), 1_000_100);
});
